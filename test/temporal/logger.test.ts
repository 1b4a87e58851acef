import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { Runtime } from '@temporalio/worker';
import { afterAll, expect, test } from 'vitest';
import { createLogger, installRuntime } from '../../src/temporal/logger';
import { waitFor } from './wait-for';

const directory = mkdtempSync(path.join(os.tmpdir(), 'logger-'));
afterAll(() => rmSync(directory, { recursive: true }));

type Line = Record<string, unknown> & { msg: string; error?: { message: string; stack: string; cause?: { message: string } } };
const parse = (text: string) => text.trim().split('\n').map((line) => JSON.parse(line) as Line);

function capture(): { lines(): Line[]; write(text: string): void } {
  let text = '';
  return { lines: () => parse(text), write: (more) => void (text += more) };
}

test("the SDK's messages keep their metadata, their errors and their level, one JSON line each, in a file for us alone", async () => {
  const destination = path.join(directory, 'log', 'worker.log');
  const logger = installRuntime({ level: 'info', destination });
  const { logger: sdk } = Runtime.instance();
  sdk.debug('too detailed');
  sdk.warn('Activity failed', { activityType: 'migrate', error: new Error('no such table', { cause: new Error('disk full') }) });
  // Kept back for a moment, so that they can be put in order with those of the native part.
  const [line, ...more] = parse(await waitFor('the log', () => readFileSync(destination, 'utf8')));
  expect(more).toEqual([]);
  expect(line).toMatchObject({ level: 40, msg: 'Activity failed', activityType: 'migrate', error: { message: 'no such table', cause: { message: 'disk full' } } });
  expect(line?.error?.stack).toContain('logger.test.ts');
  expect(statSync(destination).mode & 0o077).toBe(0);
  // The SDK allows one runtime a process: whoever comes later gets the same logger.
  expect(installRuntime({ level: 'debug' })).toBe(logger);
});

test('values under the names of secrets are not written, on the first two levels', () => {
  const destination = capture();
  const log = createLogger({ destination });
  log.info({ password: 'hunter2', database: { password: 'hunter2', host: 'db' }, token: 'hunter2', user: 'shop' }, 'connecting');
  expect(JSON.stringify(destination.lines())).not.toContain('hunter2');
  expect(destination.lines()[0]).toMatchObject({ database: { host: 'db', password: '[redacted]' }, user: 'shop' });
});

test('a failure is written with its type and details', () => {
  const destination = capture();
  createLogger({ destination }).error({ error: ApplicationFailure.create({ message: 'nginx -t failed', type: 'CheckFailed', details: ['line 3'] }) }, 'step failed');
  expect(destination.lines()[0]?.error).toMatchObject({ message: 'nginx -t failed', type: expect.stringMatching(/CheckFailed|ApplicationFailure/), details: ['line 3'] });
});
