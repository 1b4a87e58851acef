import type { Tokens } from '../activities/contract';
import type { Figures } from '../bake/look';
import type { Plan } from '../plan/plan';
import { lasting } from './activities';
import { beginFollowUps } from './begin-follow-ups';
import { FAILURE, type Ending } from './outcome';
import type { Run } from './run';
import { Saga } from './saga';
import { rootSentence } from './sentences';
import { showState } from './show';
import { beginBake, pauseBake, watchAgain, yieldBake } from './watching';

/** Carries a plan out, or back. `windowEnd`: ISO, UTC; whatever is still under way then is taken back. `before`: what its bake compares with. */
export async function execute(run: Run, plan: Plan, tokens: Tokens, { windowEnd, before }: { windowEnd: string | null; before: Figures }): Promise<Ending> {
  const { operation, control } = run;
  await pauseBake(run, `${plan.release.tag} is being deployed`);
  const saga = run.begin(new Saga(plan, tokens, operation, control));
  run.announcer?.begins();
  await control.withDeadline(plan.limits.deadline, () => control.withWindow(windowEnd, () => saga.forward()));
  if (control.turnBack) return await goBack(run, saga, 'keep');
  const untidy = saga.untidy.length > 0 ? `; left undone: ${saga.untidy.join('; ')}` : '';
  const live = `${plan.release.tag} is live on ${plan.hosts.join(', ')} and verified${untidy}`;
  try {
    await lasting.closeClaims({ operation, tokens, outcome: 'deployed', plan, head: 'set' });
  } catch (error) {
    control.turn('failure', `${live}, but could not be entered as such: ${rootSentence(error)}`);
    return await goBack(run, saga, 'restore');
  }
  const unwatched = await beginBake(run, saga, before);
  await beginFollowUps(run, 'deployed');
  // Somebody may have asked for the way back while the claims were being closed: looked at last, for nothing is sent to a closed run.
  const deployed = { result: run.result({ outcome: 'deployed', cause: null, sentence: `${live}${unwatched}` }) };
  if (!control.turnBack) await run.finish(deployed, () => control.turnBack !== undefined);
  if (!control.turnBack) return deployed;
  return await reopen(run, saga, live);
}

/** Takes everything back that was attempted, closes the claims and says what the hosts are. `head`: `restore` where this deployment is entered as live. */
export async function goBack(run: Run, saga: Saga, head: 'keep' | 'restore'): Promise<Ending> {
  showState('going back');
  const { operation, control } = run;
  const { plan, tokens } = saga;
  control.remindEvery = plan.limits.remind ?? control.remindEvery;
  const why = control.turnBack ?? { cause: 'signal' as const, sentence: operation.reason, by: operation.by };
  run.announcer?.goesBack(why);
  const left = await saga.back();
  const hosts = plan.hosts.join(', ');
  if (left.skipped.length > 0) {
    // The claims stay open: nobody deploys over it unknowingly.
    const sentence = `${why.sentence}. NOT everything was taken back on ${hosts}: ${left.skipped.join(', ')}; the environment stays locked`;
    return { result: run.result({ ...left, outcome: 'incomplete', cause: why.cause, sentence }), failure: FAILURE.incomplete };
  }
  const open = await lasting
    .closeClaims({ operation, tokens, outcome: 'rolled-back', plan, head })
    .then(() => '', (error: unknown) => `; its claims may still be open: ${rootSentence(error)}`);
  const watched = await watchAgain(run);
  const now = `${hosts} back on ${plan.previous?.tag ?? 'what was there before'}${left.schemaAhead.length > 0 ? '; the additive schema stays' : ', as before'}${open}${watched}`;
  return { result: run.result({ ...left, outcome: 'rolled-back', cause: why.cause, sentence: `${why.sentence}. ${now}` }), failure: FAILURE.rolledBack };
}

/** The claims are closed and the deployment is entered as live: the way back needs claims of its own, as hours later. */
async function reopen(run: Run, saga: Saga, live: string): Promise<Ending> {
  const { operation, control } = run;
  run.operation = { ...operation, holder: `${operation.holder}-back` };
  try {
    saga.tokens = await lasting.claimHosts(run.operation);
  } catch (error) {
    const sentence = `${live}. ${control.turnBack?.sentence ?? ''}, but that came too late and was refused: ${rootSentence(error)}`;
    return { result: run.result({ outcome: 'deployed', cause: control.turnBack?.cause ?? null, sentence }), failure: FAILURE.refused };
  }
  await yieldBake(run, `${saga.plan.release.tag} is being rolled back`);
  return await goBack(run, saga, 'restore');
}
