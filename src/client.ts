/**
 * Sternway from a program: start a deployment, take one back, answer its questions, follow it. The command line uses nothing else.
 * A client needs no hosts, keys or secrets: those belong to the worker.
 */
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { ReleaseNotes } from './config/release-notes';
import type { Settings } from './config/schema';
import { UserError } from './config/user-error';
import { followUpsOf, type FollowUps } from './events/follow-ups';
import { drillsOf, type Drill, type Proof } from './events/proofs';
import { idOf, Runs, type RunRef, type Target } from './events/runs';
import type { RunSummary } from './events/summary';
import { Requests } from './requests';
import { connectClient } from './temporal/connection';
import type { ConnectionOverrides } from './temporal/connection-settings';
import { drillStart } from './temporal/drill-schedule';
import { besideOf, TASK_QUEUE } from './temporal/names';
import { appAttribute, environmentAttribute, releaseAttribute, stateAttribute } from './temporal/search-attributes';
import { withAttributes } from './temporal/with-attributes';
import type { DeployInput } from './workflows/deploy';
import type { drill } from './workflows';
import type { Done } from './workflows/follow-up';
import type { Acknowledgement, BakeDecision, Decision, RollbackRequest } from './workflows/messages';
import type { RollbackInput } from './workflows/rollback';

export type { ReleaseNotes } from './config/release-notes';
export { bakeGiven } from './events/bake-series';
export { RunState } from './events/state';
export type { BakeAnswer } from './bake/stages';
export type { Answer } from './workflows/messages';
export type { Event } from './events/events';
export type { BakeStatus } from './events/bake';
export type { RunRef, Standing, Target } from './events/runs';
export type { RunSummary } from './events/summary';
export type { FollowUps } from './events/follow-ups';
export type { Drill, Proof } from './events/proofs';
export { NameTaken } from './requests';
export type { FreezeSummary, FreezeWish, GateWord, RequestEnd, RequestSummary } from './requests';

/** What a bake's question is called where a run's names its task. */
export const BAKE = 'bake';

/** Temporal's number for the queue that workflow tasks come from. */
const WORKFLOW_TASKS = 1;

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
  /** Takes the hosts as they are where they differ from what the last deployment left; a way back leads there. */
  readonly adopt?: boolean;
  /** What a person wrote for the release. */
  readonly notes?: ReleaseNotes;
  /** Ends a claim that a lost run left open on the hosts. */
  readonly takeOver?: boolean;
}

export interface RollbackWish extends Target, Asked {
  /** Only this deployment; absent: the one that runs, else the one that is live. */
  readonly deployment?: string;
  readonly takeOver?: boolean;
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

/** Asks for runs, answers them, and reads what became of them. */
export class Sternway extends Runs {
  constructor(
    client: Client,
    private readonly taskQueue: string = TASK_QUEUE,
  ) {
    super(client);
    this.requests = new Requests(client, taskQueue);
  }

  /** Deployments that wait at their gates, and freezes. */
  readonly requests: Requests;

  /** Connects by `TEMPORAL_*` settings and these overrides; end with {@link close}. @throws UserError when that cannot be done */
  static async connect(options: ConnectionOverrides & { taskQueue?: string | undefined } = {}): Promise<Sternway> {
    return new Sternway(await connectClient(options), options.taskQueue);
  }

  close(): Promise<void> {
    return this.client.connection.close();
  }

  /** Starts a deployment. @throws EnvironmentBusy when one is running, whoever started it */
  async startDeployment(request: DeploymentRequest): Promise<RunRef> {
    const { app, environment, by, via, reason, release, deployment, settings, adopt, notes, takeOver } = request;
    const input: DeployInput = { app, environment, release, deployment, by, via, reason, ...(settings ? { settings } : {}), ...(adopt ? { adopt } : {}), ...(notes ? { notes } : {}), ...(takeOver ? { takeOver } : {}) };
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
      return { app, environment, run: await withAttributes(this.client, start) };
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
    return { app, environment, run: await withAttributes(this.client, send) };
  }

  /**
   * Answers a question of the run that holds the environment, or the bake's, whose task is `bake`. Needs a worker.
   * @throws UserError when the task waits for nothing, the answer is none, or no worker takes it within `seconds`
   */
  async decide(target: Target, decision: Decision | BakeDecision, seconds = 20): Promise<void> {
    const id = isOfBake(decision) ? besideOf(target).bake : idOf(target);
    await this.#say(id, 'decide', decision, seconds, `nothing runs on ${id}, so nothing waits for a decision`);
  }

  /** Says to the run that holds the environment, or to the bake that holds, that somebody sees to it: nobody else is called. Needs a worker. @throws UserError as {@link decide} */
  async acknowledge(target: Target, said: Acknowledgement, seconds = 20, to: 'run' | 'bake' = 'run'): Promise<void> {
    const id = to === 'bake' ? besideOf(target).bake : idOf(target);
    await this.#say(id, 'acknowledge', said, seconds, `nothing runs on ${id}, so nothing waits for an answer`);
  }

  /** What people have still to do after deployments and rollbacks of a target, newest first. */
  followUps(target: Target): Promise<FollowUps[]> {
    return followUpsOf(this.client, target);
  }

  /** Says that a task of {@link followUps} is done. Needs a worker. @throws UserError when it is not open, or no worker takes it within `seconds` */
  async done({ workflowId }: Pick<FollowUps, 'workflowId'>, done: Done, seconds = 20): Promise<void> {
    await this.#say(workflowId, 'done', done, seconds, `${done.task} is not open any more`);
  }

  /** The drills of a target, newest first, with what they have shown. */
  drills(target: Target): Promise<Drill[]> {
    return drillsOf(this.client, target);
  }

  /** Starts a drill of this target beside its schedule. `ended`: its proof. @throws UserError while one goes on */
  async startDrill(target: Target): Promise<{ readonly workflowId: string; readonly run: string; ended(): Promise<Proof> }> {
    try {
      const options = drillStart(target, this.taskQueue);
      const handle = await withAttributes(this.client, () => this.client.workflow.start<typeof drill>('drill', { ...options, workflowIdConflictPolicy: 'FAIL' }));
      return { workflowId: options.workflowId, run: handle.firstExecutionRunId, ended: () => handle.result() };
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw new UserError(`a drill of ${idOf(target)} is being held already`);
      throw error;
    }
  }

  /** An update, with a sentence for each way in which it may not be taken. `gone`: that nothing is there to take it. */
  async #say(workflowId: string, update: string, what: object, seconds: number, gone: string): Promise<void> {
    try {
      await this.client.connection.withDeadline(Date.now() + seconds * 1000, () => this.client.workflow.getHandle(workflowId).executeUpdate(update, { args: [what] }));
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) throw new UserError(`the answer was not taken: ${error.cause?.message ?? error.message}`);
      if (error instanceof WorkflowNotFoundError) throw new UserError(gone);
      if (error instanceof Error && /Timeout|Cancelled/i.test(error.name)) throw new UserError(`no worker took the answer within ${seconds} s: start one (sternway worker) and answer again`);
      throw error;
    }
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
}

function isOfBake(decision: Decision | BakeDecision): decision is BakeDecision {
  return decision.task === BAKE;
}

/** Temporal takes at most 200 bytes for a summary. */
function short(text: string): string {
  return Buffer.byteLength(text) <= 200 ? text : `${Buffer.from(text).subarray(0, 190).toString().replace(/\uFFFD$/, '')}…`;
}
