import { ApplicationFailure, CancellationScope, CancelledFailure, allHandlersFinished, condition, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Operation, Policy } from '../activities/contract';
import { byKind } from '../plan/drift';
import type { Plan } from '../plan/plan';
import { bounded } from './activities';
import { Announcer } from './announcer';
import { beginFollowUps, postMortem } from './begin-follow-ups';
import type { Control } from './control';
import type { BakeInput } from './bake';
import { progressQuery, yieldedSignal } from './messages';
import { failed, FAILURE, type Ending, type Result } from './outcome';
import type { Saga } from './saga';
import { rootSentence, rootType } from './sentences';
import { storeReport } from './storing';
import { showEnd, showLine, showStart } from './show';

/** One run of a workflow on an environment, as people see it: progress while it goes, one outcome at the end. */
export class Run {
  saga: Saga | undefined;
  /** Undefined where nobody is to be told anything. */
  announcer: Announcer | undefined;
  /** What the worker's own sternway.yml says of people and time; runs of before it was asked for know none. */
  policy: Policy = { messages: null, bake: null, reports: [] };
  /** Drift that this run takes as it is. */
  adopted: Plan['adopted'];
  /** Who let it pass gates that were closed, and why. */
  overridden: string | undefined;
  /** A bake was made to yield; and with what it can be begun again, as soon as it has said so. */
  unwatched: { bake?: BakeInput } | undefined;
  /** What its deployment leaves to people has begun. */
  followedUp = false;
  #finished: Ending | undefined;
  #closing: Promise<unknown> = Promise.resolve();

  /** @throws ApplicationFailure Refused when the workflow id is not the lock of that environment */
  constructor(
    public operation: Operation,
    public release: string,
    readonly control: Control,
  ) {
    const { workflowId } = workflowInfo();
    const lock = `${operation.app}/${operation.environment}`;
    if (workflowId !== lock) {
      throw ApplicationFailure.nonRetryable(`the workflow id must be ${lock}, for it is the lock of that environment; it is ${workflowId}`, FAILURE.refused);
    }
    setHandler(progressQuery, () => ({
      deployment: this.operation.deployment, release: this.release, phase: this.saga?.phase ?? 'prepare', direction: this.saga?.direction ?? 'forward',
      step: this.saga?.step ?? null, blocked: [...control.blocked.values()], startedBy: operation.by,
    }));
    setHandler(yieldedSignal, (bake) => {
      if (this.unwatched && bake?.app === operation.app && bake.environment === operation.environment) this.unwatched.bake ??= bake;
    });
    showStart(operation, release);
    showLine(`**${release}** to **${lock}**, deployment \`${operation.deployment}\`, by ${operation.by}`);
  }

  /**
   * `begin` changes nothing on a host but our own state folder: when it fails, or somebody turns the run back meanwhile, the claims are closed
   * and the outcome is `unchanged`. `act` does the rest, shielded from cancellation, which it meets as one more reason to turn back.
   */
  async carryOut<T>(begin: () => Promise<T>, act: (begun: T) => Promise<Ending>): Promise<Result> {
    const ending = await CancellationScope.nonCancellable(async () => {
      let begun: T;
      try {
        if (patched('people')) this.policy = await this.control.untilTurned(() => bounded.readPolicy(this.operation));
        begun = await this.control.untilTurned(begin);
        if (this.control.turnBack) return await this.#unchanged();
      } catch (error) {
        return await this.#unchanged(error);
      }
      const acted = await act(begun);
      if (this.#finished !== acted) await this.finish(acted);
      if (acted.result.outcome === 'rolled-back' || acted.result.outcome === 'incomplete') await beginFollowUps(this, 'rolled-back');
      await condition(allHandlersFinished);
      return acted;
    });
    return this.#end(ending);
  }

  /** From here on the hosts are changed, by this saga. */
  begin(saga: Saga): Saga {
    this.saga = saga;
    const { messages, reports } = this.policy;
    const [kept] = reports;
    if (messages) this.announcer = new Announcer(this.operation, saga, messages, this.control, kept === undefined ? null : `${kept}/${this.reportName}.html`, postMortem(this));
    return saga;
  }

  /** Tells people how it ended and has the report kept, each as far as it can be; waits for both, but not longer than until `enough`. */
  async finish(ending: Ending, enough: () => boolean = () => false): Promise<void> {
    this.#finished = ending;
    if (!this.announcer && this.policy.reports.length === 0) return;
    this.announcer?.ended(ending.result);
    this.#closing = this.#closing.then(async () => {
      await this.announcer?.settled();
      if (this.policy.reports.length > 0) await storeReport(this.operation, this.reportName, ending);
    });
    await Promise.race([this.#closing, condition(enough)]);
  }

  /** The same for every writing of one run's report; a rollback's is not its deployment's. */
  get reportName(): string {
    const { app, environment, deployment, holder } = this.operation;
    return [app, environment, deployment, ...(holder.startsWith(deployment) ? [] : [holder])].join('-');
  }

  result(rest: Pick<Result, 'outcome' | 'cause' | 'sentence'> & Partial<Result>): Result {
    return { deployment: this.operation.deployment, release: this.release, skipped: [], schemaAhead: [], ...(this.adopted ? { adopted: byKind(this.adopted) } : {}), ...(this.overridden ? { overridden: this.overridden } : {}), ...rest };
  }

  async #unchanged(error?: unknown): Promise<Ending> {
    const why = this.control.turnBack;
    const failure = rootType(error) === FAILURE.busy ? FAILURE.busy : FAILURE.refused;
    // Who found the hosts busy may ask again under the same name.
    const outcome = !why && failure === FAILURE.busy ? 'abandoned' : 'unchanged';
    // Without tokens, for a claim that failed half way gave none: each host is asked whether this run holds it.
    const open = await bounded
      .closeClaims({ operation: this.operation, tokens: {}, outcome, head: 'keep' })
      .then(() => '', (late: unknown) => `; its claims may still be open: ${rootSentence(late)}`);
    if (why) return { result: this.result({ outcome: 'unchanged', cause: why.cause, sentence: `${why.sentence}, before anything was changed${open}` }), failure: FAILURE.withdrawn };
    return { result: this.result({ outcome: 'unchanged', cause: 'failure', sentence: `${rootSentence(error)}${open}` }), failure };
  }

  #end({ result, failure }: Ending): Result {
    showEnd(result);
    if (failure === undefined) return result;
    if (result.cause === 'cancel') throw new CancelledFailure(result.sentence, [result]);
    throw failed(result, failure);
  }
}
