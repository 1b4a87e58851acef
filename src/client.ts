/**
 * Sternway from a program: start a deployment, take one back, answer its questions, follow it. The command line uses nothing else.
 * A client needs no hosts, keys or secrets: those belong to the worker.
 */
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { Settings } from './config/schema';
import { UserError } from './config/user-error';
import { decodeEvent } from './events/decode';
import type { Event } from './events/events';
import { follow } from './events/follow';
import { RetryWatch } from './events/retries';
import { RunState } from './events/state';
import { headOf, summarize, type Listed, type RunSummary } from './events/summary';
import { temporalSource } from './events/temporal-source';
import { connectClient } from './temporal/connection';
import type { ConnectionOverrides } from './temporal/connection-settings';
import { hasStatus } from './temporal/grpc-status';
import { TASK_QUEUE } from './temporal/names';
import { registerSearchAttributes } from './temporal/register-search-attributes';
import { appAttribute, environmentAttribute, releaseAttribute, stateAttribute } from './temporal/search-attributes';
import type { DeployInput } from './workflows/deploy';
import type { Decision, RollbackRequest } from './workflows/messages';
import type { RollbackInput } from './workflows/rollback';

export { RunState } from './events/state';
export type { Event } from './events/events';
export type { RunSummary } from './events/summary';

/** Temporal's number for the queue that workflow tasks come from. */
const WORKFLOW_TASKS = 1;

/** What is deployed where; its `<app>/<environment>` is the workflow id, and the lock. */
export interface Target {
  readonly app: string;
  readonly environment: string;
}

/** One run of a workflow on a target. */
export interface RunRef extends Target {
  readonly run: string;
}

/** Who asks, by which way (`cli`, `ci` ...), and why. */
export interface Asked {
  readonly by: string;
  readonly via: string;
  readonly reason: string;
}

export interface DeploymentRequest extends Target, Asked {
  /** Tag in the app's repository. */
  readonly release: string;
  /** Stands in every name of this deployment, on the hosts too: see {@link deploymentId}. */
  readonly deployment: string;
  readonly settings?: Settings;
  /** Ends a claim that a lost run left open on the hosts. */
  readonly takeOver?: boolean;
}

export interface RollbackWish extends Target, Asked {
  /** Only this deployment; absent: the one that runs, else the one that is live. */
  readonly deployment?: string;
  readonly takeOver?: boolean;
}

export interface Standing {
  /** The run that holds the environment now, with all that it has done. */
  readonly running: { readonly summary: RunSummary; readonly state: RunState } | null;
  /** The deployment that is live by Temporal's history; null when that reaches not so far. The hosts know for certain. */
  readonly head: RunSummary | null;
  /** A run since then that left the hosts in doubt: terminated, or not all taken back. */
  readonly doubt: RunSummary | null;
  /** The newest run that has ended. */
  readonly last: RunSummary | null;
}

/** The environment is held by another run; `running` names it. */
export class EnvironmentBusy extends Error {
  override readonly name = 'EnvironmentBusy';
  constructor(readonly running: RunSummary) {
    super(`${running.app}/${running.environment} is held by ${running.deployment ?? running.workflow}`);
  }
}

/** `20261122-054512-v2-1-0`: sorts by time, is safe in paths and unit names. `now` in UTC. */
export function deploymentId(release: string, now: Date): string {
  const slug = release.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 40).replace(/^-|-$/g, '');
  const stamp = now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return slug === '' ? stamp : `${stamp}-${slug}`;
}

export class Sternway {
  /** `client`: of any namespace with Sternway's workers; it stays the caller's own. */
  constructor(
    readonly client: Client,
    private readonly taskQueue: string = TASK_QUEUE,
  ) {}

  /** Connects by `TEMPORAL_*` settings and these overrides; end with {@link close}. @throws UserError when that cannot be done */
  static async connect(options: ConnectionOverrides & { taskQueue?: string | undefined } = {}): Promise<Sternway> {
    return new Sternway(await connectClient(options), options.taskQueue);
  }

  close(): Promise<void> {
    return this.client.connection.close();
  }

