import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import { expect, test } from 'vitest';
import type { TaskInput } from '../../src/activities/contract';
import type { Deps } from '../../src/activities/deps';
import { taskActivity } from '../../src/activities/tasks';
import { ConnectionLost, LedgerRefused } from '../../src/hosts/failures';
import type { TaskState } from '../../src/hosts/host';

interface Call { readonly verb: string; readonly args: readonly unknown[] }
type Reply = (verb: string, ...args: unknown[]) => unknown;

const INPUT: TaskInput = {
  app: 'shop', environment: 'production', root: '/state', deployment: 'd1', token: { holder: 'run-1', epoch: 7 }, host: 'web-1',
  step: { id: '12-stop-the-app', title: 'stop the app', phase: 'stop', kind: 'change' }, direction: 'forward', command: { script: 'set -eu\ntrue\n' }, mode: 'finish', limit: 60, by: 'anna',
};

/** An activity's surroundings; that activities fail is what these tests are about, so it is not logged. */
const surroundings = (attempt = 1): MockActivityEnvironment => new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });

/** Runs the activity against a host that answers as told. */
async function perform(input: Partial<TaskInput>, reply: TaskState | Reply, attempt = 1): Promise<{ outcome: unknown; calls: Call[] }> {
  const calls: Call[] = [];
  const answer = (verb: string) => async (...args: unknown[]): Promise<unknown> => {
    calls.push({ verb, args });
    return typeof reply === 'function' ? await reply(verb, ...args) : reply;
  };
  const deps = {
    environment: () => ({ settings: {}, inventory: {} }),
    host: () => ({ name: 'web-1', start: answer('start'), undo: answer('undo'), read: answer('read') }),
    secret: (_: unknown, name: string) => `value of ${name}`,
  } as unknown as Deps;
  const outcome: unknown = await surroundings(attempt).run(taskActivity(deps), { ...INPUT, ...input }).catch((error: unknown) => error);
  return { outcome, calls };
}

const failing = async (input: Partial<TaskInput>, reply: TaskState | Reply): Promise<unknown> => {
  const { outcome } = await perform(input, reply);
  if (outcome instanceof ApplicationFailure) return [outcome.type, outcome.nonRetryable, outcome.message];
  return outcome instanceof Error ? [outcome.name, outcome.message] : outcome;
};
const undo = { direction: 'undo' } as const;
const check = { step: { ...INPUT.step, kind: 'check' } } as const;

test('a task that ended well gives what the host measured, and how it was asked is all in the request', async () => {
  const { outcome, calls } = await perform({ command: { script: 'x', user: 'shop', secrets: ['DB_PASSWORD'] } }, { state: 'ended', code: 0, seconds: 1.5, tail: 'done\n', adopted: true, at: '2026-11-22T05:45:12Z' });
  expect(outcome).toEqual({ state: 'ended', seconds: 1.5, tail: 'done\n', adopted: true, at: '2026-11-22T05:45:12Z' });
  expect(calls).toEqual([
    { verb: 'start', args: ['/state', { holder: 'run-1', epoch: 7, deployment: 'd1', step: '12-stop-the-app', command: { script: 'x', user: 'shop', secrets: ['DB_PASSWORD'] }, limit: 60, by: 'anna', secrets: { DB_PASSWORD: 'value of DB_PASSWORD' } }, expect.any(Function)] },
  ]);
});

test('a task that failed says its exit code and its last words', async () => {
  expect(await failing({}, { state: 'ended', code: 3, tail: 'first\nno such file\n\n' })).toEqual(['StepFailed', true, 'ended with exit code 3: no such file']);
  expect(await failing({}, { state: 'ended', code: 3 })).toEqual(['StepFailed', true, 'ended with exit code 3']);
});

test('a program that took too long is said to have, with its last words', async () => {
  expect(await failing({}, { state: 'unknown', timedOut: true, code: null, why: 'stopped after 60 s', tail: 'still building\n' })).toEqual(['Unknown', true, 'stopped after 60 s']);
  expect(await failing({}, { state: 'ended', timedOut: true, code: 1, tail: 'still building\n' })).toEqual(['StepFailed', true, 'took longer than its 60 s and was stopped: still building']);
});

test('drift is a type of its own and speaks in the script\'s own sentence', async () => {
  expect(await failing({}, { state: 'ended', code: 90, tail: '/opt/shop is by-hand: somebody changed it by hand\n' })).toEqual(['Drift', true, '/opt/shop is by-hand: somebody changed it by hand']);
  expect(await failing(undo, { state: 'undo-failed', code: 90, tail: 'changed by hand\n' })).toEqual(['Drift', true, 'changed by hand']);
});

test('an end that nobody saw is unknown, never a failure or a success', async () => {
  expect(await failing({}, { state: 'unknown', why: 'lost in a reboot of the host', code: 0 })).toEqual(['Unknown', true, 'lost in a reboot of the host']);
  expect(await failing({}, { state: 'unknown' })).toEqual(['Unknown', true, 'how it ended is unknown']);
  expect(await failing({}, { state: 'never' })).toEqual(['StepFailed', true, 'ended with no exit code']);
});

