import { defaultPayloadConverter, toPayloads } from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow';
import Long from 'long';
import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/events/decode';
import type { Event } from '../../src/events/events';
import { follow, type HistorySource, type Page } from '../../src/events/follow';

const converter = loadDataConverter({});
const payloads = (value: unknown) => ({ payloads: toPayloads(defaultPayloadConverter, value) ?? null });

function line(id: number, rest: object): HistoryEvent {
  return { eventId: Long.fromNumber(id), eventTime: { seconds: Long.fromNumber(1_795_000_000 + id), nanos: 0 }, ...rest };
}

const HISTORY: HistoryEvent[] = [
  line(1, { workflowExecutionStartedEventAttributes: { workflowType: { name: 'deploy' }, input: payloads({ app: 'shop', release: 'v2' }) } }),
  line(2, { activityTaskScheduledEventAttributes: { activityType: { name: 'claimHosts' }, activityId: '1', input: payloads({}) } }),
  line(3, { activityTaskCompletedEventAttributes: { scheduledEventId: Long.fromNumber(2), result: payloads({}) } }),
  line(4, { workflowExecutionCompletedEventAttributes: { result: payloads({ outcome: 'deployed', sentence: 'live' }) } }),
];
const WHOLE = ['started', 'stage-started', 'stage-ended', 'ended'];

const AWAY = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
const STALE = Object.assign(new Error('3 INVALID_ARGUMENT'), { code: 3 });
const GONE = Object.assign(new Error('5 NOT_FOUND'), { code: 5 });

/** Serves one page after the other by the tokens it gave, and throws where a page is an error. */
function source(script: (Error | { from: number; to: number; last?: boolean })[], patience = Infinity): HistorySource & { tokens: (number | null)[] } {
  const tokens: (number | null)[] = [];
  return {
    tokens,
    page: async (token): Promise<Page> => {
      tokens.push(token?.[0] ?? null);
      const next = script.shift();
      if (next === undefined) throw new Error('asked too often');
      if (next instanceof Error) throw next;
      return { events: HISTORY.slice(next.from - 1, next.to), next: next.last ? null : Uint8Array.of(next.to) };
    },
    mayPass: (error) => error === AWAY,
    isStale: (error) => error === STALE,
    again: async (failed) => failed < patience,
  };
}

async function told(from: HistorySource, onTrouble?: (error: unknown) => void): Promise<string[]> {
  const events: Event[] = [];
  for await (const event of follow(from, { converter, wait: true, ...(onTrouble ? { onTrouble } : {}) })) events.push(event);
  return events.map(({ type }) => type);
}

test('every page is told as it comes, empty ones in between', async () => {
  expect(await told(source([{ from: 1, to: 1 }, { from: 2, to: 1 }, { from: 2, to: 3 }, { from: 4, to: 4, last: true }]))).toEqual(WHOLE);
});

test('a server that goes away is waited for, and nothing is told twice', async () => {
  const from = source([{ from: 1, to: 2 }, AWAY, AWAY, { from: 1, to: 3 }, AWAY, { from: 1, to: 4, last: true }]);
  const troubles: unknown[] = [];
  expect(await told(from, (error) => troubles.push(error))).toEqual(WHOLE);
  expect(troubles).toEqual([AWAY, AWAY, undefined, AWAY, undefined]);
  expect(from.tokens).toEqual([null, 2, null, null, 3, null]);
});

test('a token that is no longer good costs a reading from the start, not the following', async () => {
  const from = source([{ from: 1, to: 2 }, STALE, { from: 1, to: 4, last: true }]);
  expect(await told(from)).toEqual(WHOLE);
  expect(from.tokens).toEqual([null, 2, null]);
});

test('what cannot pass ends it: a run that is gone, a refusal at the very first page', async () => {
  await expect(told(source([{ from: 1, to: 2 }, GONE]))).rejects.toBe(GONE);
  await expect(told(source([STALE]))).rejects.toBe(STALE);
});

test('whoever has lost patience is let go without an error', async () => {
  expect(await told(source([{ from: 1, to: 2 }, AWAY, AWAY, AWAY], 2))).toEqual(['started', 'stage-started']);
});

test('a value that cannot be read does not keep the rest from being told', async () => {
  const sealed = { payloads: [{ metadata: { encoding: new TextEncoder().encode('binary/encrypted') }, data: Uint8Array.of(1, 2, 3) }] };
  const events: HistoryEvent[] = [
    line(1, { workflowExecutionStartedEventAttributes: { workflowType: { name: 'deploy' }, input: sealed, identity: 'cli@box' } }),
    line(2, { workflowExecutionSignaledEventAttributes: { signalName: 'rollback', input: sealed, identity: 'ops@box' } }),
    line(3, { workflowExecutionFailedEventAttributes: { failure: { message: 'Encoded failure', encodedAttributes: sealed.payloads[0], applicationFailureInfo: { type: 'RolledBack', details: sealed } } } }),
  ];
  const from: HistorySource = { ...source([]), page: async () => ({ events, next: null }) };
  expect(await told(from)).toEqual(['started', 'turned-back', 'ended']);
});
