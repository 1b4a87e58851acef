import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { CoreActivities, TaskInput, TaskResult } from '../activities/contract';

/** Failure types that another attempt cannot mend; set by the activities, listed once here for the caller's side. */
const FINAL = ['Refused', 'Busy', 'StepFailed', 'Drift', 'Unknown', 'Stale', 'Settled', 'HostRefused', 'CheckFailed'];

/** Said although it is documented as the default: unset, SDK 1.24 does not wait. */
const WAIT = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

const quick = {
  startToCloseTimeout: '1m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '10s', nonRetryableErrorTypes: FINAL },
} satisfies ActivityOptions;

/** What needs an answer soon, whatever it is: planning, and messages to people. Cancelled, it is waited for: a claim that came late would stay open. */
export const bounded = proxyActivities<CoreActivities>({
  ...quick,
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '6m',
  cancellationType: WAIT,
  retry: { ...quick.retry, maximumAttempts: 5 },
});

/** What takes as long as it takes, a restore above all; a worker that is lost is noticed all the same. */
export const patient = proxyActivities<CoreActivities>({ ...quick, startToCloseTimeout: '1d', cancellationType: WAIT, retry: { ...quick.retry, maximumAttempts: 5 } });

/** What must happen in the end: tried for ever. */
export const lasting = proxyActivities<CoreActivities>(quick);

/**
 * A step's own verb. `budget`: seconds over all attempts, each of which adopts what the one before began on the host.
 * A cancelled one lets go of the host as soon as it hears of it: what still runs there is settled by the undo.
 */
export function runTask(activity: string, input: TaskInput, options: { budget: number; heartbeat: number; summary: string }): Promise<TaskResult> {
  const proxy = proxyActivities<Record<string, (input: TaskInput) => Promise<TaskResult>>>({
    scheduleToCloseTimeout: options.budget * 1000,
    heartbeatTimeout: options.heartbeat * 1000,
    cancellationType: WAIT,
    summary: options.summary.slice(0, 200),
    retry: { initialInterval: '100ms', maximumInterval: '5s', nonRetryableErrorTypes: FINAL },
  });
  const verb = proxy[activity];
  if (!verb) throw new Error('unreachable: a proxy has every name');
  return verb(input);
}
