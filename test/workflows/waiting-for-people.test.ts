// A night in which nobody answers, in a second: the clock skips while a person is waited for.
import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { Telling } from '../../src/messages/moments';
import { until } from '../../testbed/wait';
import { PEOPLE } from './support/people';
import { Site } from './support/site';
import { useSkippingTemporal } from './support/time-skipping';

const temporal = useSkippingTemporal();

const STOP = '06-stop-the-app@web-1';

test('while a run waits for a person, one role is asked every 15 minutes, each once, then it is said that nobody answered; updates go on, more and more rarely [NT-18, NT-25, MN-31, CH-16]', async () => {
  const site = new Site('night');
  site.policy = { ...site.policy, messages: { ...PEOPLE, roles: ['on_call', 'operations_lead', 'technical_director'] } };
  // On one host alone: this test server forgets a workflow task that lets an activity go which ended in the same moment.
  site.fail('forward 07-migrate@web-1');
  site.fail(`undo ${STOP}`, 1, 'no way back');
  const handle = await temporal.runs.deploy(site);
  const question = await site.question(STOP);
  await temporal.until((await temporal.now()) + 6 * 3_600_000);
  await until('eleven updates are due', async () => (await read(handle)).updates.length >= 11 || undefined);
  // What the run decided, by its history: a mail that the skipping clock overtakes is another matter.
  const { updates, escalations, asked } = await read(handle);
  expect(updates.slice(0, 11)).toEqual([2, 4, 8, 16, 32, 32, 32, 32, 32, 32, 32]);
  expect(escalations).toEqual([15, 15, 15]);
  expect(asked).toEqual(['on_call', 'operations_lead', 'technical_director', null]);
  await temporal.runs.decide(handle, question, 'retry');
  const { outcome } = await temporal.runs.ended(handle);
  expect(outcome).toBe('rolled-back');
  expect((await read(handle)).asked).toHaveLength(4);
});

/** The minutes that the run's timers were set to, and whom it asked, in order. */
async function read(handle: WorkflowHandle): Promise<{ updates: number[]; escalations: number[]; asked: unknown[] }> {
  const { events } = await handle.fetchHistory();
  const minutes = (summary: string) => (events ?? []).flatMap(({ timerStartedEventAttributes: timer, userMetadata }) => (timer && value(userMetadata?.summary) === summary ? [Number(timer.startToFireTimeout?.seconds) / 60] : []));
  const asked = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    const { telling } = (scheduled?.activityType?.name === 'tell' ? value(scheduled.input?.payloads?.[0]) : {}) as { telling?: Telling };
    return telling?.moment === 'escalation' ? [telling.role] : [];
  });
  return { updates: minutes('update'), escalations: minutes('escalation'), asked };
}

const value = (payload: { data?: Uint8Array | null } | null | undefined): unknown => (payload?.data ? JSON.parse(Buffer.from(payload.data).toString()) : undefined);
