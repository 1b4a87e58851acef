/** Every threshold of both runbooks, over series that were made for it. */
import { describe, expect, test } from 'vitest';
import type { Threshold } from '../../src/config/schema';
import { last, replay, runbook, states, threshold, times, type Read } from './replay';

/** A threshold with figures that are accepted, between its limits, and beyond both; and how many samples span its `for`. */
interface Case {
  readonly title: string;
  readonly of: Threshold;
  readonly good: number;
  readonly between?: number;
  readonly bad: number;
  readonly needed: number;
}

const FIVE_MINUTES = 11;
const cases: Case[] = [
  { title: 'error rate', of: runbook('error-rate'), good: 0.01, between: 0.1, bad: 0.11, needed: FIVE_MINUTES },
  { title: 'response time', of: runbook('response-time'), good: 0.5, between: 5, bad: 5.001, needed: FIVE_MINUTES },
  { title: 'affected users', of: runbook('affected-users'), good: 0.01, between: 0.5, bad: 0.51, needed: 3 },
  { title: 'errors that stop the app', of: threshold({ accept: 0, rollback: 0 }), good: 0, bad: 1, needed: FIVE_MINUTES },
  { title: 'slowness against the baseline', of: threshold({ accept: 1.5, rollback: 3, against: 'baseline' }), good: 0.3, between: 0.6, bad: 0.61, needed: FIVE_MINUTES },
];
/** Those with an acceptance and no rollback: they only ask. */
const asking: Omit<Case, 'between'>[] = [
  { title: 'critical issues in Sentry', of: threshold({ accept: 0 }), good: 0, bad: 1, needed: FIVE_MINUTES },
  { title: 'warnings in Sentry', of: threshold({ accept: 4 }), good: 4, bad: 5, needed: FIVE_MINUTES },
  { title: 'CPU', of: threshold({ accept: '70%' }), good: 0.7, bad: 0.71, needed: FIVE_MINUTES },
  { title: 'disk', of: threshold({ accept: '90%' }), good: 0.9, bad: 0.91, needed: FIVE_MINUTES },
  { title: 'memory', of: threshold({ accept: '90%' }), good: 0.9, bad: 0.95, needed: FIVE_MINUTES },
  { title: 'database connections', of: threshold({ accept: '80%' }), good: 0.8, bad: 0.81, needed: FIVE_MINUTES },
];
const all = [...cases, ...asking];
/** What it was before the deployment, where it is judged against that. */
const before = ({ of }: Pick<Case, 'of'>): number | null => (of.against === undefined ? null : 0.2);
/** With enough requests behind it, for those that count them. */
const counted = (value: number): Read => [value, 100];
const run = (one: Pick<Case, 'of'>, values: readonly (number | null | undefined)[], baseline = before(one)) =>
  replay(one.of, values.map((value) => (typeof value === 'number' ? counted(value) : value)), baseline);
const many = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

describe.each(all)('$title', (one) => {
  test('up to and including what is accepted it is healthy, from the first sample on', () => {
    const found = run(one, many(20, one.good));
    expect(new Set(states(found))).toEqual(new Set(['healthy']));
    expect(last(found).since).toBe('2026-11-22T08:00:30.000Z');
  });

  test('a spike that is shorter than it must last neither rolls back nor asks, and is healthy as soon as it is over', () => {
    const found = run(one, [...many(5, one.good), ...many(one.needed - 1, one.bad), one.good]);
    expect(states(found)).toEqual([...Array<string>(5).fill('healthy'), ...Array<string>(one.needed - 1).fill('unknown'), 'healthy']);
  });

  test('a recovery resets the window: twice almost long enough is not long enough [A-32]', () => {
    const almost = many(one.needed - 1, one.bad);
    const found = run(one, [...almost, one.good, ...almost]);
    expect(states(found)).not.toContain('rollback');
    expect(states(found)).not.toContain('hold');
    expect(last(found)).toMatchObject({ state: 'unknown', value: one.bad });
  });

  test('no data is never healthy and never a reason to roll back: when it has lasted, a person is asked', () => {
    const found = run(one, [one.good, ...Array<null>(15).fill(null)]);
    expect(states(found).slice(0, 3)).toEqual(['healthy', 'healthy', 'healthy']);
    const asked = Math.max(3, one.needed - 1);
    expect(states(found).slice(3, asked)).toEqual(Array<string>(asked - 3).fill('unknown'));
    expect(states(found)[asked + 1]).toBe('hold');
    expect(last(found).state).toBe('hold');
    expect(last(found).sentence).toMatch(/: no data any more, for 7m30s \(Prometheus: no answer\): nobody can tell whether it is healthy$/);
    expect(states(found)).not.toContain('rollback');
  });

  test('data that ends in the middle of the worst does not roll back', () => {
    const found = run(one, [...many(one.needed - 1, one.bad), ...Array<undefined>(20).fill(undefined)]);
    expect(states(found)).not.toContain('rollback');
    expect(last(found).state).toBe('hold');
  });
});

