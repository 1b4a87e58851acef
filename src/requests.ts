/** Deployments that wait at their gates, and freezes, as a program asks for them: a part of the client. */
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Approval } from './approvals/sign';
import { UserError } from './config/user-error';
import { freezeOf, requestOf, requestsOf, type FreezeSummary, type RequestSummary } from './events/beside';
import type { RunRef, Target } from './events/runs';
import { besideOf } from './temporal/names';
import { appAttribute, environmentAttribute, releaseAttribute, stateAttribute } from './temporal/search-attributes';
import { withAttributes } from './temporal/with-attributes';

import type { freeze, request } from './workflows';
import type { Said, Waiting } from './workflows/messages';
import type { RequestInput } from './workflows/request';

export type { FreezeSummary, GateWord, RequestSummary } from './events/beside';

/** How a request ended: the run that it started, or why there is none. Nothing was changed then. */
export type RequestEnd = { readonly run: RunRef } | { readonly refused: string } | { readonly withdrawn: string };

export interface FreezeWish extends Target, Required<Said> {
  /** Absent: until somebody ends it. */
  readonly until?: Date;
}

/** Names have a second in them: another deployment of this release was asked for in the same one. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';
}

export class Requests {
  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
  ) {}

  /** Asks for a deployment that waits until its gates are open, named by its `deployment`. @throws NameTaken where one of that name has been asked for */
  async start(input: RequestInput & { readonly deployment: string }): Promise<void> {
    const { app, environment, deployment, release, by, via, reason } = input;
    const started = withAttributes(this.client, () =>
      this.client.workflow.start<typeof request>('request', {
        taskQueue: this.taskQueue,
        workflowId: besideOf(input).request(deployment),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [input],
        memo: { by, via, reason, release, deployment },
        typedSearchAttributes: [
          { key: appAttribute, value: app },
          { key: environmentAttribute, value: environment },
          { key: releaseAttribute, value: release },
          { key: stateAttribute, value: 'waiting' },
        ],
      }),
    );
    await started.catch((error: unknown) => {
      throw error instanceof WorkflowExecutionAlreadyStartedError ? new NameTaken(`${deployment} was asked for before`) : error;
    });
  }

  /** Needs no worker; undefined where Temporal knows of none. */
  of(target: Target, deployment: string): Promise<RequestSummary | undefined> {
    return requestOf(this.client, target, deployment);
  }

  /** Those that wait, the oldest first. */
  all(target: Target): Promise<RequestSummary[]> {
    return requestsOf(this.client, target);
  }

  /** All of it, with the plan that approvers sign. Needs a worker. */
  async waiting(target: Target, deployment: string): Promise<Waiting> {
    return await this.#asked(() => this.#handle(target, deployment).query<Waiting>('request'));
  }

  /** Waits for its end. */
  async ended(target: Target, deployment: string): Promise<RequestEnd> {
    try {
      const { run } = await this.#handle(target, deployment).result();
      return { run: { app: target.app, environment: target.environment, run } };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { cause } = error;
      if (cause instanceof CancelledFailure) return { withdrawn: 'it was cancelled, before anything was changed' };
      if (cause instanceof ApplicationFailure && cause.type === 'Withdrawn') return { withdrawn: cause.message };
      return { refused: cause?.message ?? error.message };
    }
  }

  /** Sends an approval or a rejection. Returns the request's word. @throws UserError when it does not count, or no worker takes it within `seconds` */
  async approve(target: Target, deployment: string, approval: Approval, seconds = 30): Promise<string> {
    try {
      return await this.#asked(() => this.#handle(target, deployment).executeUpdate<string, [Approval]>('approve', { args: [approval] }), seconds);
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) throw new UserError(`it was not taken: ${error.cause?.message ?? error.message}`);
      if (error instanceof WorkflowNotFoundError) throw new UserError(`${deployment} does not wait any more`);
      throw error;
    }
  }

  async withdraw(target: Target, deployment: string, said: Required<Said>): Promise<void> {
    await this.#handle(target, deployment).signal('withdraw', said);
  }

  /** In place of a freeze that holds already. From then on no deployment starts. */
  async freeze({ app, environment, by, reason, until }: FreezeWish): Promise<void> {
    const times = until === undefined ? {} : { until: until.toISOString() };
    await withAttributes(this.client, () =>
      this.client.workflow.start<typeof freeze>('freeze', {
        taskQueue: this.taskQueue,
        workflowId: besideOf({ app, environment }).freeze,
        // It holds nothing but this: no worker is needed for it to be seen.
        workflowIdConflictPolicy: 'TERMINATE_EXISTING',
        args: [{ app, environment, by, reason, ...times }],
        memo: { by, reason, ...times },
        typedSearchAttributes: [
          { key: appAttribute, value: app },
          { key: environmentAttribute, value: environment },
        ],
      }),
    );
  }

  /** Returns what was ended, null where nothing was. */
  async thaw(target: Target, said: Required<Said>): Promise<FreezeSummary | null> {
    const found = await freezeOf(this.client, target);
    if (found !== null) await this.client.workflow.getHandle(besideOf(target).freeze).signal('thaw', said);
    return found;
  }

  freezeOf(target: Target): Promise<FreezeSummary | null> {
    return freezeOf(this.client, target);
  }

  /** @throws UserError when no worker answers */
  async #asked<T>(ask: () => Promise<T>, seconds = 30): Promise<T> {
    try {
      return await this.client.connection.withDeadline(Date.now() + seconds * 1000, ask);
    } catch (error) {
      if (error instanceof Error && /Timeout|Cancelled|DEADLINE_EXCEEDED|QueryNotRegistered/i.test(`${error.name} ${error.message}`)) throw new UserError(`no worker answered within ${seconds} s: start one (sternway worker) and ask again`);
      throw error;
    }
  }

  #handle(target: Target, deployment: string) {
    return this.client.workflow.getHandle<typeof request>(besideOf(target).request(deployment));
  }
}
