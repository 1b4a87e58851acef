import { describe, expect, test } from 'vitest';
import { plainRenderer } from '../../src/cli/render/plain';
import { endOf } from '../../src/events/closing';
import { HistoryReader } from '../../src/events/from-history';
import { RunState } from '../../src/events/state';
import { commandLine } from '../../src/report/shell';
import { HistoryBook, PLAN } from './history';

const TEAM = { key: 'k', audience: 'team', channel: 'chat', recipient: null, delivered: true, word: 'ok' };
const BOARD = { key: 'k', audience: 'stakeholders', channel: 'mail', recipient: 'board@shop.test', delivered: false, why: 'mail: the mail server cannot be reached\x1b[2J' };
const telling = (moment: string, number = 1) => ({ telling: { moment, at: '2026-11-22T05:00:00Z' }, number, subject: {}, alerts: {} });

function book(): HistoryBook {
  const one = new HistoryBook();
  one.end(one.schedule('preparePlan'), PLAN);
  one.end(one.schedule('tell', telling('start')), { alerts: {}, deliveries: [TEAM, BOARD] });
  one.fail(one.schedule('tell', telling('progress', 2)), 'no end within its time');
  one.add({ kind: 'update', name: 'acknowledge', input: { by: 'ada', reason: 'on my way' }, identity: 'x' });
  one.end(one.schedule('storeReport', {}), { where: ['/reports/a.md', '/reports/a.html'] });
  return one;
}

describe('messages are told', () => {
  test('with who got what, and who did not and why; a telling that was not tried with its reason', () => {
    expect(book().of('told').map(({ moment, number, deliveries, sentence }) => ({ moment, number, deliveries, sentence }))).toEqual([
      {
        moment: 'start', number: 1, sentence: null,
        deliveries: [{ audience: 'team', channel: 'chat', recipient: null, delivered: true, word: 'ok' }, { audience: 'stakeholders', channel: 'mail', recipient: 'board@shop.test', delivered: false, word: BOARD.why }],
      },
      { moment: 'progress', number: 2, sentence: 'no end within its time', deliveries: [] },
    ]);
    expect(book().of('acknowledged')).toMatchObject([{ by: 'ada', reason: 'on my way' }]);
    expect(book().of('report-stored')).toMatchObject([{ where: ['/reports/a.md', '/reports/a.html'], sentence: null }]);
  });

  test('by no stage and no task, so a dead mail server does not hide that a person is waited for', () => {
    const one = new HistoryBook();
    one.end(one.schedule('preparePlan'), PLAN);
    const question = one.ask('02-stop-the-app@web-1');
    one.end(question);
    one.schedule('tell', telling('blocked'));
    one.worked();
    const reader = new HistoryReader();
    const events = one.lines.flatMap((line) => reader.read(line));
    expect(events.filter(({ type }) => type === 'stage-started')).toHaveLength(1);
    expect(reader.rest()).toMatchObject([{ type: 'waiting' }]);
  });

  test('by timers of their own: one as long as the deadline is not the deadline', () => {
    const one = new HistoryBook();
    one.end(one.schedule('preparePlan'), PLAN);
    one.add({ kind: 'timer-started', timer: 't1', seconds: 600, summary: 'deadline' });
    one.add({ kind: 'timer-started', timer: 't2', seconds: 600, summary: 'escalation' });
    one.add({ kind: 'timer-fired', timer: 't2' });
    expect(one.of('turned-back')).toEqual([]);
    one.add({ kind: 'timer-fired', timer: 't1' });
    expect(one.of('turned-back')).toMatchObject([{ cause: 'deadline' }]);
  });

  test('in a log in a line each, safe to print', () => {
    let log = '';
    const renderer = plainRenderer({ write: (text) => void (log += text), columns: 80 }, commandLine());
    const state = new RunState();
    for (const event of book().read()) {
      state.apply(event);
      renderer.event(event, state);
    }
    expect(log).toContain('people   told of start: team (chat)\n');
    expect(log).toContain('people   NOT told of start: board@shop.test (mail): mail: the mail server cannot be reached\\x1b[2J\n');
    expect(log).toContain('people   nobody could be told of progress: no end within its time\n');
    expect(log).toContain('answer   ada sees to it: on my way\n');
    expect(log).toContain('report   kept at /reports/a.html\n');
    expect(log).not.toContain('\x1b');
  });
});

test.each([
  [null, 'completed', 'deployed', null],
  ['RolledBack', 'failed', 'rolled-back', 'RolledBack'],
  ['Withdrawn', 'cancelled', 'unchanged', null],
])('the end that a run is about to have (%s) is told as its history will tell it', (failure, status, outcome, told) => {
  const result = { outcome, cause: status === 'cancelled' ? 'cancel' : null, sentence: 'it is so', deployment: 'd1', release: 'v2', skipped: ['a@web-1'], schemaAhead: [] };
  expect(endOf(book().read(), { result, failure }, '2026-11-22T05:00:31.000Z')).toMatchObject({ type: 'ended', workflow: 'deploy', status, failure: told, outcome, sentence: 'it is so', deployment: 'd1', seconds: 30 });
});
