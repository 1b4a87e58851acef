import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { readBake, readBakeStatus, type BakeRecord, type BakeStatus } from './bake';
import { decodeEvent } from './decode';
import type { Event } from './events';
import { follow } from './follow';
import { RetryWatch } from './retries';
import { RunState } from './state';
import { headOf, summarize, type Listed, type RunSummary } from './summary';
import { temporalSource } from './temporal-source';

/** What is deployed where; its `<app>/<environment>` is the workflow id, and the lock. */
export interface Target {
  readonly app: string;
  readonly environment: string;
}

/** One run of a workflow on a target. */
export interface RunRef extends Target {
  readonly run: string;
}

export interface Standing {
  /** The run that holds the environment now, with all that it has done. */
  readonly running: { readonly summary: RunSummary; readonly state: RunState } | null;
  /** The deployment that is live by Temporal's history; null when that reaches not so far. The hosts know for certain. */
  readonly head: RunSummary | null;
  /** The release that is live where `head` is null because all that is known was taken back: what was there before. */
  readonly before: string | null;
  /** A run since then that left the hosts in doubt: terminated, or not all taken back. */
  readonly doubt: RunSummary | null;
  /** The newest run that has ended. */
  readonly last: RunSummary | null;
  /** The release is being watched. */
  readonly bake: BakeStatus | null;
}

/** What Temporal knows of runs: read from histories and lists, so no worker is needed. */
export class Runs {
  /** `client`: of any namespace with Sternway's workers; it stays the caller's own. */
  constructor(readonly client: Client) {}

  /** What happens there now and what is live. */
  async describe(target: Target): Promise<Standing> {
    const [newest, runs, bake] = await Promise.all([this.newest(target), this.history(target, 50), readBakeStatus(this.client, target)]);
    const summary = newest?.status === 'running' ? newest : null;
    const ended = runs.filter(({ status }) => status !== 'running');
    // Lists lag a moment behind; the newest run is known exactly.
    if (newest && !summary && !ended.some(({ run }) => run === newest.run)) ended.unshift(newest);
    const state = summary && (await this.state(summary));
    // Where the starter left the deployment id to the workflow, only its history has it.
    const running = summary && state && { summary: { ...summary, deployment: summary.deployment ?? state.deployment }, state };
    const found = headOf(ended);
    const back = found.head ? undefined : ended.find(({ outcome }) => outcome === 'rolled-back');
    return { running, ...found, before: back ? ((await this.state(back)).plan?.previous ?? null) : null, last: ended[0] ?? null, bake };
  }

  /** Everything a run has done up to now. */
  async state(run: RunRef): Promise<RunState> {
    const state = new RunState();
    for await (const event of this.follow(run, { wait: false })) state.apply(event);
    return state;
  }

  /** The newest run of a target, running or not; undefined when Temporal knows of none. */
  async newest(target: Target): Promise<RunSummary | undefined> {
    try {
      return await this.#summary(await this.client.workflow.getHandle(idOf(target)).describe());
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** Runs, newest first, as far back as Temporal keeps them. */
  async history(target: Target, limit: number): Promise<RunSummary[]> {
    const found: RunSummary[] = [];
    for await (const info of this.client.workflow.list({ query: `WorkflowId = "${idOf(target)}"`, pageSize: Math.min(limit, 100) })) {
      found.push(await this.#summary(info));
      if (found.length >= limit) break;
    }
    return found.sort((one, other) => other.startedAt.localeCompare(one.startedAt));
  }

  /** The bake that goes on there; null: none does. */
  watched(target: Target): Promise<BakeStatus | null> {
    return readBakeStatus(this.client, target);
  }

  /** What the bake of a deployment read; null: Temporal knows of none. */
  bake(target: Target, deployment: string): Promise<BakeRecord | null> {
    return readBake(this.client, target, deployment);
  }

  /** The newest run of a deployment: its rollback, if there was one, only when nothing else bears its id. */
  async find(target: Target, deployment: string): Promise<RunSummary | undefined> {
    const named = (await this.history(target, 1000)).filter((run) => run.deployment === deployment || run.run === deployment);
    return named.find(({ workflow }) => workflow === 'deploy') ?? named[0];
  }

  /**
   * The events of a run from its beginning, until it has ended, or with `wait: false` until now. Survives a restart of the server.
   * `signal` ends it early; `onTrouble` is told when the server does not answer, and with undefined when it does again.
   */
  async *follow(run: RunRef, options: { wait?: boolean; signal?: AbortSignal; onTrouble?: (error: unknown) => void } = {}): AsyncGenerator<Event, void, undefined> {
    const { wait = true, signal, onTrouble } = options;
    const execution = { workflowId: idOf(run), runId: run.run };
    const stop = new AbortController();
    const ended = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const events = follow(temporalSource(this.client, execution, ended), {
      converter: this.client.options.loadedDataConverter,
      wait,
      onTrouble: (error) => {
        if (!ended.aborted) onTrouble?.(error);
      },
    });
    yield* wait ? new RetryWatch(this.client, execution).among(events, stop) : events;
  }

  /** Where the memo does not say who asked, as after a start by the bare Temporal CLI, the first line of the history does. */
  async #summary(info: Listed): Promise<RunSummary> {
    const summary = summarize(info);
    if (summary.by !== null && (summary.deployment !== null || summary.workflow === 'rollback')) return summary;
    const { history } = await this.client.workflowService.getWorkflowExecutionHistory({
      namespace: this.client.options.namespace,
      execution: { workflowId: info.workflowId, runId: info.runId },
      maximumPageSize: 1,
    });
    const first = history?.events?.[0] && (await decodeEvent(this.client.options.loadedDataConverter, history.events[0]));
    return first?.kind === 'started' ? summarize(info, first) : summary;
  }
}

/** The workflow id of a target. */
export function idOf({ app, environment }: Target): string {
  return `${app}/${environment}`;
}
