import type { Client, WorkflowExecutionDescription, WorkflowHandle, WorkflowHandleWithFirstExecutionRunId, WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { Blocked } from '../../../src/activities/contract';
import { besideOf } from '../../../src/temporal/names';
import { outcomeAttribute, stateAttribute } from '../../../src/temporal/search-attributes';
import { decideUpdate, rollbackSignal, type Answer, type RollbackRequest } from '../../../src/workflows/messages';
import type { Result } from '../../../src/workflows/outcome';
import type { deploy, request, rollback } from '../../../src/workflows';
import type { DeployInput } from '../../../src/workflows/deploy';
import type { RequestInput } from '../../../src/workflows/request';
import type { RollbackInput } from '../../../src/workflows/rollback';
import type { Sites } from './fake-activities';
import type { Site } from './site';

/** How a run ended, as it can be read with no worker running. */
export interface Ended {
  readonly status: string;
  /** Type and message of the failure in the closing event; null for a run that did not fail. */
  readonly failure: { readonly type: string; readonly message: string } | null;
  /** Outcome and the like, from the memo. */
  readonly memo: Partial<Result>;
  readonly result: Result;
  readonly outcome: string | undefined;
  readonly state: string | undefined;
  /** Every value that the state had, in order. */
  readonly states: readonly string[];
  readonly events: NonNullable<History['events']>;
  readonly description: WorkflowExecutionDescription;
}

export const REASON = { by: 'ops@example.org', via: 'cli', reason: 'looks wrong' };

export class Runs {
  constructor(
    private readonly client: Client,
    private readonly sites: Sites,
    private readonly taskQueue: string,
  ) {}

  async deploy(site: Site, input: Partial<DeployInput> = {}, options: { taskQueue?: string } = {}): Promise<WorkflowHandleWithFirstExecutionRunId<typeof deploy>> {
    this.sites.add(site);
    const whole: DeployInput = { app: site.app, environment: 'production', release: 'v2', deployment: `d-${site.app}`, by: 'dev@example.org', ...input };
    return await this.client.workflow.start<typeof deploy>('deploy', { workflowId: site.id, taskQueue: this.taskQueue, args: [whole], ...options });
  }

  /** A deployment that waits for its gates; the rest as in `deploy`. */
  async request(site: Site, input: Partial<RequestInput> = {}): Promise<WorkflowHandleWithFirstExecutionRunId<typeof request>> {
    this.sites.add(site);
    const whole: RequestInput = { app: site.app, environment: 'production', release: 'v2', deployment: `d-${site.app}`, by: 'dev@example.org', ...input };
    return await this.client.workflow.start<typeof request>('request', { workflowId: besideOf(whole).request(`d-${site.app}`), taskQueue: this.taskQueue, args: [whole] });
  }

  /** The bake that goes on, or went on last. */
  bake(site: Site): WorkflowHandle {
    return this.client.workflow.getHandle(besideOf({ app: site.app, environment: 'production' }).bake);
  }

  /** As `sternway rollback` does: turns back what runs, or starts a rollback. */
  async rollback(site: Site, input: Partial<RollbackInput> = {}): Promise<WorkflowHandleWithSignaledRunId<typeof rollback>> {
    const whole: RollbackInput = { app: site.app, environment: 'production', ...REASON, ...input };
    const { deployment } = whole;
    return await this.client.workflow.signalWithStart<typeof rollback, [RollbackRequest?]>('rollback', {
      workflowId: site.id, taskQueue: this.taskQueue, args: [whole], signal: rollbackSignal, signalArgs: [{ ...REASON, ...(deployment ? { deployment } : {}) }],
    });
  }

  async decide(handle: WorkflowHandle, { task }: Pick<Blocked, 'task'>, answer: Answer): Promise<string> {
    return await handle.executeUpdate(decideUpdate, { args: [{ task, answer, by: REASON.by, reason: REASON.reason }] });
  }

  async state(handle: WorkflowHandle): Promise<string | undefined> {
    return (await handle.describe()).typedSearchAttributes.get(stateAttribute);
  }

  async ended(handle: WorkflowHandle): Promise<Ended> {
    const returned = (await handle.result().catch(() => undefined)) as Result | undefined;
    const own = await this.#own(handle);
    const [description, { events }] = await Promise.all([own.describe(), own.fetchHistory()]);
    const failure = events?.at(-1)?.workflowExecutionFailedEventAttributes?.failure;
    const memo = (description.memo ?? {}) as Partial<Result>;
    return {
      status: description.status.name, failure: failure ? { type: failure.applicationFailureInfo?.type ?? '', message: failure.message ?? '' } : null, memo,
      result: { ...memo, ...returned } as Result, outcome: description.typedSearchAttributes.get(outcomeAttribute), state: description.typedSearchAttributes.get(stateAttribute),
      states: (events ?? []).flatMap((event) => {
        const { data } = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields?.[stateAttribute.name] ?? {};
        return data ? [JSON.parse(Buffer.from(data).toString()) as string] : [];
      }),
      events: events ?? [], description,
    };
  }

  /** The run itself where the handle knows it: the next one of that id may have begun by now. Of one that went on as a new run the last. */
  async #own(handle: WorkflowHandle & { firstExecutionRunId?: string; signaledRunId?: string }): Promise<WorkflowHandle> {
    const first = this.client.workflow.getHandle(handle.workflowId, handle.signaledRunId ?? handle.firstExecutionRunId);
    return (await first.describe()).status.name === 'CONTINUED_AS_NEW' ? handle : first;
  }
}
