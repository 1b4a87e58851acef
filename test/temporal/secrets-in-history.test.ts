import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bundleOf } from '../../src/temporal/bundle';
import { connectClient, connectWorker } from '../../src/temporal/connection';
import { isEncrypting } from '../../src/temporal/converter';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../src/temporal/local-server';
import { activities } from './fixtures/activities';

const long = 90_000;
const secret = 'hunter2-Pa$$w0rd';
let directory: string;
let server: LocalServer;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
}, long);
beforeEach(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'secrets-'));
  server = await startLocalServer({ executable: requireTemporal(), ui: false, dataFile: path.join(directory, 'data', 'temporal.db'), logFile: path.join(directory, 'data', 'server.log') });
  return async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
    delete process.env.STERNWAY_CODEC_KEY;
  };
}, long);
afterAll(() => delete process.env.STERNWAY_CODEC_KEY);

/** Runs the workflow that puts the secret everywhere; returns what it failed with, and all that anyone can read without a key. */
async function spill(): Promise<{ failure: ApplicationFailure; kept: unknown; inClear: Record<string, boolean> }> {
  const { connection, ...rest } = await connectWorker({ address: server.address });
  const workflowBundle = await bundleOf({ workflowsPath: path.join(__dirname, 'fixtures/workflows.ts'), encodeFailures: isEncrypting() });
  const worker = await Worker.create({ connection, ...rest, taskQueue: 'spill', workflowBundle, activities });
  const client = await connectClient({ address: server.address });
  const handle = await client.workflow.start('spill', { taskQueue: 'spill', workflowId: 'spill', args: [secret], memo: { given: secret }, staticSummary: `deploys with ${secret}` });
  const error: unknown = await worker.runUntil(handle.result()).catch((reason: unknown) => reason);
  await connection.close();
  const { memo } = await handle.describe();

  // As the UI or somebody with the bare CLI sees it: no codec.
  const raw = await client.connection.workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution: { workflowId: 'spill' } });
  const described = await client.connection.workflowService.describeWorkflowExecution({ namespace: 'default', execution: { workflowId: 'spill' } });
  await client.connection.close();
  await server.stop();
  const files = readdirSync(path.join(directory, 'data')).map((name) => readFileSync(path.join(directory, 'data', name)));
  return {
    failure: (error as WorkflowFailedError).cause as ApplicationFailure,
    kept: memo?.kept,
    inClear: { history: holds([raw]), description: holds([described]), database: files.some((file) => forms.some((form) => file.includes(form))) },
  };
}

const forms = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex'), encodeURIComponent(secret)];

/** Whether any string or byte array below holds the secret. */
function holds(values: unknown[]): boolean {
  return values.some((value) => {
    if (typeof value === 'string') return forms.some((form) => value.includes(form));
    if (value instanceof Uint8Array) return forms.some((form) => Buffer.from(value).includes(form));
    return typeof value === 'object' && value !== null && holds(Object.values(value));
  });
}

test('with a codec key a secret in arguments, memo, summary, error message, stack and details is readable by us and in clear nowhere [I5] [F54]', async () => {
  process.env.STERNWAY_CODEC_KEY = Buffer.alloc(32, 'k').toString('base64');
  const { failure, kept, inClear } = await spill();
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure.message).toBe(`could not use ${secret}`);
  expect(failure.details).toEqual([{ secret }]);
  expect((failure.cause as Error).cause).toMatchObject({ message: `refused ${secret}`, type: 'Refused' });
  expect(kept).toBe(secret);
  expect(inClear).toEqual({ history: false, description: false, database: false });
}, long);

test('without one the same search finds it everywhere, so the search can be trusted', async () => {
  const { failure, inClear } = await spill();
  expect(failure.message).toBe(`could not use ${secret}`);
  expect(inClear).toEqual({ history: true, description: true, database: true });
}, long);
