// Every exit code, from the real command, against a real server and a real host.
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireTemporal } from '../../src/temporal/find-executable';
import { Cli } from '../cli/support/cli';
import { LOCK, must, raiseStage, remember, until, type Stage } from './stage';

const HOLD = '/run/shop/hold-migration';
const SLOW = 'v1.5.7-slow-migration';

let stage: Stage;
beforeAll(async () => {
  stage = await raiseStage('exit-codes');
});
afterAll(async () => {
  await stage?.remove();
});

function cli(...args: string[]): Cli {
  return new Cli(args, { cwd: dirname(stage.config), env: { TEMPORAL_ADDRESS: stage.server.address } });
}

/** The Temporal CLI as it comes, knowing nothing of Sternway. */
function bareTemporal(...args: string[]): void {
  execFileSync(requireTemporal(), ['workflow', ...args, '--workflow-id', LOCK, '--address', stage.server.address], { stdio: 'ignore' });
}

/** Until the real program of the migration is at work on the host; it stays so while the hold file exists. */
async function migrating(): Promise<void> {
  await until('the migration runs', async () => (await stage.shop.host.run('pgrep -x -f "venv/bin/python database.py upgrade"')).code === 0);
}

test('0: the release is live', async () => {
  const { code, out } = await cli('deploy', 'v1.2.0').ended();
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('v1.2.0 is live on web-1 and verified') as string });
});

test('2: a command line that cannot be, with the host not asked', async () => {
  const { code, err } = await cli('deploy').ended();
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('release') as string });
});

test('10: the release failed, and the host is as before', async () => {
  const differs = await remember(stage);
  const { code, out } = await cli('deploy', 'v1.5.0-answers-500').ended();
  expect(code, out).toBe(10);
  expect(await differs()).toBe('');
});

test('12: refused, nothing changed', async () => {
  const differs = await remember(stage);
  const { code, out } = await cli('deploy', 'v9.9.9').ended();
  expect(code, out).toBe(12);
  expect(out).toContain('v9.9.9');
  expect(await differs()).toBe('');
});

test('14 for who comes second, 15 for who stops following, 0 for who turns back, 13 for who watches that', async () => {
  const differs = await remember(stage);
  await must(stage, `touch ${HOLD}`);
  const first = cli('deploy', SLOW);
  await migrating();
  const second = await cli('deploy', 'v1.1.0').ended();
  expect(second).toMatchObject({ code: 14, out: '' });
  expect(second.err).toMatch(/shop\/production is held: the deployment of v1\.5\.7-slow-migration .* is running since .*; nothing was started\n {2}sternway follow/);
  first.signal('SIGINT');
  expect((await first.ended()).code).toBe(15);
  const watching = cli('follow');
  const rollback = cli('rollback', '--reason', 'changed my mind');
  await rollback.says('changed my mind');
  await must(stage, `rm ${HOLD}`);
  expect([(await rollback.ended()).code, (await watching.ended()).code]).toEqual([0, 13]);
  expect(await differs()).toBe('');
});

test('14 also when the bare Temporal CLI started the other, and 13 when it turns that back', async () => {
  const differs = await remember(stage);
  await must(stage, `touch ${HOLD}`);
  bareTemporal('start', '--type', 'deploy', '--task-queue', 'sternway', '--input', JSON.stringify({ app: 'shop', environment: 'production', release: SLOW }));
  await migrating();
  const second = await cli('deploy', 'v1.1.0').ended();
  expect(second).toMatchObject({ code: 14, out: '' });
  expect(second.err).toMatch(/shop\/production is held: the deployment of v1\.5\.7-slow-migration is running since .* by temporal-cli:.*; nothing was started\n/);
  const watching = cli('follow');
  bareTemporal('signal', '--name', 'rollback');
  await watching.says(/BACK +signal/);
  await must(stage, `rm ${HOLD}`);
  expect((await watching.ended()).code).toBe(13);
  expect(await differs()).toBe('');
});

test('11: an undo met what somebody changed by hand; once answered, 13', async () => {
  const differs = await remember(stage);
  await must(stage, `touch ${HOLD}`);
  const first = cli('deploy', SLOW);
  await migrating();
  await must(stage, 'cp /etc/nginx/sites-available/shop.maintenance /etc/nginx/by-hand && ln -sfn /etc/nginx/by-hand /etc/nginx/sites-enabled/shop');
  bareTemporal('signal', '--name', 'rollback');
  await must(stage, `rm ${HOLD}`);
  const { code, out } = await first.ended();
  expect(code, out).toBe(11);
  const [, task] = /sternway decide (\S+) retry/.exec(out) ?? [];
  await must(stage, 'rm /etc/nginx/by-hand && ln -sfn /etc/nginx/sites-available/shop.maintenance /etc/nginx/sites-enabled/shop');
  expect((await cli('decide', task ?? '', 'retry', '--reason', 'put right').ended()).code).toBe(0);
  expect((await cli('follow').ended()).code).toBe(13);
  expect(await differs()).toBe('');
});

test('0: a rollback that was asked for is done', async () => {
  const { code, out } = await cli('rollback', '--reason', 'hours later').ended();
  expect(code, out).toBe(0);
});
