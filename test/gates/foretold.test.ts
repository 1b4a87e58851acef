import { expect, test } from 'vitest';
import { stagedBy } from '../../src/activities/gate-facts';
import type { RunSummary } from '../../src/events/summary';
import { foretell } from '../../src/gates/foretold';
import { judge } from '../../src/gates/judge';
import { earliestStart } from '../../src/gates/next';
import { pauseOf } from '../../src/workflows/request-pause';
import { gatesOf } from './settings';

const FRIDAY = Date.parse('2026-11-20T14:00:00Z');
const WINDOW = 'window: { days: [tue, wed, thu], from: 02:00, to: 04:00 }';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const iso = (at: number): string => new Date(at).toISOString();

test('the plan tells every gate and the earliest start, before anything is asked for [WN-02, WN-04, WN-05, A-53]', () => {
  const gates = gatesOf(`{ ${WINDOW}, notice: 5d, staging: { environment: staging, within: 14d }, approvals: { needed: 2, signers: /etc/signers, roles: [{ name: operations, people: [ada, grace] }] } }`);
  expect(gates && foretell(gates, FRIDAY)).toEqual({
    gates: [
      { gate: 'window', sentence: 'the window is closed; the next start is Tue 2026-11-24 02:00 UTC' },
      { gate: 'notice', sentence: 'it is announced when it is asked for, and 5d must pass' },
      { gate: 'staging', sentence: 'it must have been deployed to staging within 14d' },
      { gate: 'approval', sentence: '2 of the allowed signers must approve the plan, one for operations (ada or grace)' },
    ],
    start: 'not before Thu 2026-11-26 02:00 UTC',
  });
  const open = gatesOf(`{ ${WINDOW} }`);
  expect(open && foretell(open, Date.parse('2026-11-24T02:10:00Z'))).toMatchObject({ gates: [{ sentence: expect.stringContaining('the latest start is Tue 2026-11-24 02:35 UTC') as string }], start: 'it may start now, as far as clocks tell' });
});

test('the earliest start counts the notice from when it was given, a freeze to its end, and then the window [WN-04]', () => {
  const gates = gatesOf(`{ ${WINDOW}, notice: 24h }`);
  const freeze = (until: string | null) => ({ until, reason: 'audit', by: 'ops' });
  expect(earliestStart(gates, FRIDAY, { freeze: null, noticeGivenAt: iso(FRIDAY - 30 * HOUR) })).toBe('2026-11-24T02:00:00.000Z');
  expect(earliestStart(gates, FRIDAY, { freeze: freeze('2026-11-24T02:36:00Z'), noticeGivenAt: null })).toBe('2026-11-25T02:00:00.000Z');
  expect(earliestStart(gates, FRIDAY, { freeze: freeze(null), noticeGivenAt: null })).toBeNull();
  expect(earliestStart(undefined, FRIDAY, { freeze: freeze(iso(FRIDAY + HOUR)), noticeGivenAt: null })).toBe(iso(FRIDAY + HOUR));
  expect(earliestStart({ notice: '1h' }, FRIDAY, { freeze: null, noticeGivenAt: null })).toBe(iso(FRIDAY + HOUR));
});

test('of the other environment the last word counts, a rollback of the release as well [ST-09]', () => {
  const run = (over: Partial<RunSummary>): RunSummary => ({ workflow: 'deploy', release: 'v2', deployment: 's-1', outcome: 'deployed', endedAt: '2026-11-20T10:00:00Z', ...over }) as RunSummary;
  const back = run({ workflow: 'rollback', release: null, outcome: 'rolled-back', endedAt: '2026-11-20T11:00:00Z' });
  const runs = [run({ outcome: null, endedAt: null }), back, run({}), run({ workflow: 'rollback', release: null, deployment: 's-unknown' }), run({ release: 'v1', deployment: 's-0' })];
  expect(stagedBy(runs)).toEqual([
    { release: 'v2', at: '2026-11-20T11:00:00Z', outcome: 'rolled-back' },
    { release: 'v2', at: '2026-11-20T10:00:00Z', outcome: 'deployed' },
    { release: 'v1', at: '2026-11-20T10:00:00Z', outcome: 'deployed' },
  ]);
  const gates = gatesOf('{ staging: { environment: staging } }');
  const verdict = (staging: ReturnType<typeof stagedBy>) => judge(gates, FRIDAY, { requestedAt: iso(FRIDAY), noticeGivenAt: null, freeze: null, staging, approvals: { approved: [], rejected: [] } }, 'v2')[0];
  expect(verdict(stagedBy(runs))).toMatchObject({ state: 'refused', sentence: expect.stringContaining('v2 ended as rolled-back on staging') as string });
  expect(verdict(stagedBy(runs.filter((each) => each !== back)))).toMatchObject({ state: 'open' });
});

test.for([
  ['people alone are waited for', [null], 15 * MINUTE],
  ['the next gate opens in ten minutes, whoever else is waited for', [10 * MINUTE, null], 10 * MINUTE],
  ['it opens in three hours', [3 * HOUR], HOUR],
  ['it opens in two days', [48 * HOUR], 12 * HOUR],
  ['it opens in a month, and another later', [720 * HOUR, 800 * HOUR], 24 * HOUR],
  ['it should have opened already', [-5 * MINUTE], 1000],
] as [string, (number | null)[], number][])('a request looks again in time when %s', ([, left, pause]) => {
  expect(pauseOf(left.map((each) => (each === null ? null : iso(FRIDAY + each))), FRIDAY)).toBe(pause);
});
