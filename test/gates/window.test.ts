import { expect, test } from 'vitest';
import { lookAt } from '../../src/gates/window';
import { EVERY_DAY, windowOf } from './settings';

const WORKDAYS = windowOf();
const looked = (at: string, over: Parameters<typeof windowOf>[0] = {}) => lookAt(windowOf(over), Date.parse(at));
/** When a deployment that is asked for then may start; seconds and the like are zero. */
const start = (at: string, over: Parameters<typeof windowOf>[0] = {}): string | undefined => looked(at, over).next?.replace(':00.000Z', 'Z');
const SHORT = { expected: '10m', verification: '0s', reserve: '0s' };

test('a deployment asked for on Friday may start on Tuesday at 02:00 UTC [WN-02, WN-03]', () => {
  expect(looked('2026-11-20T14:07:31Z')).toEqual({
    open: false, end: null, latestStart: null, next: '2026-11-24T02:00:00.000Z', sentence: 'the window is closed; the next start is Tue 2026-11-24 02:00 UTC',
  });
});

test.each([
  ['Friday', '2026-11-27'],
  ['Saturday', '2026-11-28'],
  ['Sunday', '2026-11-29'],
  ['Monday', '2026-11-30'],
])('%s is kept free, at the hours of the window too [WN-03]', (_, date) => {
  expect(start(`${date}T02:10:00Z`)).toBe('2026-12-01T02:00Z');
});

test('it is open from its first minute to the latest start, from which deployment, verification and a rollback still end in it [WN-02, WN-05]', () => {
  expect(looked('2026-11-24T01:59:59.999Z')).toMatchObject({ open: false, end: null, next: '2026-11-24T02:00:00.000Z' });
  expect(looked('2026-11-24T02:00:00Z')).toEqual({
    open: true, end: '2026-11-24T04:00:00.000Z', latestStart: '2026-11-24T02:35:00.000Z', next: '2026-11-24T02:00:00.000Z',
    sentence: 'the window is open until Tue 2026-11-24 04:00 UTC; for 1h25m (deployment 45m, verification 30m, reserve for a rollback 10m) the latest start is Tue 2026-11-24 02:35 UTC',
  });
  expect(looked('2026-11-24T02:35:00Z')).toMatchObject({ open: true, next: '2026-11-24T02:35:00.000Z' });
});

test('after the latest start it is too late for this window, which still says when it ends [WN-02, WN-05]', () => {
  expect(looked('2026-11-24T02:35:00.001Z')).toEqual({
    open: false, end: '2026-11-24T04:00:00.000Z', latestStart: '2026-11-24T02:35:00.000Z', next: '2026-11-25T02:00:00.000Z',
    sentence: 'the window closes at Tue 2026-11-24 04:00 UTC, too soon for 1h25m (deployment 45m, verification 30m, reserve for a rollback 10m): the latest start was Tue 2026-11-24 02:35 UTC; the next start is Wed 2026-11-25 02:00 UTC',
  });
  expect(looked('2026-11-24T03:59:59.999Z').end).toBe('2026-11-24T04:00:00.000Z');
  expect(looked('2026-11-24T04:00:00Z').end).toBeNull();
});

test('each of the three durations makes the latest start earlier by itself [WN-05]', () => {
  const latest = (over: Parameters<typeof windowOf>[0]) => looked('2026-11-24T02:00:00Z', { ...SHORT, ...over }).latestStart;
  expect([latest({}), latest({ expected: '20m' }), latest({ verification: '20m' }), latest({ reserve: '20m' })]).toEqual(['2026-11-24T03:50:00.000Z', '2026-11-24T03:40:00.000Z', '2026-11-24T03:30:00.000Z', '2026-11-24T03:30:00.000Z']);
});

test('a window over midnight belongs to the day it opens on [WN-02, WN-03]', () => {
  const night = { days: '[thu]', from: '22:00', to: '02:00' };
  expect(looked('2026-11-27T00:30:00Z', night)).toMatchObject({ open: true, end: '2026-11-27T02:00:00.000Z', latestStart: '2026-11-27T00:35:00.000Z' });
  expect(start('2026-11-26T01:00:00Z', night)).toBe('2026-11-26T22:00Z');
  expect(start('2026-11-27T00:36:00Z', night)).toBe('2026-12-03T22:00Z');
  // Friday 17:00 there, Saturday in UTC.
  expect(looked('2026-11-28T01:00:00Z', { ...night, to: '20:00', zone: 'America/Los_Angeles' })).toMatchObject({ open: true, end: '2026-11-28T04:00:00.000Z' });
});

