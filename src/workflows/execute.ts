import { ApplicationFailure, CancellationScope, allHandlersFinished, condition, isCancellation } from '@temporalio/workflow';
import type { Operation, Tokens } from '../activities/contract';
import type { Plan } from '../plan/plan';
import { lasting } from './activities';
import { showState, type Run } from './open-run';
import type { Result } from './outcome';
import { deadline, Saga, type Back } from './saga';
import { rootSentence, rootType } from './sentences';

/** Carries a plan out, or back. Runs shielded from cancellation, which it meets as one more reason to turn back. */
export async function execute(run: Run, plan: Plan, tokens: Tokens): Promise<Result> {
  const { operation, control } = run;
  const saga = (run.saga = new Saga(plan, tokens, operation, control));
  const scope = new CancellationScope({ cancellable: true });
  if (!control.turnBack) {
    await lasting.storePlan({ plan, tokens });
    const timer = new CancellationScope({ cancellable: true });
    const overdue = timer.run(() => deadline(plan.limits.deadline, control)).catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
    await saga.forward(scope);
    timer.cancel();
    await overdue;
  }
  if (!control.turnBack) {
    await lasting.closeClaims({ operation, tokens, outcome: 'deployed', plan, head: 'set' });
    await condition(allHandlersFinished);
    return { ...base(run), outcome: 'deployed', cause: null, sentence: `${plan.release.tag} is live on ${plan.hosts.join(', ')} and verified` };
  }
  showState(run, 'going back');
  const left = await saga.back();
  scope.cancel();
  return await endBack(run, plan, tokens, left, 'keep');
}

/** Closes the claims after a way back and says what the hosts are. */
export async function endBack(run: Run, plan: Plan, tokens: Tokens, left: Back, head: 'keep' | 'restore'): Promise<Result> {
  const { operation, control } = run;
  const outcome = left.skipped.length > 0 ? 'incomplete' : 'rolled-back';
  // Where something was skipped the environment stays claimed: nobody deploys over it unknowingly.
  if (outcome === 'rolled-back') await lasting.closeClaims({ operation, tokens, outcome, plan, head });
  await condition(allHandlersFinished);
  const why = control.turnBack ?? { cause: 'signal' as const, sentence: operation.reason };
  const previous = plan.previous?.tag ?? 'what was there before';
  const hosts = plan.hosts.join(', ');
  const sentence =
    outcome === 'rolled-back'
      ? `${why.sentence}. ${hosts} back on ${previous}${left.schemaAhead.length ? '; the additive schema stays' : ', as before'}`
      : `${why.sentence}. NOT everything was taken back on ${hosts}: ${left.skipped.join(', ')}; the environment stays locked`;
  return { ...base(run), ...left, outcome, cause: why.cause, sentence };
}

/** Ends a run before its first change: nothing on the hosts but our own state folder was touched. */
export async function refuse(run: Run, error: unknown, claimed?: { operation: Operation; tokens: Tokens }): Promise<never> {
  if (claimed) await lasting.closeClaims({ ...claimed, outcome: 'refused', head: 'keep' });
  const sentence = rootSentence(error);
  const result: Result = { ...base(run), outcome: 'unchanged', cause: 'failure', sentence };
  throw ApplicationFailure.create({ message: sentence, type: rootType(error) === 'Busy' ? 'Busy' : 'Refused', nonRetryable: true, details: [result] });
}

function base(run: Run): Pick<Result, 'deployment' | 'release' | 'skipped' | 'schemaAhead'> {
  return { deployment: run.operation.deployment, release: run.release, skipped: [], schemaAhead: [] };
}
