import { expect, test } from 'vitest';
import { tally } from '../../src/approvals/tally';
import type { Verified } from '../../src/approvals/verify';
import { judge } from '../../src/gates/judge';
import type { GateFacts, Verdict } from '../../src/gates/verdict';
import { gatesOf } from './settings';

const WINDOW = 'window: { days: [tue, wed, thu], from: 02:00, to: 04:00 }';
const NOTICE = 'notice: 24h';
const STAGING = 'staging: { environment: staging, within: 14d }';
const APPROVALS = 'approvals: { needed: 2, signers: /etc/signers, roles: [{ name: operations, people: [ada, grace] }, { name: product, people: [linus] }] }';
const gates = (...sections: string[]) => gatesOf(`{ ${sections.join(', ')} }`);

const FRIDAY = '2026-11-20T14:00:00Z';
const TUESDAY = '2026-11-24T02:00:00Z';
const staged = (release: string, at: string, outcome = 'deployed') => ({ release, at, outcome });
const facts = (over: Partial<GateFacts> = {}): GateFacts => ({
  requestedAt: FRIDAY,
  noticeGivenAt: '2026-11-20T15:00:00Z',
  freeze: null,
  staging: [staged('v1.1.0', '2026-11-19T10:00:00Z')],
  approvals: { approved: ['ada', 'linus'], rejected: [] },
  ...over,
});
const judged = (sections: string, at: string, over: Partial<GateFacts> = {}) => judge(gates(sections), Date.parse(at), facts(over), 'v1.1.0');
const states = (verdicts: Verdict[]) => verdicts.map(({ gate, state }) => `${gate} ${state}`);
const ALL = [WINDOW, NOTICE, STAGING, APPROVALS].join(', ');

test('without gates there are no verdicts, and a deployment may start', () => {
  expect(judge(undefined, Date.parse(FRIDAY), facts(), 'v1.1.0')).toEqual([]);
  expect(judge({}, Date.parse(FRIDAY), facts(), 'v1.1.0')).toEqual([]);
});

test('the gates of either runbook, or of both, are configured, and the verdicts are of these and no others [A-53]', () => {
  expect(states(judged([STAGING, APPROVALS].join(', '), TUESDAY))).toEqual(['staging open', 'approval open']);
  expect(states(judged([WINDOW, NOTICE].join(', '), TUESDAY))).toEqual(['window open', 'notice open']);
  expect(states(judged(ALL, TUESDAY))).toEqual(['window open', 'notice open', 'staging open', 'approval open']);
});

test('on Friday the window is waited for until Tuesday, when every gate is open [WN-02, WN-03]', () => {
  expect(judged(WINDOW, FRIDAY)).toEqual([
    { gate: 'window', state: 'wait', until: '2026-11-24T02:00:00.000Z', sentence: 'the window is closed; the next start is Tue 2026-11-24 02:00 UTC; who asks for a deployment waits for it, nothing needs to be done' },
  ]);
  expect(judged(WINDOW, TUESDAY)).toEqual([{
    gate: 'window', state: 'open', until: null,
    sentence: 'the window is open until Tue 2026-11-24 04:00 UTC; for 1h25m (deployment 45m, verification 30m, reserve for a rollback 10m) the latest start is Tue 2026-11-24 02:35 UTC',
  }]);
});

test('where a closed window refuses, the sentence says when to ask again', () => {
  expect(judged('window: { days: [tue], from: 02:00, to: 04:00, closed: refuse }', FRIDAY)).toEqual([
    { gate: 'window', state: 'refused', until: null, sentence: 'the window is closed; the next start is Tue 2026-11-24 02:00 UTC; ask again then' },
  ]);
});

test('where a closed window refuses and a notice is asked for, the start that the notice allows is judged, before it is announced; what was announced is waited for', () => {
  const both = 'window: { days: [tue], from: 02:00, to: 04:00, closed: refuse }, notice: 24h';
  expect(judged(both, FRIDAY, { noticeGivenAt: null })[0]).toMatchObject({ gate: 'window', state: 'refused', sentence: expect.stringMatching(/^when the notice has been given long enough, at Sat 2026-11-21 14:00 UTC, the window is closed; the next start is Tue 2026-11-24 02:00 UTC; ask again/) as string });
  expect(judged(both, '2026-11-23T02:10:00Z', { noticeGivenAt: null })).toMatchObject([{ gate: 'window', state: 'wait', until: '2026-11-24T02:00:00.000Z' }, { gate: 'notice', state: 'wait' }]);
  expect(judged(both, '2026-11-23T02:15:00Z', { noticeGivenAt: '2026-11-23T02:10:00Z' })).toMatchObject([{ gate: 'window', state: 'wait' }, { gate: 'notice', state: 'wait' }]);
  expect(states(judged(both, '2026-11-24T02:10:00Z', { noticeGivenAt: '2026-11-23T02:10:00Z' }))).toEqual(['window open', 'notice open']);
});