test('a holiday is kept free, and an evening before it ends at midnight [WN-03]', () => {
  expect(start('2026-12-24T00:00:00Z', { holidays: '[2026-12-24]' })).toBe('2026-12-29T02:00Z');
  const night = { days: EVERY_DAY, from: '22:00', to: '02:00', holidays: '[2026-12-25]' };
  expect(looked('2026-12-24T22:00:00Z', night)).toMatchObject({ open: true, end: '2026-12-25T00:00:00.000Z', latestStart: '2026-12-24T22:35:00.000Z' });
  // The window of the holiday is left out whole, its hours after midnight too.
  expect(start('2026-12-24T22:36:00Z', night)).toBe('2026-12-26T22:00Z');
  expect(start('2026-12-26T00:10:00Z', night)).toBe('2026-12-26T22:00Z');
});

test('a holiday is one by the clocks of the zone [WN-03]', () => {
  const auckland = { days: EVERY_DAY, zone: 'Pacific/Auckland', holidays: '[2026-12-25]' };
  // 02:00 of the 25th there is 13:00 of the 24th in UTC.
  expect(start('2026-12-24T12:00:00Z', auckland)).toBe('2026-12-25T13:00Z');
});

test('a period to avoid is kept free from its first day to its last, and the wait is explained [WN-03]', () => {
  const sales = { avoid: '[{ from: 2026-12-15, to: 2026-12-24, why: Christmas sales }]' };
  expect(start('2026-12-10T02:00:00Z', sales)).toBe('2026-12-10T02:00Z');
  expect(looked('2026-12-10T03:00:00Z', sales)).toMatchObject({
    next: '2026-12-29T02:00:00.000Z',
    sentence: expect.stringMatching(/the next start is Tue 2026-12-29 02:00 UTC \(kept free before: Christmas sales, 2026-12-15 to 2026-12-24\)$/),
  });
  // Not those that are over or still to come.
  expect(looked('2026-12-29T05:00:00Z', sales).sentence).not.toContain('Christmas');
  expect(looked('2026-11-20T05:00:00Z', sales).sentence).not.toContain('Christmas');
});

test('an hour that the clocks skip is no part of the window (Europe/Berlin, 2026-03-29, 02:00 to 03:00) [WN-02]', () => {
  const berlin = { days: EVERY_DAY, zone: 'Europe/Berlin', ...SHORT };
  // 02:00 to 04:00 is one hour long, from 03:00 summer time.
  expect(looked('2026-03-29T00:59:00Z', berlin)).toMatchObject({ open: false, end: null, next: '2026-03-29T01:00:00.000Z' });
  expect(looked('2026-03-29T01:00:00Z', berlin)).toMatchObject({ open: true, end: '2026-03-29T02:00:00.000Z', latestStart: '2026-03-29T01:50:00.000Z' });
  // It opens in the skipped hour, it closes in it, it lies in it whole.
  expect(looked('2026-03-29T01:00:00Z', { ...berlin, from: '02:30' })).toMatchObject({ open: true, end: '2026-03-29T02:00:00.000Z' });
  expect(looked('2026-03-29T00:10:00Z', { ...berlin, from: '01:00', to: '02:30' })).toMatchObject({ open: true, end: '2026-03-29T01:00:00.000Z' });
  expect(start('2026-03-28T12:00:00Z', { ...berlin, from: '02:00', to: '03:00' })).toBe('2026-03-30T00:00Z');
  // The day before and the day after, by their own offsets.
  expect([start('2026-03-27T12:00:00Z', berlin), start('2026-03-29T12:00:00Z', berlin)]).toEqual(['2026-03-28T01:00Z', '2026-03-30T00:00Z']);
});

