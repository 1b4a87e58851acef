import { describe, expect, test } from 'vitest';
import { HistoryReader } from '../../src/events/from-history';
import { HistoryBook, PLAN } from './history';
import { decisionsOf } from '../../src/report/document/decisions';
import { WINDOW_TIMER, windowEnded } from '../../src/events/window';

describe('a run is told', () => {
  test('with who started it and why, as the client said', () => {
    expect(new HistoryBook().of('started')).toEqual([
      { v: 1, at: '2026-11-22T05:00:01.000Z', type: 'started', workflow: 'deploy', run: 'run-1', app: 'shop', environment: 'production', deployment: 'd1', release: 'v2', by: 'dev', via: 'cli', reason: 'weekly' },
    ]);
  });

  test('when the bare Temporal CLI started it with next to nothing, by the identity of that', () => {
    const book = new HistoryBook('deploy', { app: 'shop', environment: 'production', release: 'v2' });
    expect(book.of('started')[0]).toMatchObject({ deployment: null, by: 'temporal-cli:ops@bastion', via: null, reason: null });
    book.end(book.schedule('claimHosts', { deployment: '20261122-050000-ab12' }), {});
    book.add({ kind: 'ended', status: 'terminated', result: undefined, failure: null, identity: 'root@box', reason: 'why' });
    expect(book.of('ended')[0]?.deployment).toBe('20261122-050000-ab12');
  });

  test.each([[undefined], [null], ['text'], [7], [[]], [{ app: 1, by: {}, deployment: '' }]])('when its input is %j, without a word that is not there', (input) => {
    expect(new HistoryBook('deploy', input).of('started')[0]).toMatchObject({ app: null, deployment: null, release: null, by: 'temporal-cli:ops@bastion' });
  });

  test('with its plan: the steps of the way forward, each on its hosts', () => {
    const book = new HistoryBook();
    book.end(book.schedule('preparePlan'), PLAN);
    expect(book.of('planned')[0]).toMatchObject({ deployment: 'd1', release: 'v2', previous: 'v1', hosts: ['web-1', 'web-2'], deadline: 600 });
    expect(book.of('planned')[0]?.steps.map(({ id, hosts }) => [id, hosts])).toEqual([['01-outside', ['worker']], ['02-stop-the-app', ['web-1', 'web-2']]]);
  });

  test('with its plan: which changes leave nothing to take back', () => {
    const book = new HistoryBook();
    const dump = { id: '04-dump', title: 'dump', phase: 'backup', kind: 'change', tasks: { 'web-1': { run: {} } } };
    book.end(book.schedule('preparePlan'), { ...PLAN, steps: [...PLAN.steps, dump] });
    expect(book.of('planned')[0]?.steps.map(({ id, undo }) => [id, undo])).toEqual([['01-outside', undefined], ['02-stop-the-app', undefined], ['04-dump', false]]);
  });

  test('in a rollback with what was attempted, once although it is read twice', () => {
    const book = new HistoryBook('rollback', { app: 'shop', environment: 'production' });
    for (let time = 0; time < 2; time += 1) book.end(book.schedule('readHead'), { plan: PLAN, attempted: ['02-stop-the-app@web-2'], openedAt: null });
    expect(book.of('planned').map(({ steps }) => steps.map(({ id, hosts }) => [id, hosts]))).toEqual([[['02-stop-the-app', ['web-2']], ['03-old-answers', ['web-1']]]]);
  });

  test('with every step by its scheduling and its end, attempts and adoption among it', () => {
    const book = new HistoryBook();
    const stop = book.task('02-stop-the-app', 'web-1');
    book.worked().end(stop, { state: 'ended', seconds: 0.4, tail: 'done\n', adopted: true, at: null }, 3);
    const name = { task: '02-stop-the-app@web-1', step: '02-stop-the-app', title: 'stop the app', phase: 'stop', kind: 'change', host: 'web-1' };
    expect(book.of('step-started', 'step-ended')).toEqual([
      { v: 1, at: '2026-11-22T05:00:04.000Z', type: 'step-started', ...name, activity: 'a4' },
      { v: 1, at: '2026-11-22T05:00:08.000Z', type: 'step-ended', ...name, result: 'done', seconds: 4, program: 0.4, attempts: 3, adopted: true, sentence: null, output: 'done\n' },
    ]);
  });

  test('with the last words of a program that failed', () => {
    const book = new HistoryBook();
    book.fail(book.task('02-stop-the-app', 'web-1'), 'web-1: ended with exit code 1', [{ tail: 'no such unit\n', seconds: 0.1 }]);
    expect(book.of('step-ended')[0]).toMatchObject({ result: 'failed', sentence: 'web-1: ended with exit code 1', output: 'no such unit\n', program: 0.1 });
    expect(book.of('turned-back')[0]).toMatchObject({ cause: 'failure', sentence: 'stop the app on web-1: ended with exit code 1' });
  });
});

