import type { Plan } from '../../src/plan/plan';
import { goesForward, keyOf, nameOf, placesOf, WHENS, type Case } from './cases';
import { DEPLOYMENT, LOCK, type Lane } from './lane';
import { startRun, type Ran } from './run-case';
import { arm, arrival } from './strike';
import { until } from './until';

const SCRIPT = `/var/lib/sternway/${LOCK}/${DEPLOYMENT}/break-glass.sh`;

/** At every step, before, during and after it, all of Sternway goes for good, and a person takes the host back with what lies on it. */
export function glassCases(plan: Plan): Case[] {
  return plan.steps.filter(goesForward).flatMap((step) => {
    const places = placesOf(step, 'forward');
    return WHENS.flatMap((when): Case[] => {
      const place = places[when];
      return place ? [{ id: `break-glass/${nameOf(step)}/${when}`, strikes: [{ place, kind: 'break-glass', letGo: 'at once', task: keyOf(step) }], allowed: ['rolled-back'] }] : [];
    });
  });
}

/** Deploys until the case's point, kills every worker and the Temporal server, and runs break-glass.sh as root. Afterwards a server and workers are there again. */
export async function runGlass(lane: Lane, { strikes: [one] }: Case): Promise<Ran> {
  if (!one) throw new RangeError('a case has a point');
  const begun = Date.now();
  arm(lane, one);
  const handle = await startRun(lane);
  const fired: string[] = [];
  let [outcome, sentence, held] = ['hung', '', 0];
  try {
    const { place } = one;
    const name = (await arrival(lane, one, () => false)) ?? '';
    fired.push(`break-glass at ${place.point}`);
    await lane.workers.stop();
    await lane.killServer();
    lane.points[place.side].release(name);
    ({ outcome, sentence, held } = await backByHand(lane));
  } finally {
    if (fired.length > 0) await lane.restartServer();
    await until('the server answers', () => handle.terminate('the case is over').then(() => true, (error: unknown) => (/not found|already completed/i.test(String(error)) ? true : undefined)), 30);
    if (lane.workers.pids.length === 0) await lane.workers.start();
  }
  return { outcome, sentence, fired, held, blocked: [], recovery: [], seconds: (Date.now() - begun) / 1000, ...(outcome === 'rolled-back' ? {} : { hung: sentence }) };
}

/** Once users were let in the schema is a person's decision: the loss is accepted. */
async function backByHand(lane: Lane): Promise<{ outcome: string; sentence: string; held: number }> {
  const run = (options: string) => lane.host.run(`sh ${SCRIPT} --yes ${options} < /dev/null`);
  const first = await run('');
  const asks = first.code === 1 && first.stderr.includes('--schema keep or --schema undo');
  const { code, stderr } = asks ? await run('--schema undo') : first;
  return { outcome: code === 0 ? 'rolled-back' : 'blocked', sentence: stderr.trim(), held: asks ? 1 : 0 };
}
