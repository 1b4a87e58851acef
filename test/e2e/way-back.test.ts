import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig, resolveEnvironment, splitInventory } from '../../src/config/load';
import { decideUpdate } from '../../src/workflows/messages';
import { requireTemporal } from '../../src/temporal/find-executable';
import { deploy, ended, LOCK, must, raiseStage, remember, rollback, start, until, version, visit, type Stage } from './stage';

const temporal = promisify(execFile);
const HOLD = '/run/shop/hold-migration';

let stage: Stage;
beforeAll(async () => {
  stage = await raiseStage('way-back');
  expect(await deploy(stage, 'v1.2.0')).toMatchObject({ outcome: 'deployed' });
});
afterAll(async () => {
  await stage?.remove();
});

/** Deploys the release whose migration waits, and returns when its real program is at work. */
async function inMigration() {
  await must(stage, `touch ${HOLD}`);
  const handle = await start(stage, 'v1.5.7-slow-migration');
  await until('the migration runs', async () => (await stage.shop.host.run('pgrep -x -f "venv/bin/python database.py upgrade"')).code === 0);
  return handle;
}

test('the bare Temporal CLI turns a deployment back while migrate runs, without a payload; users get in again, to pages and data [RX-03, RX-09, RX-23, RX-24, A-24]', async () => {
  const differs = await remember(stage);
  const handle = await inMigration();
  expect(await differs()).not.toBe('');
  expect((await visit(stage, '/')).status).toBe(503);
  await temporal(requireTemporal(), ['workflow', 'signal', '--address', stage.server.address, '--workflow-id', LOCK, '--name', 'rollback']);
  // The migration is brought to its end (finish), not cut: only its hold is lifted.
  await must(stage, `rm ${HOLD}`);
  expect(await ended(handle)).toMatchObject({ type: 'RolledBack', outcome: 'rolled-back', cause: 'signal' });
  expect(await differs()).toBe('');
  expect(await version(stage)).toBe('v1.2.0');
  for (const path of ['/', '/api/v1/items', '/static/style.css', '/health/']) expect([path, (await visit(stage, path)).status]).toEqual([path, 200]);
});

test('a cancel in the middle of migrate takes the host back before the run ends as cancelled [F13]', async () => {
  const differs = await remember(stage);
  const handle = await inMigration();
  await handle.cancel();
  await must(stage, `rm ${HOLD}`);
  expect((await ended(handle)).type).toBe('cancelled');
  expect(await differs()).toBe('');
});

test('a deadline that passes during migrate turns the deployment back', async () => {
  const differs = await remember(stage);
  await must(stage, `touch ${HOLD}`);
  const { settings } = splitInventory(resolveEnvironment(loadConfig(stage.config), 'production'));
  const handle = await start(stage, 'v1.5.7-slow-migration', { settings: { ...settings, timeouts: { ...settings.timeouts, deadline: '12s' } } });
  await until('it turned back', async () => {
    const { raw } = await stage.client.workflow.getHandle(LOCK).describe();
    return raw.pendingActivities?.some((pending) => pending.activityType?.name?.endsWith('.undo')) ?? false;
  });
  await must(stage, `rm ${HOLD}`);
  expect(await ended(handle)).toMatchObject({ outcome: 'rolled-back', cause: 'deadline' });
  expect(await differs()).toBe('');
});

test('an undo that meets a hand-made change is blocked, names it, and takes the answers retry and resolved [A-06] [F53]', async () => {
  const differs = await remember(stage);
  const handle = await inMigration();
  await must(stage, 'cp /etc/nginx/sites-available/shop.maintenance /etc/nginx/by-hand && ln -sfn /etc/nginx/by-hand /etc/nginx/sites-enabled/shop');
  await handle.signal('rollback', { by: 'test', reason: 'to be blocked' });
  await must(stage, `rm ${HOLD}`);
  const blocked = await until('it is blocked', async () => (await handle.query<{ blocked: { task: string; sentence: string }[] }, []>('progress')).blocked[0]);
  expect(blocked.sentence).toMatch(/sites-enabled\/shop is \/etc\/nginx\/by-hand and not .*: somebody changed it by hand/);
  await handle.executeUpdate(decideUpdate, { args: [{ task: blocked.task, answer: 'retry', by: 'test', reason: 'still wrong' }] });
  await until('it asks again', async () => (await handle.query<{ blocked: unknown[] }, []>('progress')).blocked[0]);
  await must(stage, 'rm /etc/nginx/by-hand && ln -sfn /etc/nginx/sites-available/shop.maintenance /etc/nginx/sites-enabled/shop');
  await handle.executeUpdate(decideUpdate, { args: [{ task: blocked.task, answer: 'retry', by: 'test', reason: 'put right' }] });
  expect(await ended(handle)).toMatchObject({ outcome: 'rolled-back', cause: 'signal' });
  expect(await differs()).toBe('');
});

test('break-glass.sh brings the host back in the middle of a deployment, and the worker that comes back later is refused by it', async () => {
  const differs = await remember(stage);
  const handle = await inMigration();
  const { deployment } = await handle.query<{ deployment: string }, []>('progress');
  await must(stage, `rm ${HOLD}`);
  const out = await must(stage, `sh /var/lib/sternway/shop/production/${deployment}/break-glass.sh --yes 2>&1`);
  expect(out).toMatch(/migrate/);
  expect(await differs()).toBe('');
  expect(await version(stage)).toBe('v1.2.0');
  // Sternway finds its token stale: it says so and waits for a person, and changes nothing.
  await until('it is blocked', async () => (await handle.query<{ blocked: unknown[] }, []>('progress')).blocked[0]);
  for (let open = true; open; ) {
    const { blocked } = await handle.query<{ blocked: { task: string }[] }, []>('progress');
    for (const { task } of blocked) await handle.executeUpdate(decideUpdate, { args: [{ task, answer: 'resolved', by: 'test', reason: 'break-glass did it' }] }).catch(() => undefined);
    open = (await handle.describe()).status.name === 'RUNNING';
  }
  expect(await differs()).toBe('');
});

test('a migration that drops data is held after users were let in, and goes back only when a person says so [DB-01, DB-05, MG-11] [F49]', async () => {
  expect(await deploy(stage, 'v1.3.0')).toMatchObject({ outcome: 'deployed' });
  const input = { app: 'shop', environment: 'production', by: 'test', reason: 'held' };
  const handle = await stage.client.workflow.signalWithStart('rollback', { workflowId: LOCK, taskQueue: 'sternway', args: [input], signal: 'rollback', signalArgs: [{ by: 'test' }] });
  const asked = await until('it asks', async () => (await handle.query<{ blocked: { task: string; sentence: string; hold: boolean }[] }, []>('progress')).blocked[0]);
  expect(asked).toMatchObject({ hold: true });
  expect(asked.sentence).toMatch(/reversible.*rows/s);
  expect((await visit(stage, '/')).status).toBe(503);
  await handle.executeUpdate(decideUpdate, { args: [{ task: asked.task, answer: 'retry', by: 'test', reason: 'the loss is accepted' }] });
  expect(await ended(handle)).toMatchObject({ outcome: 'rolled-back' });
  expect(await version(stage)).toBe('v1.2.0');
});

test('with nothing of ours live any more a rollback is refused in one sentence', async () => {
  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  const again = await rollback(stage);
  expect(again).toMatchObject({ type: 'Refused', outcome: 'unchanged' });
  expect(again.sentence).toMatch(/there is nothing to roll back/);
});
