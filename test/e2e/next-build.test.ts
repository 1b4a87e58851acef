// Sternway itself is updated while deployments run, and rolls back what an earlier build deployed.
import { execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploy, ended, must, raiseStage, rollback, ROOT, start, startWorker, until, version, type Stage } from './stage';

const HOLD = '/run/shop/hold-migration';
let stage: Stage;
let next: string;
beforeAll(async () => {
  next = nextBuild();
  stage = await raiseStage('next-build', { worker: false });
});
afterAll(async () => {
  await stage?.remove();
  rmSync(next, { recursive: true, force: true });
});

/** The build at hand with another helper for the hosts, and workflows whose last word differs: what an update brings. */
function nextBuild(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-next-'));
  for (const part of ['dist', 'src/hosts/helper', 'package.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  appendFileSync(join(folder, 'src/hosts/helper/__main__.py'), '# The next build.\n');
  const changed = execFileSync('grep', ['-rl', 'and verified', join(folder, 'dist')], { encoding: 'utf8' }).trim().split('\n');
  for (const file of changed) writeFileSync(file, readFileSync(file, 'utf8').replaceAll('and verified', 'and verified by the next build'));
  return folder;
}

async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  worker.kill(signal);
  await once(worker, 'exit');
}

test('a deployment begun under one build is finished by the next one, which also rolls back what the earlier one deployed [F04, F12]', async () => {
  const before = await version(stage);
  const old = await startWorker(stage);
  expect(await deploy(stage, 'v1.1.0')).toMatchObject({ outcome: 'deployed', sentence: 'v1.1.0 is live on web-1 and verified' });

  await must(stage, `touch ${HOLD}`);
  const handle = await start(stage, 'v1.5.7-slow-migration');
  await until('the migration runs', async () => (await stage.shop.host.run('pgrep -x -f "venv/bin/python database.py upgrade"')).code === 0);
  await end(old, 'SIGTERM');
  const worker = await startWorker(stage, next);
  await must(stage, `rm ${HOLD}`);
  expect(await ended(handle)).toMatchObject({ outcome: 'deployed', sentence: 'v1.5.7-slow-migration is live on web-1 and verified by the next build' });
  expect(await version(stage)).toBe('v1.5.7-slow-migration');
  expect((await must(stage, 'ls /var/lib/sternway/bin')).split('\n')).toHaveLength(2);

  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  expect(await version(stage)).toBe('v1.1.0');
  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  expect(await version(stage)).toBe(before);
  expect(await deploy(stage, 'v1.1.0')).toMatchObject({ outcome: 'deployed', sentence: 'v1.1.0 is live on web-1 and verified by the next build' });
  expect(await version(stage)).toBe('v1.1.0');
  await end(worker, 'SIGTERM');
});
