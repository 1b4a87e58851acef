// When people are told what is due, by a server whose clock skips: an hour, a day and a week are over at once. Started by themselves,
// for that server holds its clock for a child that was abandoned.
import { expect, test, vi } from 'vitest';
import { RUNBOOK } from '../../src/config/follow-ups';
import { milliseconds, seconds } from '../../src/config/units';
import { besideOf } from '../../src/temporal/names';
import type { followUp } from '../../src/workflows';
import { doneUpdate, dropSignal, tasksQuery, type FollowUpInput } from '../../src/workflows/follow-up';
import { Site } from './support/site';
import { KEEPS_NONE, useSkippingTemporal } from './support/time-skipping';

const temporal = useSkippingTemporal(KEEPS_NONE);

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The runbook's tasks after a deployment or a rollback that has just ended. */
async function begun(app: string, after: FollowUpInput['after']) {
  const site = temporal.sites.add(new Site(app));
  const at = await temporal.now();
  const tasks = RUNBOOK.filter(({ on }) => on.includes(after)).map(({ name, after: later, what, on }) => ({ name, what, on, after: seconds(later), remind: 4 * 3600 }));
  const input: FollowUpInput = { app, environment: 'production', deployment: `d-${app}`, release: 'v2', after, at: new Date(at).toISOString(), tasks };
  const handle = await temporal.env.client.workflow.start<typeof followUp>('followUp', { workflowId: besideOf(input).followUp(input.deployment), taskQueue: temporal.taskQueue, args: [input] });
  const told = () => site.told.flatMap((telling) => (telling.moment === 'due' ? [telling] : []));
  /** Lets it be so much later than the end, and waits until so many messages went out, their sending over. */
  const later = async (after: number, messages: number): Promise<void> => {
    // Answered once nothing is left for a worker to do: see away.
    await handle.query(tasksQuery);
    if (at + after - MINUTE > (await temporal.now())) await temporal.away(at + after - MINUTE);
    await temporal.env.sleep(2 * MINUTE);
    await vi.waitFor(async () => {
      const { events } = await handle.fetchHistory();
      expect(events?.filter((event) => event.activityTaskCompletedEventAttributes)).toHaveLength(messages);
    }, { timeout: 30_000, interval: 50 });
  };
  const done = (task: string) => handle.executeUpdate(doneUpdate, { args: [{ task, by: 'ada@example.org' }] });
  return { handle, at, told, later, done };
}

test.each([
  ['deployed', [['after-1-hour', '1h'], ['after-24-hours', '1d'], ['after-1-week', '7d']]],
  ['rolled-back', [['after-rollback', '1h'], ['incident-report', '1d'], ['post-mortem', '2d']]],
] as const)('after it was %s each task is told when it is due, and all is over when all are done [PD-06, PD-11, IR-02, IR-03, IR-05, IR-13]', async (after, tasks) => {
  const { handle, at, told, later, done } = await begun(after, after);
  await later(HOUR / 2, 0);
  for (const [n, [task, time]] of tasks.entries()) {
    await later(milliseconds(time), n + 1);
    expect(told().at(-1)).toMatchObject({ task, since: new Date(at + milliseconds(time)).toISOString(), points: RUNBOOK.find(({ name }) => name === task)?.what, confirm: `sternway done ${task} --environment production` });
    await done(task);
  }
  expect((await handle.result()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  expect(told()).toHaveLength(3);
  // Read without a worker.
  expect((await handle.describe()).memo?.['tasks']).toMatchObject(tasks.map(([name]) => ({ name, state: 'done', by: 'ada@example.org' })));
});

test('what nobody does is told again, each time after twice as long, until somebody does it', async () => {
  const { handle, told, later, done } = await begun('forgotten', 'deployed');
  for (const task of ['after-24-hours', 'after-1-week']) await done(task);
  // Due after 1 h; reminded 4 h, 8 h and 16 h later.
  for (const [hours, messages] of [[1, 1], [5, 2], [13, 3], [29, 4]] as const) {
    await later(hours * HOUR - MINUTE / 2, messages);
    expect(told().map(({ task }) => task)).toEqual(Array.from({ length: messages }, () => 'after-1-hour'));
  }
  await done('after-1-hour');
  // A run that has ended tells nobody any more.
  expect((await handle.result()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  expect(told()).toHaveLength(4);
});

test('what is dropped in between is never told', async () => {
  const { handle, told, later, done } = await begun('dropped', 'deployed');
  await later(HOUR, 1);
  await done('after-1-hour');
  await handle.signal(dropSignal, 'it was rolled back');
  expect((await handle.result()).map(({ state, note }) => [state, note])).toEqual([['done', null], ['dropped', 'it was rolled back'], ['dropped', 'it was rolled back']]);
  expect(told()).toHaveLength(1);
});