test('a program that was stopped on its host because the run turned back has not failed', () => {
  const book = new HistoryBook();
  const stop = book.task('02-stop-the-app', 'web-1');
  book.add({ kind: 'signal', name: 'rollback', input: {}, identity: 'x' });
  book.fail(stop, 'stopped on request', [{ cancelled: true, tail: 'Session terminated\n' }]);
  expect(book.of('step-ended')[0]).toMatchObject({ result: 'stopped', sentence: null });
});

describe('a run turns back', () => {
  test('once: the first reason counts', () => {
    const book = new HistoryBook();
    const [one, two] = [book.task('02-stop-the-app', 'web-1'), book.task('02-stop-the-app', 'web-2')];
    book.add({ kind: 'signal', name: 'rollback', input: { by: 'ops', reason: 'looks wrong' }, identity: 'x' });
    book.fail(one, 'stopped on request').fail(two, 'stopped on request');
    book.add({ kind: 'cancel-requested', identity: 'y', reason: '' });
    expect(book.of('turned-back')).toMatchObject([{ cause: 'signal', sentence: 'rollback asked for by ops: looks wrong' }]);
  });

  test.each([
    [undefined, 'rollback asked for by temporal-ui'],
    ['page is down', 'rollback asked for by temporal-ui: page is down'],
    [{ deployment: 'd1' }, 'rollback asked for by temporal-ui'],
    [{ by: 7, reason: null }, 'rollback asked for by temporal-ui'],
  ])('at a signal with payload %j', (input, sentence) => {
    const book = new HistoryBook();
    book.add({ kind: 'signal', name: 'rollback', input, identity: 'temporal-ui' });
    expect(book.of('turned-back')).toMatchObject([{ cause: 'signal', sentence }]);
  });

  test('not at a signal for another deployment, nor at another signal', () => {
    const book = new HistoryBook();
    book.add({ kind: 'signal', name: 'rollback', input: { deployment: 'another' }, identity: 'x' });
    book.add({ kind: 'signal', name: 'something', input: {}, identity: 'x' });
    expect(book.of('turned-back')).toEqual([]);
  });

  test('at its deadline, not at other timers', () => {
    const book = new HistoryBook();
    book.end(book.schedule('preparePlan'), PLAN);
    book.add({ kind: 'timer-started', timer: '1', seconds: 600, summary: '' });
    book.add({ kind: 'timer-started', timer: '2', seconds: 30, summary: 'something else' });
    book.add({ kind: 'timer-fired', timer: '2' });
    expect(book.of('turned-back')).toEqual([]);
    book.add({ kind: 'timer-fired', timer: '1' });
    expect(book.of('turned-back')).toMatchObject([{ cause: 'deadline', sentence: 'the deadline of 600 s has passed' }]);
  });

  test('at the end of its window, in the words of the run itself [WN-09]', () => {
    const book = new HistoryBook();
    book.end(book.schedule('preparePlan'), PLAN);
    book.add({ kind: 'timer-started', timer: '1', seconds: 600, summary: 'deadline' });
    // As long as the deadline, and still another.
    book.add({ kind: 'timer-started', timer: '2', seconds: 600, summary: `${WINDOW_TIMER}2026-11-24T04:00:00.000Z` });
    book.add({ kind: 'timer-fired', timer: '2' });
    expect(book.of('turned-back')).toMatchObject([{ cause: 'deadline', sentence: 'the deployment window ended at 2026-11-24 04:00 UTC' }]);
    expect(windowEnded('2026-11-24T04:00:00.000Z')).toBe('the deployment window ended at 2026-11-24 04:00 UTC');
  });

  test('not in a rollback, which goes back from its start', () => {
    const book = new HistoryBook('rollback', { app: 'shop', environment: 'production' });
    book.add({ kind: 'signal', name: 'rollback', input: {}, identity: 'x' });
    expect(book.of('turned-back')).toEqual([]);
  });
});

