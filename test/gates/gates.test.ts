import { expect, test } from 'vitest';
import { gatesOf, mistakesOf, windowOf } from './settings';

test('times and dates need no quotes, and what is left out has its default', () => {
  expect(gatesOf('{ window: { days: [tue], from: 22:00, to: 02:00, holidays: [2026-12-24] }, staging: { environment: staging }, approvals: { signers: /etc/signers } }')).toEqual({
    window: { days: ['tue'], from: '22:00', to: '02:00', zone: 'UTC', holidays: ['2026-12-24'], avoid: [], expected: '45m', verification: '30m', reserve: '10m', closed: 'wait' },
    staging: { environment: 'staging', within: '14d' },
    approvals: { needed: 1, roles: [], authors: {}, signers: '/etc/signers' },
  });
});

test('a document without gates has none', () => {
  expect(gatesOf('')).toBeUndefined();
  expect(gatesOf('{}')).toEqual({});
});

test('refuses a window that is too short for deployment, verification and rollback, and tells all durations [WN-05]', () => {
  expect(mistakesOf('window: { days: [tue], from: 02:00, to: 03:24 }')).toEqual([
    'gates.window.to: must leave 1h25m for expected 45m, verification 30m and reserve 10m (got 03:24, 1h24m after from) - widen the window, or shorten one of the three',
  ]);
  expect(windowOf({ to: '03:25' }).to).toBe('03:25');
  expect(windowOf({ from: '23:00', to: '00:25' }).to).toBe('00:25');
  expect(mistakesOf('window: { days: [tue], from: 23:00, to: 00:24 }')).toHaveLength(1);
});

test.each([
  ['window: { days: [tue], from: 02:00, to: 02:00 }', 'gates.window.to: must differ from from (got 02:00 twice) - for a whole day write from: "00:00" and to: "24:00"'],
  ['window: { days: [tue], from: 24:00, to: 02:00 }', 'gates.window.from: must be a time from 00:00 to 23:59 (got "24:00") - for example "02:00"'],
  ['window: { days: [tue], from: 2:00, to: 24:01 }', 'gates.window.from: must be a time from 00:00 to 23:59 (got "2:00") - for example "02:00"', 'gates.window.to: must be a time from 00:00 to 24:00 (got "24:01") - for example "04:00"'],
  ['window: { days: [tue, wed, tue], from: 02:00, to: 04:00 }', 'gates.window.days: must be a list of different days (mon, tue, wed, thu, fri, sat, sun), at least one (got a list) - for example [tue, wed, thu]'],
  ['window: { days: [tue], from: 02:00, to: 04:00, zone: Europe/Berlim }', 'gates.window.zone: must be a time zone by its IANA name (got "Europe/Berlim") - for example Europe/Berlin'],
  ['window: { days: [tue], from: 02:00, to: 04:00, zone: "+02:00" }', 'gates.window.zone: must be a time zone by its IANA name (got "+02:00") - for example Europe/Berlin'],
  ['window: { days: [tue], from: 02:00, to: 04:00, holidays: [2027-02-29] }', 'gates.window.holidays[0]: must be a date as year-month-day (got "2027-02-29") - for example 2026-12-24'],
  ['window: { days: [tue], from: 02:00, to: 04:00, avoid: [{ from: 2027-01-03, to: 2026-12-18, why: sales }] }', 'gates.window.avoid[0].to: must not lie before from (got 2026-12-18, from is 2027-01-03) - give the last day of the period'],
  ['approvals: { needed: 0, signers: /etc/signers }', 'gates.approvals.needed: must be a whole number from 1 to 20 (got 0) - for example 2'],
  ['approvals: { signers: /etc/signers, roles: [{ name: ops, people: [ada] }, { name: ops, people: [grace] }] }', 'gates.approvals.roles[1].name: must be unique (got "ops" again) - give each role a name of its own'],
])('refuses %s', (yaml, ...sentences) => {
  expect(mistakesOf(yaml)).toEqual(sentences);
});
