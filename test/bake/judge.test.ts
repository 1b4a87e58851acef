import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge } from '../../src/bake/judge';
import { verdictOf } from '../../src/bake/verdict';
import { at, BEGUN, EVERY, last, replay, runbook, series, states, threshold, times, type Read } from './replay';

const errors = threshold({ name: 'error-rate', accept: '1%', rollback: '10%' });
const now = (seconds: number) => ({ at: at(seconds), begun: BEGUN, every: EVERY });

test('nothing that was read before the bake began, or after the instant, is looked at', () => {
  const bad = series(...times(40, 0.5));
  expect(judge(errors, bad, { ...now(1200), begun: at(1200) }).state).toBe('unknown');
  expect(judge(errors, bad, now(300)).state).toBe('unknown');
  expect(judge(errors, bad, now(330)).state).toBe('rollback');
});

test('the order of the samples does not matter, nor one that is there twice', () => {
  const bad = series(...times(11, 0.5));
  expect(judge(errors, [...bad.toReversed(), ...bad], now(330))).toEqual(judge(errors, bad, now(330)));
  expect(judge(errors, [...bad, ...bad].slice(0, 20), now(330)).state).toBe('rollback');
  expect(judge(errors, times(30, 0).flatMap(() => series(0.5)), now(30)).state).toBe('unknown');
});

test('a gap of two intervals does not break the window, and a longer one does: then it asks', () => {
  const [half, bad] = [times(5, 0.5), 0.5];
  expect(last(replay(errors, [...half, undefined, ...half, bad])).state).toBe('rollback');
  const broken = replay(errors, [...half, undefined, undefined, ...half, bad]);
  expect(states(broken)).not.toContain('rollback');
  expect(last(broken)).toMatchObject({ state: 'hold', sentence: 'error-rate: 50%, beyond 1% whenever it was read, for 6m' });
  // A gap of the whole time is another beginning.
  expect(last(replay(errors, [...half, ...times(10, undefined), ...half])).state).toBe('unknown');
});

test('NaN and infinity are no data, not figures beyond every limit', () => {
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(states(replay(errors, times(40, odd)))).not.toContain('rollback');
    expect(last(replay(errors, times(40, odd))).state).toBe('hold');
  }
});

test('without a single sample it is unknown at first, and asks when that has lasted', () => {
  expect(judge(errors, [], now(0))).toMatchObject({ state: 'unknown', value: null, sentence: 'error-rate: no data yet, for 0s' });
  expect(judge(errors, [], now(299)).state).toBe('unknown');
  expect(judge(errors, [], now(300))).toMatchObject({ state: 'hold', since: BEGUN });
});

test('a time of nothing needs one sample, and no data is given two intervals all the same', () => {
  const atOnce = threshold({ accept: 0, rollback: 0, for: '0s' });
  expect(states(replay(atOnce, [0, 1]))).toEqual(['healthy', 'rollback']);
  expect(states(replay(atOnce, [0, null, null, null]))).toEqual(['healthy', 'healthy', 'healthy', 'hold']);
  expect([0, 59, 60].map((seconds) => judge(atOnce, [], now(seconds)).state)).toEqual(['unknown', 'unknown', 'hold']);
});

test('a time that is none is refused', () => {
  expect(() => judge(errors, [{ at: 'soon', value: 1, count: null }], now(60))).toThrow(new RangeError('not a time with a zone: "soon"'));
  expect(() => judge(errors, [], { ...now(60), at: '' })).toThrow(RangeError);
});

test('the sentences say figures as the threshold is written, how long, and what is missing', () => {
  const said = (name: string, read: Read, count = 11) => last(replay(runbook(name), times(count, read))).sentence;
  expect(said('error-rate', [0.125, 80])).toBe('error-rate: 12.5%, beyond 10% without a break for 5m');
  expect(said('error-rate', [0.002, 80])).toBe('error-rate: 0.2%, within 1%');
  expect(said('response-time', 6.2)).toBe('response-time: 6s200ms, beyond 5s without a break for 5m');
  expect(said('response-time', 0.75, 4)).toBe('response-time: 750ms, beyond 500ms for 1m30s, not yet for 5m');
  expect(said('affected-users', [0.2, 80])).toBe('affected-users: 20%, beyond 1% whenever it was read, for 5m');
});

test('only an unbroken time beyond the limit rolls back, whatever the series [A-32]', () => {
  const read = fc.constantFrom<Read>(0, 0.05, 0.5, null, undefined);
  const run = fc.tuple(read, fc.integer({ min: 1, max: 14 })).map(([one, count]) => times(count, one));
  fc.assert(
    fc.property(fc.array(run, { maxLength: 8 }), (runs) => {
      const reads = runs.flat();
      if (reads.length === 0) return;
      const last11 = reads.slice(-13);
      const state = last(replay(errors, reads)).state;
      // What was read last decides: up to one sample may be missing between two, and the newest may be two intervals old.
      const figures60 = reads.slice(-60).filter((one) => one !== null && one !== undefined);
      const figures = last11.filter((one) => one !== null && one !== undefined);
      if (state === 'rollback') expect(figures.slice(-6).every((one) => one === 0.5)).toBe(true);
      if (reads.length >= 11 && reads.slice(-11).every((one) => one === 0.5)) expect(state).toBe('rollback');
      // Healthy, but where it was bad in more than a fifth of half an hour.
      const often = reads.length >= 60 && figures60.filter((one) => one !== 0).length > figures60.length / 5;
      if (reads.at(-1) === 0) expect(often ? ['healthy', 'hold'] : ['healthy']).toContain(state);
      if (reads.at(-1) === 0.05) expect(['hold', 'unknown']).toContain(state);
    }),
    { numRuns: 500 },
  );
});