describe('a run waits for a person', () => {
  const ASKED = '02-stop-the-app@web-1';

  test('once nothing else can go on, and not before', () => {
    const book = new HistoryBook();
    const [one, two] = [book.task('02-stop-the-app', 'web-1', 'undo'), book.task('02-stop-the-app', 'web-2', 'undo')];
    book.worked().fail(one, 'no').worked();
    const question = book.ask(ASKED);
    book.worked().end(question).worked();
    expect(book.of('blocked', 'waiting').map(({ type }) => type)).toEqual(['blocked']);
    book.end(two).add({ kind: 'task-scheduled' });
    expect(book.of('waiting')).toEqual([]); // the worker has not said yet what follows on web-2
    book.add({ kind: 'task-completed' });
    expect(book.of('waiting')).toMatchObject([{ questions: [{ task: ASKED }] }]);
  });

  test('again after an answer that did not help; a wait that is over is told by its question and answer', () => {
    const book = new HistoryBook();
    const reader = new HistoryReader();
    let read = 0;
    const more = () => [...book.lines.slice(read).flatMap((line) => reader.read(line)), ...reader.rest()].filter(({ type }) => ['blocked', 'waiting', 'decided'].includes(type));
    for (let time = 0; time < 2; time += 1) {
      book.worked().end(book.ask(ASKED)).worked();
      expect(more().map(({ type }) => type)).toEqual([...(time > 0 ? ['decided'] : []), 'blocked', 'waiting']);
      read = book.lines.length;
      expect(more()).toEqual([]);
      book.decide(ASKED, 'retry');
      book.fail(book.task('02-stop-the-app', 'web-1', 'undo'), 'no');
    }
    expect(book.of('blocked', 'decided').map(({ type }) => type)).toEqual(['blocked', 'decided', 'blocked', 'decided']);
  });

  test('and once more after each reminder; a timer of another kind is none', () => {
    const book = new HistoryBook();
    const reader = new HistoryReader();
    let read = 0;
    const waits = () => {
      const told = [...book.lines.slice(read).flatMap((line) => reader.read(line)), ...reader.rest()].filter(({ type }) => type === 'waiting');
      read = book.lines.length;
      return told.length;
    };
    const timer = (name: string, summary: string) => book.add({ kind: 'timer-started', timer: name, seconds: 900, summary });
    timer('5', 'reminder');
    timer('6', 'something else');
    book.worked().end(book.ask(ASKED)).worked();
    expect(waits()).toBe(1);
    book.add({ kind: 'timer-fired', timer: '6' });
    book.worked();
    expect(waits()).toBe(0);
    book.add({ kind: 'timer-fired', timer: '5' });
    book.worked();
    expect(waits()).toBe(1);
    expect(waits()).toBe(0);
  });

  test('and is told of a hold as of one', () => {
    const book = new HistoryBook();
    book.end(book.ask(ASKED, true)).worked();
    expect(book.of('hold', 'blocked')).toMatchObject([{ type: 'hold', task: ASKED }]);
  });

  test('a step of the way forward that was let go does not count as going on', () => {
    const book = new HistoryBook();
    book.task('09-start', 'web-1');
    book.worked().end(book.ask(ASKED)).worked();
    expect(book.of('waiting')).toHaveLength(1);
  });
});

