import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { CoreActivities, TaskInput, TaskResult } from '../activities/contract';

/** Failure types that another attempt cannot mend; set by the activities, listed once here for the caller's side. */
const FINAL = ['Refused', 'Busy', 'StepFailed', 'Drift', 'Unknown', 'Stale', 'Settled', 'HostRefused', 'CheckFailed'];

const quick: ActivityOptions = { startToCloseTimeout: '1m', heartbeatTimeout: '10s', retry: { initialInterval: '200ms', maximumInterval: '10s', nonRetryableErrorTypes: FINAL } };

/** Reading hosts and planning: bounded, for a deployment that cannot begin must say so soon. */
export const planning = proxyActivities<CoreActivities>({ ...quick, startToCloseTimeout: '5m', scheduleToCloseTimeout: '6m', retry: { ...quick.retry, maximumAttempts: 5 } });

/** What must happen in the end (closing claims, asking people): tried for ever. */
export const lasting = proxyActivities<CoreActivities>(quick);

/** A step's own verb. `budget`: seconds over all attempts. Its forward run continues on the host whatever happens to an attempt. */
export function runTask(activity: string, input: TaskInput, options: { budget: number; heartbeat: number; summary: string; attempts?: number }): Promise<TaskResult> {
  const proxy = proxyActivities<Record<string, (input: TaskInput) => Promise<TaskResult>>>({
    startToCloseTimeout: `${input.limit + 60}s`,
    scheduleToCloseTimeout: `${options.budget}s`,
    heartbeatTimeout: `${options.heartbeat}s`,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    summary: options.summary.slice(0, 200),
    retry: { initialInterval: '100ms', maximumInterval: '5s', nonRetryableErrorTypes: FINAL, ...(options.attempts ? { maximumAttempts: options.attempts } : {}) },
  });
  const verb = proxy[activity];
  if (!verb) throw new Error('unreachable: a proxy has every name');
  return verb(input);
}