test('a window that never opens is refused, and not waited for', () => {
  const never = 'window: { days: [tue], from: 02:00, to: 04:00, avoid: [{ from: 2026-01-01, to: 2099-01-01, why: ever }] }';
  expect(judged(never, FRIDAY)).toMatchObject([{ gate: 'window', state: 'refused', until: null, sentence: expect.stringMatching(/^no window within a year .* change gates\.window$/) }]);
});

test('an approval that comes after the latest start finds the window closed until the next day', () => {
  const waiting = { approvals: { approved: ['ada'], rejected: [] } };
  expect(states(judged(ALL, '2026-11-24T02:30:00Z', waiting))).toEqual(['window open', 'notice open', 'staging open', 'approval wait']);
  const late = judged(ALL, '2026-11-24T02:40:00Z');
  expect(states(late)).toEqual(['window wait', 'notice open', 'staging open', 'approval open']);
  expect(late[0]?.until).toBe('2026-11-25T02:00:00.000Z');
});

test('without a notice somebody must announce the deployment', () => {
  expect(judged(NOTICE, TUESDAY, { noticeGivenAt: null })).toEqual([
    { gate: 'notice', state: 'wait', until: null, sentence: 'no notice has gone out for the deployment asked for at Fri 2026-11-20 14:00 UTC, and it must be given 1d ahead; announce it' },
  ]);
});

test('the lead time counts from the notice, to the millisecond', () => {
  const given = { noticeGivenAt: '2026-11-23T03:00:00+01:00' };
  expect(judged(NOTICE, '2026-11-24T01:59:59.999Z', given)).toEqual([
    { gate: 'notice', state: 'wait', until: '2026-11-24T02:00:00.000Z', sentence: 'notice was given at Mon 2026-11-23 02:00 UTC, and 1d must pass, until Tue 2026-11-24 02:00 UTC; nothing needs to be done' },
  ]);
  expect(judged(NOTICE, TUESDAY, given)).toEqual([{ gate: 'notice', state: 'open', until: null, sentence: 'notice was given at Mon 2026-11-23 02:00 UTC, 1d ahead or more' }]);
});

test('a freeze needs no configuration; it ends by itself, or when somebody ends it', () => {
  const freeze = { until: '2026-11-25T00:00:00Z', reason: 'audit', by: 'grace' };
  const verdict = (at: string, over: object = {}) => judge(undefined, Date.parse(at), facts({ freeze: { ...freeze, ...over } }), 'v1.1.0');
  expect(verdict(TUESDAY)).toEqual([
    { gate: 'freeze', state: 'wait', until: '2026-11-25T00:00:00.000Z', sentence: 'grace has frozen deployments (audit) until Wed 2026-11-25 00:00 UTC; wait, or ask grace to end it' },
  ]);
  expect(verdict('2026-11-25T00:00:00Z')).toEqual([{ gate: 'freeze', state: 'open', until: null, sentence: 'the freeze by grace (audit) ended at Wed 2026-11-25 00:00 UTC' }]);
  expect(verdict(TUESDAY, { until: null })).toEqual([{ gate: 'freeze', state: 'wait', until: null, sentence: 'grace has frozen deployments (audit) until somebody ends it; ask grace' }]);
});

test.each<[what: string, runs: GateFacts['staging'], state: string, sentence: string]>([
  ['was never there', [staged('v1.0.0', FRIDAY)], 'wait', 'v1.1.0 has not been deployed to staging; deploy it there first'],
  ['was refused there and changed nothing', [staged('v1.1.0', FRIDAY, 'unchanged')], 'wait', 'v1.1.0 has not been deployed to staging; deploy it there first'],
  ['is there', [staged('v1.1.0', FRIDAY)], 'open', 'v1.1.0 was deployed to staging at Fri 2026-11-20 14:00 UTC'],
  ['is there, and a second attempt changed nothing', [staged('v1.1.0', FRIDAY), staged('v1.1.0', TUESDAY, 'unchanged')], 'open', 'v1.1.0 was deployed to staging at Fri 2026-11-20 14:00 UTC'],
  ['failed there and then went well', [staged('v1.1.0', FRIDAY, 'rolled-back'), staged('v1.1.0', TUESDAY)], 'open', 'v1.1.0 was deployed to staging at Tue 2026-11-24 02:00 UTC'],
  ['went well there and was then taken back', [staged('v1.1.0', TUESDAY, 'rolled-back'), staged('v1.1.0', FRIDAY)], 'refused', 'v1.1.0 ended as rolled-back on staging at Tue 2026-11-24 02:00 UTC; find out why, and deploy there what is to come here'],
  ['was left half done there', [staged('v1.1.0', FRIDAY, 'incomplete')], 'refused', 'v1.1.0 ended as incomplete on staging at Fri 2026-11-20 14:00 UTC; find out why, and deploy there what is to come here'],
  ['is there since just as long as allowed', [staged('v1.1.0', '2026-11-10T02:00:00Z')], 'open', 'v1.1.0 was deployed to staging at Tue 2026-11-10 02:00 UTC'],
  ['is there since too long', [staged('v1.1.0', '2026-11-10T01:59:59Z')], 'wait', 'v1.1.0 was deployed to staging at Tue 2026-11-10 01:59 UTC, longer ago than 14d; deploy it there again'],
])('a release that %s', (_, staging, state, sentence) => {
  expect(judged(STAGING, TUESDAY, { staging })).toEqual([{ gate: 'staging', state, until: null, sentence }]);
});