describe('a run ends', () => {
  const RESULT = { outcome: 'rolled-back', cause: 'failure', sentence: 'web-1 back on v1', deployment: 'd1', release: 'v2', skipped: ['a@b'], schemaAhead: [] };
  const END = { kind: 'ended', result: undefined, failure: null, identity: '', reason: '' } as const;

  test('with its result', () => {
    const book = new HistoryBook();
    book.add({ ...END, status: 'completed', result: { ...RESULT, outcome: 'deployed', cause: null } });
    expect(book.of('ended')[0]).toMatchObject({ status: 'completed', failure: null, outcome: 'deployed', cause: null, seconds: 3 });
  });

  test('with the details of its failure', () => {
    const book = new HistoryBook();
    book.add({ ...END, status: 'failed', failure: { type: 'RolledBack', sentence: 'x', details: [RESULT] } });
    expect(book.of('ended')[0]).toMatchObject({ failure: 'RolledBack', outcome: 'rolled-back', cause: 'failure', sentence: 'web-1 back on v1', skipped: ['a@b'] });
  });

  test('with its failure type where details cannot be read', () => {
    for (const [type, outcome] of [['Refused', 'unchanged'], ['Busy', 'unchanged'], ['Withdrawn', 'unchanged'], ['RolledBack', 'rolled-back'], ['Incomplete', 'incomplete'], ['TypeError', 'unknown']] as const) {
      const book = new HistoryBook();
      book.add({ ...END, status: 'failed', failure: { type, sentence: 'said', details: [] } });
      expect(book.of('ended')[0]).toMatchObject({ failure: type, outcome, sentence: 'said' });
    }
  });

  test('cancelled, with what it had put into its memo', () => {
    const book = new HistoryBook();
    book.add({ kind: 'memo', memo: { outcome: 'rolled-back', cause: 'cancel', sentence: 'back on v1' } });
    book.add({ ...END, status: 'cancelled' });
    expect(book.of('ended')[0]).toMatchObject({ status: 'cancelled', outcome: 'rolled-back', cause: 'cancel', sentence: 'back on v1' });
  });

  test('terminated, in doubt and with a sentence that says so', () => {
    const book = new HistoryBook();
    book.add({ kind: 'memo', memo: { outcome: 'deployed' } });
    book.add({ ...END, status: 'terminated', identity: 'root@box', reason: 'stuck' });
    expect(book.of('ended')[0]).toMatchObject({ outcome: 'unknown', sentence: 'terminated by root@box (stuck): nothing was taken back, the hosts are as the last step left them' });
  });
});

test('a worker that cannot go on is told, with why', () => {
  const book = new HistoryBook();
  book.add({ kind: 'task-scheduled' });
  book.add({ kind: 'task-failed', sentence: 'Nondeterminism: activity of scheduled event 7 does not match' });
  expect(book.of('stuck')).toMatchObject([{ sentence: 'Nondeterminism: activity of scheduled event 7 does not match' }]);
});

test('activities and lines that are none of ours tell nothing', () => {
  const book = new HistoryBook('deploy');
  const before = book.read().length;
  book.end(book.schedule('somethingElse', { host: 'web-1' }));
  book.add({ kind: 'other' });
  expect(book.read().length).toBe(before);
});

describe('gates', () => {
  test('are told where there are any, with whose approval counted and who passed closed ones', () => {
    const book = new HistoryBook();
    const passed = { verdicts: [{ gate: 'window', state: 'open', until: null, sentence: 'overridden by ada (down anyway), although the window is closed', overridden: true }], windowEnd: null, approved: ['grace'], overridden: { by: 'ada', reason: 'down anyway' } };
    book.end(book.schedule('passGates'), passed);
    expect(book.of('stage-ended')).toMatchObject([{ stage: 'gates', result: 'done' }]);
    expect(book.of('gates-passed')).toMatchObject([{ verdicts: [{ gate: 'window', sentence: passed.verdicts[0]?.sentence }], approved: ['grace'], overridden: passed.overridden, windowEnd: null }]);
    const none = new HistoryBook();
    none.end(none.schedule('passGates'), { verdicts: [], windowEnd: null, approved: [], overridden: null });
    expect(none.of('gates-passed')).toEqual([]);
  });

  test('that let it in are decisions of people in the report', () => {
    const at = '2026-11-24T02:00:00.000Z';
    const event = { v: 1, at, type: 'gates-passed', verdicts: [], approved: ['grace'], overridden: { by: 'ada', reason: 'down anyway' }, windowEnd: null } as const;
    expect(decisionsOf([event], {})).toEqual([
      { at, who: 'grace', what: 'approved the plan', why: 'a signature over its hash, counted when it began' },
      { at, who: 'ada', what: 'let it pass closed gates', why: 'down anyway' },
    ]);
  });
});
