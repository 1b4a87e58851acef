// Following needs a server, now and then, and no worker at all.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sternway, type Event } from '../../src/client';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../src/temporal/local-server';
import { freePort } from '../../src/temporal/ports';

const directory = mkdtempSync(join(tmpdir(), 'sternway-restart-'));
const target = { app: 'shop', environment: 'production' };
let server: LocalServer;
let port = 0;
const clients: Sternway[] = [];

const start = () => startLocalServer({ executable: requireTemporal(), dataFile: join(directory, 'temporal.db'), port, ui: false });

async function connect(): Promise<Sternway> {
  const sternway = await Sternway.connect({ address: server.address, taskQueue: 'nobody-listens' });
  clients.push(sternway);
  return sternway;
}

beforeAll(async () => {
  port = await freePort();
  server = await start();
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a run is followed through a kill -9 of the server, every event once [F08]', async () => {
  const sternway = await connect();
  const run = await sternway.startDeployment({ ...target, release: 'v2', deployment: 'd1', by: 'ada', via: 'cli', reason: '' });
  const told: Event[] = [];
  const troubles: boolean[] = [];
  let wake = (): void => undefined;
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const followed = (async () => {
    for await (const event of sternway.follow(run, { onTrouble: (error) => (troubles.push(error !== undefined), wake()) })) {
      told.push(event);
      wake();
    }
    wake();
  })();
  await until(() => told.length === 1);
  server.kill();
  await server.ended;
  await until(() => troubles.includes(true));
  server = await start();
  const other = await connect();
  await other.requestRollback({ ...target, by: 'eve', via: 'cli', reason: 'looks wrong' });
  await until(() => told.some(({ type }) => type === 'turned-back'));
  expect(troubles.at(-1)).toBe(false);
  await other.client.workflow.getHandle('shop/production').terminate('enough');
  await followed;
  expect(told.map(({ type }) => type)).toEqual(['started', 'turned-back', 'ended']);
  expect(told[1]).toMatchObject({ cause: 'signal', sentence: 'rollback asked for by eve: looks wrong' });
  expect(told[2]).toMatchObject({ status: 'terminated', outcome: 'unknown' });
});

test('whoever stops reading leaves no call behind, even in the middle of a wait', async () => {
  const sternway = await connect();
  const run = await sternway.startDeployment({ ...target, release: 'v2', deployment: 'd2', by: 'ada', via: 'cli', reason: '' });
  const began = Date.now();
  for await (const event of sternway.follow(run)) if (event.type === 'started') break;
  const stop = new AbortController();
  const followed = (async () => {
    for await (const event of sternway.follow(run, { signal: stop.signal })) if (event.type === 'started') stop.abort();
  })();
  await followed;
  // A long poll takes 20 s at least when nobody calls it off.
  expect(Date.now() - began).toBeLessThan(15_000);
  await sternway.client.workflow.getHandle('shop/production').terminate('enough');
});

test('what is known of runs: the newest, the history with who and why, and none where there is none', async () => {
  const sternway = await connect();
  expect(await sternway.newest({ app: 'other', environment: 'production' })).toBeUndefined();
  expect(await sternway.newest(target)).toMatchObject({ status: 'terminated', deployment: 'd2', by: 'ada', release: 'v2', outcome: 'unknown', state: null });
  const runs = await sternway.history(target, 10);
  expect(runs.map(({ deployment }) => deployment)).toEqual(['d2', 'd1']);
  expect(await sternway.find(target, 'd1')).toMatchObject({ run: runs[1]?.run });
  expect(await sternway.describe(target)).toMatchObject({ running: null, head: null, doubt: { deployment: 'd2' }, last: { deployment: 'd2' } });
});