  /** Starts a deployment. @throws EnvironmentBusy when one is running, whoever started it */
  async startDeployment(request: DeploymentRequest): Promise<RunRef> {
    const { app, environment, by, via, reason, release, deployment, settings, takeOver } = request;
    const input: DeployInput = { app, environment, release, deployment, by, via, reason, ...(settings ? { settings } : {}), ...(takeOver ? { takeOver } : {}) };
    const start = (): Promise<string> =>
      this.client.workflow
        .start('deploy', {
          ...this.#options(request, release),
          args: [input],
          workflowIdConflictPolicy: 'FAIL',
          memo: { by, via, reason, release, deployment },
          staticSummary: short(`${release} to ${app}/${environment}, by ${by}`),
        })
        .then((handle) => handle.firstExecutionRunId);
    try {
      return { app, environment, run: await this.#withAttributes(start) };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const running = await this.newest(request);
      // It ended between the refusal and the look: as good as having asked a moment later.
      if (running?.status !== 'running') return await this.startDeployment(request);
      throw new EnvironmentBusy(running);
    }
  }

  /**
   * Turns back the deployment that runs, or starts a rollback of the live one: one request, so nothing can slip between.
   * Returns the run that got it.
   */
  async requestRollback(wish: RollbackWish): Promise<RunRef> {
    const { app, environment, by, via, reason, deployment, takeOver } = wish;
    const named = deployment === undefined ? {} : { deployment };
    const input: RollbackInput = { app, environment, by, via, reason, ...named, ...(takeOver ? { takeOver } : {}) };
    const request: RollbackRequest = { by, reason, ...named };
    const send = (): Promise<string> =>
      this.client.workflow
        .signalWithStart('rollback', {
          ...this.#options(wish, undefined),
          args: [input],
          signal: 'rollback',
          signalArgs: [request],
          memo: { by, via, reason, ...named },
          staticSummary: short(`rollback of ${app}/${environment}, by ${by}`),
        })
        .then((handle) => handle.signaledRunId);
    return { app, environment, run: await this.#withAttributes(send) };
  }

  /**
   * Answers a question of the run that holds the environment. Needs a worker.
   * @throws UserError when the task waits for nothing, the answer is none, or no worker takes it within `seconds`
   */
  async decide(target: Target, decision: Decision, seconds = 20): Promise<void> {
    const handle = this.client.workflow.getHandle(idOf(target));
    try {
      await this.client.connection.withDeadline(Date.now() + seconds * 1000, () => handle.executeUpdate('decide', { args: [decision] }));
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) throw new UserError(`the answer was not taken: ${error.cause?.message ?? error.message}`);
      if (error instanceof WorkflowNotFoundError) throw new UserError(`nothing runs on ${idOf(target)}, so nothing waits for a decision`);
      if (error instanceof Error && /Timeout|Cancelled/i.test(error.name)) throw new UserError(`no worker took the answer within ${seconds} s: start one (sternway worker) and answer again`);
      throw error;
    }
  }

  /** What happens there now and what is live. */
  async describe(target: Target): Promise<Standing> {
    const [newest, runs] = await Promise.all([this.newest(target), this.history(target, 50)]);
    const summary = newest?.status === 'running' ? newest : null;
    const ended = runs.filter(({ status }) => status !== 'running');
    // Lists lag a moment behind; the newest run is known exactly.
    if (newest && !summary && !ended.some(({ run }) => run === newest.run)) ended.unshift(newest);
    const state = summary && (await this.state(summary));
    // Where the starter left the deployment id to the workflow, only its history has it.
    const running = summary && state && { summary: { ...summary, deployment: summary.deployment ?? state.deployment }, state };
    return { running, ...headOf(ended), last: ended[0] ?? null };
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

  /** Whether a worker has asked for work in the last minutes. */
  async hasWorkers(taskQueue = this.taskQueue): Promise<boolean> {
    const { pollers } = await this.client.workflowService.describeTaskQueue({ namespace: this.client.options.namespace, taskQueue: { name: taskQueue }, taskQueueType: WORKFLOW_TASKS });
    return pollers.length > 0;
  }

  #options(target: Target, release: string | undefined) {
    return {
      taskQueue: this.taskQueue,
      workflowId: idOf(target),
      typedSearchAttributes: [
        { key: appAttribute, value: target.app },
        { key: environmentAttribute, value: target.environment },
        { key: stateAttribute, value: 'running' },
        ...(release === undefined ? [] : [{ key: releaseAttribute, value: release }]),
      ],
    };
  }

  /** A namespace that has never seen Sternway lacks its search attributes: they are added, and it is asked again. */
  async #withAttributes<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!hasStatus(error, 'INVALID_ARGUMENT')) throw error;
      await registerSearchAttributes(this.client.connection, this.client.options.namespace);
      return await ask();
    }
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

function idOf({ app, environment }: Target): string {
  return `${app}/${environment}`;
}

/** Temporal takes at most 200 bytes for a summary. */
function short(text: string): string {
  return Buffer.byteLength(text) <= 200 ? text : `${Buffer.from(text).subarray(0, 190).toString().replace(/\uFFFD$/, '')}…`;
}
