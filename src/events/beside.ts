import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { besideOf } from '../temporal/names';
import { field, text, texts, list } from './read';
import type { Target } from './runs';

/** What one gate says to a deployment that waits. */
export interface GateWord {
  readonly gate: string;
  /** `open`, `wait` or `refused`. */
  readonly state: string;
  readonly sentence: string;
}

/** A deployment that waits at its gates, or waited there. Times are ISO, UTC. */
export interface RequestSummary extends Target {
  readonly deployment: string;
  readonly run: string;
  readonly waiting: boolean;
  readonly release: string | null;
  readonly by: string | null;
  readonly reason: string | null;
  readonly requestedAt: string;
  readonly noticeGivenAt: string | null;
  /** Of the plan that approvers sign; null until it is made. */
  readonly plan: string | null;
  readonly gates: readonly GateWord[];
  /** The earliest start that clocks alone allow. */
  readonly next: string | null;
  /** What else is to be known: the environment is held, the plan has changed. */
  readonly remarks: readonly string[];
}

/** Deployments of an environment are not to start. */
export interface FreezeSummary {
  /** ISO, UTC; null: until somebody ends it. */
  readonly until: string | null;
  readonly reason: string;
  readonly by: string;
}

type Described = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'type' | 'status' | 'memo' | 'startTime'>;

/** The request of a deployment, by its memo, so that no worker is needed; undefined where Temporal knows of none. */
export async function requestOf(client: Client, target: Target, deployment: string): Promise<RequestSummary | undefined> {
  const found = await describe(client, besideOf(target).request(deployment));
  return found?.type === 'request' ? readRequest(target, found) : undefined;
}

/** Every deployment that waits there, the oldest first. */
export async function requestsOf(client: Client, target: Target): Promise<RequestSummary[]> {
  const found: RequestSummary[] = [];
  const query = `WorkflowId STARTS_WITH "${besideOf(target).request('')}" AND WorkflowType = "request" AND ExecutionStatus = "Running"`;
  for await (const info of client.workflow.list({ query, pageSize: 100 })) found.push(readRequest(target, info));
  return found.sort((one, other) => one.requestedAt.localeCompare(other.requestedAt));
}

/** The freeze that holds, or null. Whoever started it without a memo, as by the bare Temporal CLI, holds until its first task has written one. */
export async function freezeOf(client: Client, target: Target): Promise<FreezeSummary | null> {
  const found = await describe(client, besideOf(target).freeze);
  if (found?.status.name !== 'RUNNING' || field(found.memo, 'over') === true) return null;
  return { until: text(found.memo, 'until'), reason: text(found.memo, 'reason') ?? 'no reason given', by: text(found.memo, 'by') ?? 'somebody' };
}

function readRequest(target: Target, { workflowId, runId, status, memo, startTime }: Described): RequestSummary {
  const gates = list(memo, 'gates').map((each) => ({ gate: text(each, 'gate') ?? '', state: text(each, 'state') ?? '', sentence: text(each, 'sentence') ?? '' }));
  return {
    app: target.app, environment: target.environment, deployment: workflowId.slice(besideOf(target).request('').length), run: runId, waiting: status.name === 'RUNNING',
    release: text(memo, 'release'), by: text(memo, 'by'), reason: text(memo, 'reason'), requestedAt: text(memo, 'requestedAt') ?? startTime.toISOString(),
    noticeGivenAt: text(memo, 'noticeGivenAt'), plan: text(memo, 'plan'), gates, next: text(memo, 'next'), remarks: texts(memo, 'remarks'),
  };
}

async function describe(client: Client, workflowId: string): Promise<Described | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
