import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Worker, NativeConnection } from '@temporalio/worker';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/config/user-error';
import { bundleOf } from '../../src/temporal/bundle';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer, type LocalServer, type LocalServerOptions } from '../../src/temporal/local-server';
import { freePort } from '../../src/temporal/ports';
import { appAttribute, searchAttributes } from '../../src/temporal/search-attributes';
import { activities } from './fixtures/activities';
import { goOn } from './fixtures/workflows';
import { isRunning, waitFor } from './wait-for';

const executable = requireTemporal();
const long = 60_000;
const ends: (() => unknown)[] = [];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'local-server-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(directory, { recursive: true, force: true });
});

async function start(options: Partial<LocalServerOptions> = {}): Promise<LocalServer> {
  const server = await startLocalServer({ executable, ui: false, ...options });
  ends.push(() => server.stop());
  return server;
}

async function clientOf(server: LocalServer): Promise<Client> {
  const connection = await Connection.connect({ address: server.address });
  ends.push(() => connection.close());
  return new Client({ connection });
}

const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => 'it was not refused',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
};

test('a server that is ready takes a deployment with all search attributes at once, finds it by them, and serves its UI', async () => {
  const server = await start({ ui: true });
  const client = await clientOf(server);
  const typedSearchAttributes = searchAttributes.map((key) => ({ key, value: `a ${key.name}` }));
  await client.workflow.start('wait', { taskQueue: 'nobody', workflowId: 'shop/production', typedSearchAttributes });
  const query = searchAttributes.map(({ name }) => `${name} = "a ${name}"`).join(' AND ');
  await waitFor('the deployment in the list', async () => (await client.workflow.count(query)).count === 1);
  expect(await (await fetch(`${server.uiUrl}/`)).text()).toMatch(/<!doctype html>/i);
}, long);

test('everything it listens on is on loopback', async () => {
  const { pid } = await start({ ui: true });
  const listening = listeningAddresses(pid);
  expect(listening.length).toBeGreaterThan(2);
  expect(listening.filter((address) => address !== '127.0.0.1')).toEqual([]);
}, long);

test('a deployment outlives kill -9 of the server: a new one on the same file has its history and finishes it [F08]', async () => {
  const dataFile = path.join(directory, 'data', 'temporal.db');
  const first = await start({ dataFile });
  await (await clientOf(first)).workflow.start('wait', { taskQueue: 'survivors', workflowId: 'shop/production', args: ['shop'] });
  await (await clientOf(first)).workflow.getHandle('shop/production').signal(goOn, 'again');
  first.kill();
  expect(await first.ended).toBe('signal SIGKILL');

  const second = await start({ dataFile, port: Number(first.address.split(':')[1]) });
  expect(second.pid).not.toBe(first.pid);
  const handle = (await clientOf(second)).workflow.getHandle('shop/production');
  const events = (await handle.fetchHistory()).events ?? [];
  expect(events.filter((event) => event.workflowExecutionSignaledEventAttributes)).toHaveLength(1);

  const connection = await NativeConnection.connect({ address: second.address });
  ends.push(() => connection.close());
  const workflowBundle = await bundleOf({ workflowsPath: path.join(__dirname, 'fixtures/workflows.ts'), encodeFailures: false });
  const worker = await Worker.create({ connection, taskQueue: 'survivors', workflowBundle, activities });
  expect(await worker.runUntil(handle.result())).toBe('hello again');
  const { typedSearchAttributes } = await handle.describe();
  expect(typedSearchAttributes.get(appAttribute)).toBe('shop');
}, long);

test('a data file that some other Temporal CLI began gets the search attributes that it lacks', async () => {
  const dataFile = path.join(directory, 'old.db');
  const before = await startBare(dataFile);
  expect(before).not.toContain('SternwayApp');
  const client = await clientOf(await start({ dataFile }));
  expect((await client.workflow.count('SternwayApp = "shop"')).count).toBe(0);
}, long);

test('a second server on the same data file is refused, and the first goes on', async () => {
  const dataFile = path.join(directory, 'temporal.db');
  const first = await start({ dataFile });
  const message = await refusal(start({ dataFile }));
  expect(message).toBe(`${dataFile} is in use by another Temporal server: stop that one, or choose another data file.`);
  expect((await (await clientOf(first)).workflow.count()).count).toBe(0);
}, long);

