import type { WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE } from '../../src/temporal/names';
import { rollbackSignal } from '../../src/workflows/messages';
import type { Plan } from '../../src/plan/plan';
import { goesForward, keyOf, nameOf, placesOf, STAGES, turnOf, turningPoint, wayBack, WHENS, type Case, type Strike } from './cases';
import { DEPLOYMENT, LOCK, type Lane } from './lane';
import { follow, result, startRun, type Ended, type Ran } from './run-case';
import { arm, arrival, strike } from './strike';

/** At every step, forward and back, and stage, before, during and after it, the run is terminated, and the next ones find what it left. */
export function terminateCases(plan: Plan): Case[] {
  const last = turningPoint(plan);
  const cases = (name: string, places: ReturnType<typeof placesOf>, first: readonly Strike[], task?: string): Case[] => WHENS.flatMap((when) => {
    const place = places[when];
    return place ? [{ id: `terminate/${name}/${when}`, strikes: [...first, { place, kind: 'terminate', letGo: 'at once', ...(task ? { task } : {}) }], allowed: ['rolled-back', 'deployed'] }] : [];
  });
  return [
    ...Object.entries(STAGES).flatMap(([stage, places]) => cases(stage, places, [])),
    ...plan.steps.filter(goesForward).flatMap((step) => cases(nameOf(step), placesOf(step, 'forward'), [], keyOf(step))),
    ...wayBack(plan, last).flatMap((step) => cases(`back/${nameOf(step)}`, placesOf(step, 'undo'), [turnOf(last)], keyOf(step))),
  ];
}

/** Deploys until the case's last point, terminates the run, and does as people would: a deployment is refused, a rollback takes over, and where nothing is to be taken back a deployment does. */
export async function runTerminated(lane: Lane, { strikes }: Case): Promise<Ran> {
  const begun = Date.now();
  const [one, first] = [strikes.at(-1), strikes.length > 1 ? strikes[0] : undefined];
  if (!one) throw new RangeError('a case has a point');
  arm(lane, first ?? one);
  const handle = await startRun(lane);
  const fired: string[] = [];
  const end = follow(lane, handle);
  if (first && (await strike(lane, handle, [first, one], () => end.over))) fired.push(`${first.kind} at ${first.place.point}`);
  const name = await arrival(lane, one, () => end.over);
  if (name === undefined) return told(begun, fired, { ...(await result(handle)), held: 0, blocked: [] });
  fired.push(`${one.kind} at ${one.place.point}`);
  await handle.terminate('the case says so');
  await end.done;
  // The worker does not know yet: what has not begun begins now, with nobody in charge.
  lane.points[one.place.side].release(name);

  const next = await watched(lane, await startRun(lane, { deployment: 'next' }));
  const refused = next.type === 'Busy' && next.sentence.includes(`${DEPLOYMENT} holds this environment`);
  // Before the claim and after it a run holds nothing.
  if (!refused && one.task === undefined && next.outcome === 'deployed') return told(begun, fired, await takenBack(lane, next));
  if (!refused) return told(begun, fired, { ...next, hung: `the next deployment was not refused because of ${DEPLOYMENT}: ${next.outcome}: ${next.sentence}` });
  const back = await rollBack(lane, { takeOver: true });
  if (back.type !== 'Refused') return told(begun, fired, back);
  return told(begun, fired, await takenBack(lane, await watched(lane, await startRun(lane, { deployment: 'next', takeOver: true }))));
}

type Watched = Ended & Pick<Ran, 'held' | 'blocked' | 'hung' | 'another'>;

/** Takes back the deployment that came after the terminated one. What is there then is whichever of `deployed` and `rolled-back` the host's head says. */
async function takenBack(lane: Lane, next: Watched): Promise<Watched> {
  if (next.outcome !== 'deployed') return { ...next, hung: next.hung ?? `the next deployment ended as ${next.outcome}: ${next.sentence}` };
  const back = await rollBack(lane, {});
  if (back.outcome !== 'rolled-back') return back;
  const { head } = await lane.inspect();
  return { ...back, outcome: head?.deployment === DEPLOYMENT ? 'deployed' : 'rolled-back', another: true };
}

async function rollBack(lane: Lane, more: { readonly takeOver?: true }): Promise<Watched> {
  const target = { app: 'till', environment: 'production', by: 'faults', ...more };
  return await watched(lane, await lane.client.workflow.signalWithStart('rollback', { workflowId: LOCK, taskQueue: TASK_QUEUE, args: [target], signal: rollbackSignal, signalArgs: [{ by: 'faults' }] }));
}

/** How a run ends that is asked what it asks. */
async function watched(lane: Lane, handle: WorkflowHandle): Promise<Watched> {
  const end = follow(lane, handle);
  const hung = await end.done.then(() => undefined, (error: unknown) => String(error));
  if (hung !== undefined) await handle.terminate('the case is over').catch(() => undefined);
  const { held, blocked } = end;
  return { ...(hung === undefined ? await result(handle) : { outcome: 'hung', sentence: hung, hung }), held, blocked };
}

const told = (begun: number, fired: readonly string[], { outcome, sentence, held, blocked, another, hung }: Watched): Ran => ({
  outcome, sentence, fired, held, blocked, recovery: [], seconds: (Date.now() - begun) / 1000, ...(another ? { another } : {}), ...(hung === undefined ? {} : { hung }),
});