test('an undo is done when it ran well or had nothing to do; what failed may pass, so it is tried again and run anew', async () => {
  expect((await perform(undo, { state: 'undone', code: 0, seconds: 2 })).outcome).toMatchObject({ state: 'undone', seconds: 2 });
  expect((await perform(undo, { state: 'never' })).outcome).toMatchObject({ state: 'never', seconds: null });
  expect(await failing(undo, { state: 'undo-failed', code: 1, tail: 'nginx is busy\n' })).toEqual(['Error', 'ended with exit code 1: nginx is busy']);
  const again = async (over: Partial<TaskInput>, attempt: number): Promise<unknown> => ((await perform({ ...undo, ...over }, { state: 'undone' }, attempt)).calls[0]?.args[1] as { again: boolean }).again;
  expect([await again({}, 1), await again({}, 2), await again({ again: true }, 1)]).toEqual([false, true, true]);
});

test('an undo without a command only settles its step', async () => {
  const { command: _, ...nothing } = INPUT;
  const input: TaskInput = { ...nothing, ...undo, mode: 'stop' };
  const calls: Call[] = [];
  const deps = { environment: () => ({ settings: {}, inventory: {} }), host: () => ({ undo: async (...args: unknown[]) => { calls.push({ verb: 'undo', args }); return { state: 'never' }; } }) } as unknown as Deps;
  await surroundings().run(taskActivity(deps), input);
  expect(calls[0]?.args[1]).toMatchObject({ command: { script: 'true\n' }, mode: 'stop', secrets: {} });
});

test('a check only reads: its verdict is its exit code, its sentence its last words, and none within the time is no pass [A-28]', async () => {
  const answers = (code: number | null, stdout = '', stderr = ''): Reply => (verb) => (expect(verb).toBe('read'), { code, stdout, stderr });
  expect((await perform(check, answers(0, 'v1\n'))).outcome).toEqual({ state: 'ended', seconds: null, tail: 'v1\n', adopted: false, at: null });
  expect(await failing(check, answers(3, 'verdict\n', 'health (https://shop.test/): no answer\n'))).toEqual(['CheckFailed', true, 'health (https://shop.test/): no answer']);
  expect(await failing(check, answers(null))).toEqual(['CheckFailed', true, 'no verdict within 60 s']);
});

test('control characters of a host reach no terminal, and a sentence stays one line of bearable length', async () => {
  const [, , sentence] = (await failing({}, { state: 'ended', code: 1, tail: `ok\n\u001b]0;owned\u0007\u001b[31mred\u009b2J\rover\u0000\u007f ${'x'.repeat(1000)}\n` })) as string[];
  expect(sentence).toMatch(/^ended with exit code 1: \\x1b\]0;owned\\x07/);
  expect(sentence).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(sentence?.length).toBeLessThan(450);
  const [, , checked] = (await failing(check, () => ({ code: 1, stdout: '', stderr: '\u001b[2Jgone\n' }))) as string[];
  expect(checked).toBe('\\x1b[2Jgone');
});

test('what the ledger and the connection say becomes the failure that the workflow knows', async () => {
  const throwing = (error: Error): Reply => () => Promise.reject(error);
  expect(await failing({}, throwing(new LedgerRefused('settled', 'the step was settled by its undo', {})))).toEqual(['Settled', true, 'the step was settled by its undo']);
  expect(await failing({}, throwing(new LedgerRefused('stale', 'another run holds the host', {})))).toEqual(['Stale', true, 'another run holds the host']);
  expect(await failing({}, throwing(new ConnectionLost('the line broke')))).toEqual(['ConnectionLost', false, 'the line broke']);
});

test('while the program runs, the heartbeat tells what the host said of it; a cancel ends the waiting at once', async () => {
  const environment = surroundings();
  const beat = new Promise<unknown>((resolve) => void environment.once('heartbeat', resolve));
  const started = (_root: unknown, _task: unknown, told: (event: Record<string, unknown>) => void): Promise<TaskState> => {
    told({ state: 'running', pid: 4711 });
    return new Promise(() => undefined);
  };
  const deps = { environment: () => ({ settings: {}, inventory: {} }), host: () => ({ start: started }) } as unknown as Deps;
  const outcome = environment.run(taskActivity(deps), INPUT).catch((error: unknown) => error);
  expect(await beat).toEqual({ state: 'running', pid: 4711 });
  environment.cancel('CANCELLED');
  expect(await outcome).toBeInstanceOf(CancelledFailure);
});

test('a check that is cancelled while it reads is over on the host before its activity is', async () => {
  const environment = surroundings();
  const order: string[] = [];
  const deps = {
    environment: () => ({ settings: {}, inventory: {} }),
    host: () => ({
      name: 'web-1',
      read: async (_script: string, _limit: number, _secrets: unknown, signal: AbortSignal): Promise<unknown> => {
        order.push('reading');
        const letGo = new Promise((resolve) => signal.addEventListener('abort', resolve));
        environment.cancel('CANCELLED');
        await letGo;
        await new Promise((resolve) => setImmediate(resolve));
        order.push('over on the host');
        return { code: null, stdout: '', stderr: '', cut: false };
      },
    }),
  } as unknown as Deps;
  const outcome: unknown = await environment.run(taskActivity(deps), { ...INPUT, ...check }).catch((error: unknown) => error);
  order.push('activity over');
  expect(outcome).toBeInstanceOf(CancelledFailure);
  expect(order).toEqual(['reading', 'over on the host', 'activity over']);
});