test('a port that is taken is named before anything is started', async () => {
  const squatter = net.createServer();
  const port = await new Promise<number>((resolve) => squatter.listen(0, '127.0.0.1', () => resolve((squatter.address() as net.AddressInfo).port)));
  ends.push(() => squatter.close());
  const dataFile = path.join(directory, 'data', 'temporal.db');
  expect(await refusal(start({ port, dataFile }))).toBe(
    `Port ${port} of 127.0.0.1, meant for the Temporal server, is taken: stop what listens there (\`ss -ltnp 'sport = :${port}'\` shows it), or choose another port.`,
  );
  expect(await refusal(start({ ui: true, uiPort: port, dataFile }))).toContain(`Port ${port} of 127.0.0.1, meant for Temporal's web UI, is taken`);
  expect(readdirSync(directory)).toEqual([]);
}, long);

test('of two servers started on one port at the same moment exactly one is ready, and the other says that the port is taken', async () => {
  const port = await freePort();
  const outcomes = await Promise.allSettled([start({ port }), start({ port })]);
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason as Error);
  expect(lost).toHaveLength(1);
  expect(lost[0]).toBeInstanceOf(UserError);
  expect(lost[0]?.message).toContain(`Port ${port} of 127.0.0.1, meant for the Temporal server, is taken`);
}, long);

test("is not taken in by another server that answers on the port while its own does not", async () => {
  const impostor = path.join(directory, 'temporal');
  writeFileSync(impostor, `#!/bin/sh\n'${executable}' server start-dev --ip 127.0.0.1 --port "$6" --headless &\nsleep 3\nkill -9 $!\nwait\nexit 1\n`, { mode: 0o755 });
  expect(await refusal(start({ executable: impostor }))).toContain('ended with code 1 before it was ready');
}, long);

test('a missing program, a file that is no database and a place where nothing can be made are each one sentence', async () => {
  expect(await refusal(start({ executable: '/nowhere/temporal' }))).toBe(
    'There is no Temporal CLI at /nowhere/temporal: run `node tools/prepare.mjs temporal`, or set STERNWAY_TEMPORAL_BIN to it.',
  );
  const dataFile = path.join(directory, 'letter.db');
  writeFileSync(dataFile, 'Dear reader, '.repeat(1000));
  const logFile = path.join(directory, 'server.log');
  expect(await refusal(start({ dataFile, logFile }))).toMatch(/^The Temporal server ended with code 1 before it was ready: .*file is not a database.* \(more in .*server\.log\)\.$/);
  expect(readFileSync(dataFile, 'utf8')).toContain('Dear reader');
  expect(await refusal(start({ dataFile: path.join(dataFile, 'below', 'x.db') }))).toMatch(/^The directory of .* cannot be made \((EEXIST|ENOTDIR)\): choose another place\.$/);
}, long);

test('data and log are readable by us alone', async () => {
  const dataFile = path.join(directory, 'data', 'temporal.db');
  await start({ dataFile, logFile: path.join(directory, 'log', 'server.log') });
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => path.join(directory, name));
  expect(files.length).toBeGreaterThan(4);
  expect(files.filter((file) => (statSync(file).mode & 0o077) !== 0)).toEqual([]);
}, long);

test('the server is given no key of ours and no setting meant for clients', async () => {
  process.env.STERNWAY_CODEC_KEY = 'a-key-for-clients-and-workers-only';
  process.env.TEMPORAL_API_KEY = 'another';
  try {
    const { pid } = await start();
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toMatch(/STERNWAY|TEMPORAL_|another/);
  } finally {
    delete process.env.STERNWAY_CODEC_KEY;
    delete process.env.TEMPORAL_API_KEY;
  }
}, long);

test('stop returns when the process is gone and its port free, may be called twice, and leaves no listener behind', async () => {
  const before = process.listenerCount('SIGTERM');
  const server = await start({ dataFile: path.join(directory, 'temporal.db') });
  expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  await server.stop();
  expect(isRunning(server.pid)).toBe(false);
  await server.stop();
  expect(process.listenerCount('SIGTERM')).toBe(before);
  await (await start({ port: Number(server.address.split(':')[1]) })).stop();
}, long);

/** Local addresses of the listening sockets of a process, as text. */
function listeningAddresses(pid: number): string[] {
  const lines = execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(`pid=${pid},`)).map((line) => (line.trim().split(/\s+/)[3] ?? '').replace(/:\d+$/, ''));
}

/** Runs the development server with none of our settings on a new file, and returns the names of the attributes it has. */
async function startBare(dataFile: string): Promise<string[]> {
  const port = await freePort();
  const bare = spawn(executable, ['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--headless', '--db-filename', dataFile], { stdio: 'ignore' });
  try {
    const connection = await waitFor('the bare server', () => Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 5000 }).catch(() => undefined));
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    await connection.close();
    return Object.keys(customAttributes);
  } finally {
    bare.kill('SIGKILL');
    await new Promise((resolve) => bare.once('close', resolve));
  }
}
