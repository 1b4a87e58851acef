import type { Client } from '@temporalio/client';
import { requestOf, requestsOf, type RequestSummary } from '../events/beside';
import { Runs, type Target } from '../events/runs';
import type { RunSummary } from '../events/summary';
import type { Later } from '../gates/order';

/** How many runs are looked at: more than that do not go live while one waits for its turn. */
const RUNS = 50;

/**
 * The deployment that was asked for after `mine` and is live, or with `waiting` also one that waits with a plan made: what never could begin takes no
 * place. Null where there is none, and for a deployment that nobody waited with.
 */
export async function laterThan(client: Client, target: Target, mine: RequestSummary | undefined, waiting: boolean): Promise<Later | null> {
  if (mine === undefined) return null;
  const runs = new Runs(client);
  const [newest, listed, requests] = await Promise.all([runs.newest(target), runs.history(target, RUNS), waiting ? requestsOf(client, target) : []]);
  // Lists lag a moment behind; the newest run is known exactly.
  const known = newest === undefined ? listed : [newest, ...listed.filter(({ run }) => run !== newest.run)];
  for (const run of live(known)) {
    if (run.startedAt <= mine.requestedAt || run.deployment === null || run.deployment === mine.deployment) continue;
    const asked = (await requestOf(client, target, run.deployment))?.requestedAt ?? run.startedAt;
    if (asked > mine.requestedAt) return { deployment: run.deployment, release: run.release ?? 'another release', since: run.endedAt };
  }
  const other = requests.findLast(({ deployment, requestedAt, plan }) => deployment !== mine.deployment && requestedAt > mine.requestedAt && plan !== null);
  return other === undefined ? null : { deployment: other.deployment, release: other.release ?? 'another release', since: null };
}

/** Those that were deployed and not taken back since. */
function live(runs: readonly RunSummary[]): RunSummary[] {
  const back = new Set(runs.flatMap(({ workflow, outcome, deployment }) => (workflow === 'rollback' && outcome === 'rolled-back' ? [deployment] : [])));
  return runs.filter(({ workflow, outcome, deployment }) => workflow === 'deploy' && outcome === 'deployed' && !back.has(deployment));
}