test('red four minutes of every five asks after half an hour, though it never lasts: it neither passes nor is taken back [A-32]', () => {
  const flapping = times(24, undefined).flatMap((): Read[] => [...times(8, 0.5), ...times(2, 0)]);
  const found = replay(errors, flapping);
  expect(new Set(states(found).slice(0, 59))).toEqual(new Set(['unknown', 'healthy']));
  expect(new Set(states(found).slice(59))).toEqual(new Set(['hold']));
  expect(last(found)).toMatchObject({ state: 'hold', sentence: 'error-rate: 0% now, but beyond 1% in 48 of 60 samples of the last 30m' });
  // Between accepted and taken back it is no better.
  expect(last(replay(errors, flapping.map((read) => (read === 0.5 ? 0.05 : read)))).state).toBe('hold');
});

test('a stage that ends before half an hour is not passed by what was bad too often in it', () => {
  const flapping = [...times(8, 0.5), ...times(2, 0), ...times(8, 0.5), ...times(2, 0)];
  expect(judge(errors, series(...flapping), now(600)).state).toBe('healthy');
  expect(judge(errors, series(...flapping), { ...now(600), ending: true }).state).toBe('hold');
  // One spike is none, though it is half of the time.
  expect(judge(errors, series(...times(10, 0.5), ...times(10, 0)), { ...now(600), ending: true }).state).toBe('healthy');
});

test('a fifth of the samples is still healthy, one more asks; of one spike and its echo nothing is asked, however long the first lasted', () => {
  const spikes = (count: number): Read[] => [...Array.from({ length: count }, () => [0.5, 0, 0]).flat(), ...times(60 - 3 * count, 0)];
  expect(last(replay(errors, spikes(12))).state).toBe('healthy');
  expect(last(replay(errors, spikes(13))).state).toBe('hold');
  expect(last(replay(errors, [...times(52, 0.5), ...times(3, 0), ...times(3, 0.5), ...times(2, 0)])).state).toBe('healthy');
  expect(last(replay(errors, [...times(48, 0.5), ...times(3, 0), ...times(7, 0.5), ...times(2, 0)])).state).toBe('hold');
});

test('once half an hour has gone by without, it is healthy again', () => {
  const found = replay(errors, [...times(6, undefined).flatMap((): Read[] => [...times(8, 0.5), ...times(2, 0)]), ...times(60, 0)]);
  expect(states(found)[59]).toBe('hold');
  expect(last(found).state).toBe('healthy');
});

test('a site that hangs or fails slowly is taken back by its response time, and one that fails quickly is no fast one [RT-08]', () => {
  const slow = runbook('response-time');
  const least = (value: number) => series(...times(40, value)).map((sample) => ({ ...sample, atLeast: true as const, why: 'status 502 instead of 200' }));
  expect(judge(slow, least(20), now(600))).toMatchObject({ state: 'rollback', sentence: 'response-time: 20s, beyond 5s without a break for 9m30s' });
  expect(judge(slow, least(2), now(600)).state).toBe('hold');
  expect(judge(slow, least(0.003), now(30)).state).toBe('unknown');
  expect(judge(slow, least(0.003), now(600))).toMatchObject({ state: 'hold', value: null, sentence: expect.stringContaining('no data yet, for 10m (status 502 instead of 200)') as string });
});

const judged = (state: 'healthy' | 'hold' | 'rollback' | 'unknown') => ({ threshold: state, state, sentence: `${state}: so it is`, since: BEGUN, value: null });

test('one threshold that says to roll back is enough, whatever the others say', () => {
  const verdict = verdictOf([judged('healthy'), judged('hold'), judged('rollback'), judged('unknown')]);
  expect(verdict).toMatchObject({ state: 'rollback', because: ['rollback: so it is'], unknown: ['unknown'] });
  expect(verdict.sentences).toEqual(['healthy: so it is', 'hold: so it is', 'rollback: so it is', 'unknown: so it is']);
});

test('without one that rolls back, one that asks is enough; else it is healthy [A-32]', () => {
  expect(verdictOf([judged('healthy'), judged('hold'), judged('unknown')])).toMatchObject({ state: 'hold', because: ['hold: so it is'] });
  expect(verdictOf([judged('healthy'), judged('healthy')])).toMatchObject({ state: 'healthy', unknown: [] });
});

test('what nobody can say anything of has no say while a stage lasts, and is no pass at its end', () => {
  expect(verdictOf([judged('healthy'), judged('unknown')])).toMatchObject({ state: 'healthy', unknown: ['unknown'] });
  expect(verdictOf([judged('healthy'), judged('unknown')], true)).toMatchObject({ state: 'hold', because: ['unknown: so it is'] });
  expect(verdictOf([judged('healthy')], true).state).toBe('healthy');
  expect(verdictOf([judged('rollback'), judged('unknown')], true).state).toBe('rollback');
});

test('nothing to go by is no verdict', () => {
  expect(() => verdictOf([])).toThrow(RangeError);
});
