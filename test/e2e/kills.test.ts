import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { WorkflowHandle } from '@temporalio/client';
import { Random } from '../random';
import { ended, must, raiseStage, remember, start, startWorker, until, type Stage } from './stage';

const HOLD = '/run/shop/hold-migration';
const RUNS = '/var/log/shop/upgrade-runs.log';
const KILLS = 20;
/** Its migration waits a minute at most. */
const KILLS_A_DEPLOYMENT = 5;
const SEED = Number(process.env['SEED'] ?? 1);

let stage: Stage;
beforeAll(async () => {
  stage = await raiseStage('kills', { worker: false });
});
afterAll(async () => {
  await stage?.remove();
});

/** The real program, by its whole command line: what starts it under the app's account has that text in its own, too. */
const migrating = async (): Promise<string> => (await stage.shop.host.run('pgrep -x -f "venv/bin/python database.py upgrade"')).stdout.trim();
const count = async (deployment: string): Promise<number> => Number(await must(stage, `grep -c "deployment=${deployment}" ${RUNS} || true`));

test(`a worker killed ${KILLS} times inside migrate never runs it twice: the same process before and after, one line by the real program (seed ${SEED}) [OV-01] [F02, F48]`, { timeout: 600_000 }, async () => {
  const dice = new Random(SEED);
  const workers = new Map<number, ChildProcess>();
  const add = async (): Promise<void> => {
    const worker = await startWorker(stage);
    workers.set(worker.pid ?? 0, worker);
  };
  await Promise.all([add(), add()]);
  expect(await ended(await start(stage, 'v1.2.0'))).toMatchObject({ outcome: 'deployed' });
  for (let kill = 0; kill < KILLS; ) {
    const differs = await remember(stage);
    await must(stage, `touch ${HOLD}`);
    const handle = await start(stage, 'v1.5.7-slow-migration');
    const before = await until('the migration runs', async () => (await migrating()) || undefined);
    const { deployment } = await handle.query<{ deployment: string }, []>('progress');
    for (let n = 0; n < KILLS_A_DEPLOYMENT; n++, kill++) {
      // Somewhere between right after the start of the attempt and well into its heartbeats.
      await new Promise((resolve) => setTimeout(resolve, dice.next() * 1500));
      const { attempt, victim } = await holder(handle, workers);
      victim.kill('SIGKILL');
      workers.delete(victim.pid ?? 0);
      const replaced = add();
      await until('another worker has taken the step over', async () => Number((await migration(handle)).attempt) > attempt);
      expect(await migrating()).toBe(before);
      await replaced;
    }
    await handle.signal('rollback', { by: 'test', reason: 'enough kills' });
    await must(stage, `rm ${HOLD}`);
    expect(await ended(handle)).toMatchObject({ outcome: 'rolled-back', cause: 'signal' });
    expect(await count(deployment)).toBe(1);
    expect(await differs()).toBe('');
  }
  for (const worker of workers.values()) {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
});

/** Who holds the step: one of ours that lives. The server may first hand an attempt to a poll of the worker that was just killed. */
async function holder(handle: WorkflowHandle, workers: ReadonlyMap<number, ChildProcess>): Promise<{ attempt: number; victim: ChildProcess }> {
  return await until('a living worker holds the step', async () => {
    const { attempt, lastWorkerIdentity } = await migration(handle);
    const victim = workers.get(Number(lastWorkerIdentity?.split('@')[0]));
    return victim && { attempt: Number(attempt), victim };
  });
}

/** The pending activity of migrate, as the server sees it. */
async function migration(handle: WorkflowHandle) {
  const found = (await handle.describe()).raw.pendingActivities?.find((pending) => pending.activityType?.name === 'migrateDatabase');
  if (!found) throw new Error('migrate is not under way any more');
  return found;
}
