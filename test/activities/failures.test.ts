import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { asFailure, refused, stepFailed } from '../../src/activities/failures';
import { ConnectionLost, HostRefused, LedgerRefused } from '../../src/hosts/failures';

const seen = (error: unknown): unknown => {
  const failure = asFailure(error) as ApplicationFailure;
  expect(failure).toBeInstanceOf(ApplicationFailure);
  return [failure.type, failure.nonRetryable, failure.message, failure.details];
};

test('the ledger\'s final words end a task, each under its own type; any other word may pass and is tried again', () => {
  for (const [code, type] of [['claimed', 'Busy'], ['closed', 'Refused'], ['stale', 'Stale'], ['settled', 'Settled'], ['conflict', 'Refused'], ['malformed', 'Refused']] as const) {
    expect(seen(new LedgerRefused(code, 'web-1: said', { since: 7 }))).toEqual([type, true, 'web-1: said', [{ since: 7 }]]);
  }
  for (const code of ['host', 'bug', 'not-started', 'damaged', 'undrained', 'a word of a later helper']) {
    expect(seen(new LedgerRefused(code, 'web-1: said', {}))).toEqual(['HostTrouble', false, 'web-1: said', [{}]]);
  }
});

test('a lost connection is tried again, one that is refused is not', () => {
  expect(seen(new ConnectionLost('web-1: the line broke'))).toEqual(['ConnectionLost', false, 'web-1: the line broke', []]);
  expect(seen(new HostRefused('web-1: host key differs'))).toEqual(['HostRefused', true, 'web-1: host key differs', []]);
});

test('what nobody foresaw passes as the error that it is', () => {
  const bug = new TypeError('undefined is not a function');
  expect(asFailure(bug)).toBe(bug);
  const already = stepFailed('no', 'Drift', { code: 90 });
  expect(asFailure(already)).toBe(already);
  expect(already).toMatchObject({ type: 'Drift', nonRetryable: true, message: 'no', details: [{ code: 90 }] });
});

test('a refusal tells all reasons in one sentence and each by itself', () => {
  expect(refused(['a: one', 'b: two'])).toMatchObject({ type: 'Refused', nonRetryable: true, message: 'a: one; b: two', details: [{ reasons: ['a: one', 'b: two'] }] });
});
