import { ApplicationFailure, CancellationScope, CancelledFailure, allHandlersFinished, condition, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Operation, Policy } from '../activities/contract';
import { byKind } from '../plan/drift';
import type { Plan } from '../plan/plan';
import { bounded } from './activities';
import type { Control } from './control';
import { progressQuery } from './messages';
import { failed, FAILURE, type Ending, type Result } from './outcome';
import type { Saga } from './saga';
import { rootSentence, rootType } from './sentences';
import { showEnd, showLine, showStart } from './show';

/** One run of a workflow on an environment, as people see it: progress while it goes, one outcome at the end. */
export class Run {
  saga: Saga | undefined;
  /** What the worker's own sternway.yml says of people and time; runs of before it was asked for know none. */
  policy: Policy = { gates: false, messages: null, bake: null };
  /** Drift that this run takes as it is. */
  adopted: Plan['adopted'];
  /** Who let it pass gates that were closed, and why. */
  overridden: string | undefined;

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
      await condition(allHandlersFinished);
      return acted;
    });
    return this.#end(ending);
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
