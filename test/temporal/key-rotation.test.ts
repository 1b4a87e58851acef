import { createHash } from 'node:crypto';
import path from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleOf } from '../../src/temporal/bundle';
import { connectClient, connectWorker } from '../../src/temporal/connection';
import { dataConverter } from '../../src/temporal/converter';
import { EncryptionCodec } from '../../src/temporal/encryption-codec';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../src/temporal/local-server';
import { activities } from './fixtures/activities';
import { goOn } from './fixtures/workflows';

const key = (letter: string): string => Buffer.alloc(32, letter).toString('base64');
const id = (letter: string): string => createHash('sha256').update(Buffer.alloc(32, letter)).digest('hex').slice(0, 16);
let server: LocalServer;
let bundle: Awaited<ReturnType<typeof bundleOf>>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [server, bundle] = await Promise.all([startLocalServer({ executable: requireTemporal(), ui: false }), bundleOf({ workflowsPath: path.join(__dirname, 'fixtures/workflows.ts'), encodeFailures: true })]);
}, 120_000);
afterAll(async () => {
  delete process.env.STERNWAY_CODEC_KEY;
  await server?.stop();
});

/** With a worker and a client that have these keys, as after a restart: nothing of the run is in memory. */
async function under<T>(keys: string, work: (client: Awaited<ReturnType<typeof connectClient>>) => Promise<T>): Promise<T> {
  process.env.STERNWAY_CODEC_KEY = keys;
  const { connection, ...rest } = await connectWorker({ address: server.address });
  const worker = await Worker.create({ connection, ...rest, taskQueue: 'rotate', workflowBundle: bundle, activities, stickyQueueScheduleToStartTimeout: '100ms' });
  const client = await connectClient({ address: server.address });
  try {
    return await worker.runUntil(work(client));
  } finally {
    await client.connection.close();
    await connection.close();
  }
}

test('a key that is replaced in the middle of a run: the run goes on, its whole history decodes and replays, and without the old key the old part is named [F55]', async () => {
  await under(key('a'), async (client) => {
    await client.workflow.start('wait', { taskQueue: 'rotate', workflowId: 'rotate', args: ['shop'] });
    await expect.poll(async () => (await client.workflow.getHandle('rotate').fetchHistory()).events?.some(({ workflowTaskCompletedEventAttributes: done }) => done), { timeout: 60_000 }).toBe(true);
  });
  const both = `${key('b')},${key('a')}`;
  const history = await under(both, async (client) => {
    const handle = client.workflow.getHandle('rotate');
    await handle.signal(goOn, 'sesame');
    expect(await handle.result()).toContain('sesame');
    return await handle.fetchHistory();
  });
  const kept = JSON.stringify(history);
  expect([id('a'), id('b')].filter((name) => kept.includes(Buffer.from(name).toString('base64')) || kept.includes(name) || kept.includes([...Buffer.from(name)].join(',')))).toEqual([id('a'), id('b')]);
  const replay = (keys: string): Promise<void> => Worker.runReplayHistory({ workflowBundle: bundle, dataConverter: dataConverter({ STERNWAY_CODEC_KEY: keys }) }, history, 'rotate');
  await replay(both);
  await expect(replay(key('b'))).rejects.toThrow();
  const first = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  await expect(new EncryptionCodec(key('b')).decode(first)).rejects.toThrow(`encrypted with key ${id('a')}`);
  expect(await new EncryptionCodec(both).decode(first)).toHaveLength(1);
}, 180_000);