describe.each(cases)('$title', (one) => {
  test('beyond the limit for as long as it must last, and not a sample less, it rolls back', () => {
    const found = run(one, [one.good, ...many(one.needed, one.bad)]);
    expect(states(found)).toEqual(['healthy', ...Array<string>(one.needed - 1).fill('unknown'), 'rollback']);
    expect(last(found).since).toBe('2026-11-22T08:01:00.000Z');
    expect(last(found).sentence).toMatch(/: .+, beyond .+ without a break for \d+m/);
  });

  test('red before: what was beyond the limit before the deployment asks and never rolls back by itself', () => {
    const found = run(one, many(40, one.bad), one.of.against === undefined ? one.bad : one.bad * 2);
    expect(states(found)).not.toContain('rollback');
    if (one.of.against !== undefined) return; // twice as good as before: within the limits, which follow the baseline
    expect(last(found).state).toBe('hold');
    expect(last(found).sentence).toMatch(/\(before the deployment .+\); it was beyond that already, so the release need not be the reason$/);
  });

  test('better than the limit before, beyond it now: it rolls back', () => {
    expect(last(run(one, many(one.needed, one.bad), one.of.against === undefined ? one.good : 0.2)).state).toBe('rollback');
  });
});

describe.each(cases.filter(({ between }) => between !== undefined))('$title', (one) => {
  test('between good and bad it holds and asks, however long it lasts [A-32]', () => {
    const found = run(one, many(200, one.between ?? 0));
    expect(states(found).slice(0, one.needed)).toEqual([...Array<string>(one.needed - 1).fill('unknown'), 'hold']);
    expect(new Set(states(found).slice(one.needed))).toEqual(new Set(['hold']));
  });

  test('a single sample that is only between the limits breaks the way to a rollback, and not the way to asking [A-32]', () => {
    const almost = many(one.needed - 1, one.bad);
    const found = run(one, [...almost, one.between ?? 0, ...almost]);
    expect(states(found)).not.toContain('rollback');
    expect(last(found).state).toBe('hold');
  });
});

describe.each(asking)('$title', (one) => {
  test('has no limit that rolls back: beyond what is accepted it asks, however far and however long [A-32]', () => {
    expect(last(run(one, many(one.needed - 1, one.bad))).state).toBe('unknown');
    expect(new Set(states(run(one, many(300, one.bad * 1000)).slice(one.needed)))).toEqual(new Set(['hold']));
  });
});

test('low traffic: samples of too few requests are neither good nor bad, whatever they say', () => {
  const errors = runbook('error-rate');
  expect(errors.least).toBe(10);
  const found = replay(errors, times(60, [1, 9]));
  expect(new Set(states(found))).toEqual(new Set(['unknown']));
  expect(last(found).sentence).toBe('error-rate: too little to go by: 9 requests in an interval, fewer than 10');
  expect(new Set(states(replay(errors, times(60, [0, 9]))))).toEqual(new Set(['unknown']));
});

test('low traffic: a quiet sample between two bad ones does not hide them, and two do', () => {
  const errors = runbook('error-rate');
  const bad: Read = [0.5, 100];
  const quiet: Read = [0, 1];
  expect(last(replay(errors, [...times(5, bad), quiet, ...times(5, bad)])).state).toBe('rollback');
  const broken = replay(errors, [...times(5, bad), quiet, quiet, ...times(5, bad)]);
  expect(states(broken)).not.toContain('rollback');
  expect(last(broken).state).toBe('hold');
});

test('low traffic: what was good or bad before it is no longer so two intervals later', () => {
  const errors = runbook('error-rate');
  for (const [value, state] of [[0, 'healthy'], [0.5, 'rollback']] as const) {
    const found = replay(errors, [...times(11, [value, 100]), ...times(10, [value, 1])]);
    expect(states(found).slice(10)).toEqual([state, state, state, ...Array<string>(8).fill('unknown')]);
  }
});

test('low traffic: no request at all is no evidence, even where none is asked for', () => {
  const found = replay(threshold({ accept: '1%', rollback: '10%' }), times(30, [0, 0]));
  expect(new Set(states(found))).toEqual(new Set(['unknown']));
});

test('slower than before the deployment is told as a factor of what it was [MN-21]', () => {
  const slower = threshold({ accept: 1.5, rollback: 3, against: 'baseline' });
  const at = (value: number, baseline: number | null) => last(replay(slower, times(11, value), baseline));
  expect(at(0.3, 0.2).state).toBe('healthy');
  expect(at(0.31, 0.2).state).toBe('hold');
  expect(at(0.61, 0.2)).toMatchObject({ state: 'rollback', sentence: 'it: 0.61, beyond 0.6 without a break for 5m (before the deployment 0.2)' });
  // An app that always was slow is held to what it was.
  expect(at(0.61, 0.6).state).toBe('healthy');
  expect(at(0.61, null)).toMatchObject({ state: 'hold', sentence: expect.stringMatching(/nobody knows what that was$/) });
});

test('so many times a baseline of nothing is nothing: it asks, and does not roll back', () => {
  const slower = threshold({ accept: 1.5, rollback: 3, against: 'baseline' });
  expect(last(replay(slower, times(30, 0.001), 0)).state).toBe('hold');
  expect(last(replay(slower, times(30, 0), 0)).state).toBe('healthy');
});