test('a window that a clock change makes too short is passed over, and says so [WN-02, WN-05]', () => {
  const berlin = { days: EVERY_DAY, zone: 'Europe/Berlin' };
  expect(start('2026-03-28T12:00:00Z', berlin)).toBe('2026-03-30T00:00Z');
  expect(looked('2026-03-29T01:10:00Z', berlin)).toMatchObject({
    open: false, end: '2026-03-29T02:00:00.000Z', latestStart: null,
    sentence: expect.stringMatching(/^the window closes at Sun 2026-03-29 04:00 \+02:00 \(Europe\/Berlin\), too soon for 1h25m .*: it is shorter than that; the next start is Mon 2026-03-30 02:00 \+02:00 \(Europe\/Berlin\)$/),
  });
});

test('an hour that the clocks repeat is part of the window both times (Europe/Berlin, 2026-10-25, 02:00 to 03:00) [WN-02]', () => {
  const berlin = { days: EVERY_DAY, zone: 'Europe/Berlin', ...SHORT };
  // 02:00 to 04:00 is three hours long.
  expect(start('2026-10-24T12:00:00Z', berlin)).toBe('2026-10-25T00:00Z');
  expect(looked('2026-10-25T00:00:00Z', berlin)).toMatchObject({ open: true, end: '2026-10-25T03:00:00.000Z' });
  // 02:00 to 02:30 comes twice; half an hour in between is after it, by the clock.
  const half = { ...berlin, to: '02:30' };
  expect(looked('2026-10-25T00:10:00Z', half)).toMatchObject({ open: true, end: '2026-10-25T00:30:00.000Z' });
  expect(looked('2026-10-25T00:40:00Z', half)).toMatchObject({ open: false, end: null, next: '2026-10-25T01:00:00.000Z' });
  expect(looked('2026-10-25T01:10:00Z', half)).toMatchObject({ open: true, end: '2026-10-25T01:30:00.000Z' });
  expect(start('2026-10-25T01:25:00Z', half)).toBe('2026-10-26T01:00Z');
});

test('at every minute of both days of clock change the window is open exactly when the clock on the wall says so [WN-02]', () => {
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  for (const [from, to] of [['02:00', '04:00'], ['02:30', '04:00'], ['01:00', '02:30'], ['02:10', '02:50'], ['00:00', '05:00']] as const) {
    const window = windowOf({ days: EVERY_DAY, from, to, zone: 'Europe/Berlin', expected: '1s', verification: '0s', reserve: '0s' });
    for (const midnight of [Date.parse('2026-03-28T20:00Z'), Date.parse('2026-10-24T20:00Z')]) {
      for (let minute = 0; minute < 10 * 60; minute += 5) {
        const at = midnight + minute * 60_000;
        const clock = wall.format(at);
        expect([from, to, new Date(at).toISOString(), lookAt(window, at).end !== null]).toEqual([from, to, new Date(at).toISOString(), from <= clock && clock < to]);
      }
    }
  }
});

test('windows that touch are one: whole days in a row end with the last of them [WN-02]', () => {
  const days = { days: '[tue, wed]', from: '00:00', to: '24:00' };
  expect(looked('2026-11-24T23:30:00Z', days)).toMatchObject({ open: true, end: '2026-11-26T00:00:00.000Z' });
  expect(looked('2026-11-24T23:30:00Z', { ...days, holidays: '[2026-11-25]' })).toMatchObject({ open: false, end: '2026-11-25T00:00:00.000Z', next: '2026-12-01T00:00:00.000Z' });
});

test('when no window opens within a year there is a sentence, and what to change [WN-03]', () => {
  expect(looked('2026-11-20T14:00:00Z', { avoid: '[{ from: 2026-01-01, to: 2099-12-31, why: for ever }]' })).toEqual({
    open: false, end: null, latestStart: null, next: null,
    sentence: 'no window within a year from Fri 2026-11-20 14:00 UTC holds 1h25m (deployment 45m, verification 30m, reserve for a rollback 10m): every day is excluded, or too short; change gates.window',
  });
  // One that opens on the last day of that year is found.
  expect(start('2026-11-20T14:00:00Z', { days: EVERY_DAY, avoid: '[{ from: 2026-11-20, to: 2027-11-20, why: a long pause }]' })).toBe('2027-11-21T02:00Z');
});

test('a zone that this machine does not know is an error, not UTC', () => {
  expect(() => lookAt({ ...WORKDAYS, zone: 'Mars/Olympus' }, 0)).toThrow(new RangeError('this machine does not know the time zone Mars/Olympus'));
});
