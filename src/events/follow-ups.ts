import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { decodeEvent } from './decode';
import { field, list, oneOf, text, texts } from './read';
import type { Target } from './runs';

/** A task for people, as its workflow keeps it. `due`: ISO, UTC. */
export interface FollowUpItem {
  readonly name: string;
  readonly due: string;
  /** `waiting`: not due yet; `dropped`: not to be done any more. */
  readonly state: 'waiting' | 'due' | 'done' | 'dropped';
  readonly by: string | null;
  readonly note: string | null;
}

/** What is due after one deployment, or after it was taken back. */
export interface FollowUps {
  readonly workflowId: string;
  readonly run: string;
  readonly deployment: string;
  readonly release: string | null;
  readonly after: string;
  /** Something is still open. */
  readonly open: boolean;
  readonly tasks: readonly (FollowUpItem & { readonly points: readonly string[] })[];
}

/** Newest first, as far back as Temporal keeps them; needs no worker. */
export async function followUpsOf(client: Client, { app, environment }: Target, limit = 20): Promise<FollowUps[]> {
  const found: { workflowId: string; runId: string; startTime: Date }[] = [];
  for await (const { workflowId, runId, startTime } of client.workflow.list({ query: `WorkflowType = "followUp" AND SternwayApp = "${app}" AND SternwayEnvironment = "${environment}"`, pageSize: limit })) {
    found.push({ workflowId, runId, startTime });
    if (found.length >= limit) break;
  }
  found.sort((one, other) => other.startTime.getTime() - one.startTime.getTime());
  return (await Promise.all(found.map(({ workflowId, runId }) => read(client, workflowId, runId)))).filter((each) => each !== undefined);
}

/** The memo by the run itself, for lists lag behind; what is to be done stands in the first line of its history. Undefined once Temporal has forgotten it. */
async function read(client: Client, workflowId: string, runId: string): Promise<FollowUps | undefined> {
  try {
    const { memo, status } = await client.workflow.getHandle(workflowId, runId).describe();
    const { history } = await client.workflowService.getWorkflowExecutionHistory({ namespace: client.options.namespace, execution: { workflowId, runId }, maximumPageSize: 1 });
    const first = history?.events?.[0] && (await decodeEvent(client.options.loadedDataConverter, history.events[0]));
    const input = first?.kind === 'started' ? first.input : undefined;
    const points = new Map(list(input, 'tasks').map((task) => [text(task, 'name') ?? '', texts(task, 'what')]));
    const open = status.name === 'RUNNING';
    const tasks = list(memo, 'tasks').flatMap((item) => {
      const [name, due, state] = [text(item, 'name'), text(item, 'due'), oneOf(['waiting', 'due', 'done', 'dropped'], field(item, 'state'))];
      if (name === null || due === null || state === null) return [];
      // One that was cancelled or terminated waits for nobody any more.
      return [{ name, due, state: open || state === 'done' ? state : ('dropped' as const), by: text(item, 'by'), note: text(item, 'note'), points: points.get(name) ?? [] }];
    });
    return { workflowId, run: runId, deployment: text(input, 'deployment') ?? '', release: text(input, 'release'), after: text(input, 'after') ?? 'deployed', open, tasks };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
