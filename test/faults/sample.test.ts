import { expect, test } from 'vitest';
import { campaign } from './campaign';

/** One of each kind of fault that costs no waiting, on the way forward, on the way back and beside the steps. */
const SAMPLE = [
  'forward/migrate/before/worker-kill', 'forward/migrate/during/worker-kill', 'forward/migrate/after/worker-kill',
  'forward/start-the-app/during/server-kill', 'forward/nginx-maintenance-page/during/cancel', 'forward/nginx-install-the-vhost/during/reset',
  'forward/release-directory/before/signal', 'forward/switch-to-the-release/after/worker-kill',
  'back/migrate/before/worker-kill', 'back/migrate/after/worker-kill', 'stage/preparePlan/before/cancel', 'stage/claimHosts/before/signal', 'stage/storePlan/during/reset',
];

test('faults at single steps, forward and back, leave one whole release, nothing run twice and nothing behind [F01, F02, F03, F08, F13, F23, F35, F52]', { timeout: 900_000 }, async () => {
  const said: string[] = [];
  const done = await campaign({ what: 'exhaustive', only: SAMPLE, lanes: 2, say: (line) => said.push(line) });
  expect(done.flatMap(({ id, violations }) => violations.map((sentence) => `${id}: ${sentence}`))).toEqual([]);
  expect(done.map(({ id }) => id).sort()).toEqual([...SAMPLE].sort());
  // Each fault struck where it was meant to: a case that met nothing proves nothing.
  expect(done.every(({ fired }) => fired.length > 0)).toBe(true);
});

test('with Sternway gone for good in the middle of a migration, and right before users are let in, break-glass.sh takes the host back [F53]', { timeout: 900_000 }, async () => {
  const only = ['break-glass/migrate/during', 'break-glass/nginx-open-the-site/before'];
  const done = await campaign({ what: 'break-glass', only, lanes: 1, say: () => undefined });
  expect(done.map(({ id, outcome, violations }) => [id, outcome, violations])).toEqual(only.map((id) => [id, 'rolled-back', []]));
});

test('of a run that was terminated in the middle of a migration, of its undo and of its claim, the next ones find what was left, and none of it stays [F14]', { timeout: 900_000 }, async () => {
  const only = ['terminate/migrate/during', 'terminate/back/migrate/during', 'terminate/claimHosts/during'];
  const done = await campaign({ what: 'terminate', only, lanes: 2, say: () => undefined });
  expect(done.map(({ id, outcome, violations }) => [id, outcome, violations]).sort()).toEqual(only.map((id) => [id, 'rolled-back', []]).sort());
});

test('a worker that is stopped past its heartbeat and goes on when all is over, a cut line to Temporal, and a Temporal that is away or whose disk is full while a migration ends run nothing twice and take nothing back [F05, F09, F10, F11]', { timeout: 900_000 }, async () => {
  const done = await campaign({ what: 'long', lanes: 2, say: () => undefined });
  expect(done.flatMap(({ id, violations }) => violations.map((sentence) => `${id}: ${sentence}`))).toEqual([]);
  expect(done.map(({ id, outcome, fired }) => `${id} ${outcome} ${fired.length}`).sort()).toEqual([
    'long/migrate/before/temporal-cut deployed 1', 'long/migrate/before/worker-stop deployed 1',
    'long/migrate/during/database-full deployed 1',
    'long/migrate/during/server-away deployed 1', 'long/migrate/during/temporal-cut deployed 1', 'long/migrate/during/worker-stop deployed 1',
  ]);
});