test.each<[what: string, approved: string[], state: string, sentence: string]>([
  ['nobody', [], 'wait', 'nobody has approved the plan; still needed: 2 of 2 approvals, one for operations (ada or grace) and one for product (linus); ask them to look at the plan and approve it'],
  ['too few', ['ada'], 'wait', 'approved by ada; still needed: 1 of 2 approvals and one for product (linus); ask them to look at the plan and approve it'],
  ['enough, all of one role', ['ada', 'grace'], 'wait', 'approved by ada and grace; still needed: one for product (linus); ask them to look at the plan and approve it'],
  ['enough, and each role', ['grace', 'linus'], 'open', 'approved by grace and linus'],
  ['more than enough', ['ada', 'ken', 'linus'], 'open', 'approved by ada, ken and linus'],
])('approved by %s', (_, approved, state, sentence) => {
  expect(judged(APPROVALS, TUESDAY, { approvals: { approved, rejected: [] } })).toEqual([{ gate: 'approval', state, until: null, sentence }]);
});

test('who signs twice is one person, and one rejection refuses the plan that others approved', () => {
  const word = (by: string, decision: 'approve' | 'reject') => ({ by, key: `SHA256:${by}`, decision }) as Verified;
  const two = 'approvals: { needed: 2, signers: /etc/signers }';
  expect(judged(two, TUESDAY, { approvals: tally([word('ada', 'approve'), word('ada', 'approve')]) })).toMatchObject([{ state: 'wait', sentence: expect.stringContaining('1 of 2 approvals') }]);
  expect(judged(two, TUESDAY, { approvals: tally([word('ada', 'approve'), word('linus', 'approve'), word('ken', 'reject')]) })).toEqual([
    { gate: 'approval', state: 'refused', until: null, sentence: 'ken rejected the plan; settle why, and ask for the deployment again' },
  ]);
});

test('an override opens every gate, and each that was closed says by whom, why and what it would have waited for', () => {
  const closed = facts({ noticeGivenAt: null, staging: [], approvals: { approved: [], rejected: ['ken'] }, freeze: { until: null, reason: 'audit', by: 'grace' } });
  const verdicts = judge(gates(ALL), Date.parse(FRIDAY), closed, 'v1.1.0', { by: 'ada', reason: 'security fix' });
  expect(states(verdicts)).toEqual(['window open', 'notice open', 'freeze open', 'staging open', 'approval open']);
  expect(verdicts.map(({ until }) => until)).toEqual([null, null, null, null, null]);
  expect(verdicts.every(({ sentence }) => sentence.startsWith('overridden by ada (security fix), although '))).toBe(true);
  expect(verdicts[4]?.sentence).toBe('overridden by ada (security fix), although ken rejected the plan');
  expect(verdicts[0]?.sentence).toBe('overridden by ada (security fix), although the window is closed; the next start is Tue 2026-11-24 02:00 UTC');
});

test('a gate that is open anyhow is not called overridden', () => {
  const verdicts = judge(gates(ALL), Date.parse(TUESDAY), facts(), 'v1.1.0', { by: 'ada', reason: 'security fix' });
  expect(verdicts).toEqual(judged(ALL, TUESDAY));
});

test('an override without a name or a reason is none', () => {
  for (const override of [{ by: ' ', reason: 'x' }, { by: 'ada', reason: '' }]) {
    expect(() => judge(gates(ALL), Date.parse(FRIDAY), facts(), 'v1.1.0', override)).toThrow(new RangeError('an override must say by whom and why'));
  }
});

test('a time without a zone is an error, for it would depend on the machine', () => {
  expect(() => judged(NOTICE, TUESDAY, { noticeGivenAt: '2026-11-20T15:00:00' })).toThrow(RangeError);
  expect(() => judged(STAGING, TUESDAY, { staging: [staged('v1.1.0', 'yesterday')] })).toThrow(RangeError);
});
