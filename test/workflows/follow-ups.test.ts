// What people have to do afterwards, by a server whose clock skips: an hour, a day and a week are over at once.
import { Client } from '@temporalio/client';
import { beforeAll, expect, test } from 'vitest';
import { RUNBOOK } from '../../src/config/follow-ups';
import { milliseconds, seconds } from '../../src/config/units';
import type { FollowUpTask } from '../../src/activities/contract';
import type { FollowUpItem } from '../../src/events/follow-ups';
import { besideOf } from '../../src/temporal/names';
import type { followUp } from '../../src/workflows';
import { doneUpdate, tasksQuery } from '../../src/workflows/follow-up';
import { Runs } from './support/runs';
import { useSkipping } from './support/skipping';
import { Site } from './support/site';

const temporal = useSkipping();

/** Through it nothing is skipped: what is due after a deployment is not due yet when its end was waited for. */
let plain: Client;
let runs: Runs;
beforeAll(() => {
  plain = new Client({ connection: temporal.env.connection });
  runs = new Runs(plain, temporal.sites, temporal.taskQueue);
});

const HOUR = 3_600_000;
const TASKS: FollowUpTask[] = RUNBOOK.map(({ name, after, what, on }) => ({ name, what, on, after: seconds(after), remind: 4 * 3600 }));

/** A site whose release is live, with the runbook's tasks. */
async function deployed(app: string): Promise<{ site: Site; at: number }> {
  const site = new Site(app);
  site.mayStay.add('07-migrate');
  site.policy = { ...site.policy, followUps: TASKS };
  const { outcome } = await runs.ended(await runs.deploy(site));
  expect(outcome).toBe('deployed');
  return { site, at: await temporal.now() };
}

const handleOf = ({ app }: Site, suffix = '') => plain.workflow.getHandle<typeof followUp>(`${besideOf({ app, environment: 'production' }).followUp(`d-${app}`)}${suffix}`);
const done = (site: Site, task: string, suffix = '') => handleOf(site, suffix).executeUpdate(doneUpdate, { args: [{ task, by: 'ada@example.org', note: 'looked well' }] });
const states = (items: readonly FollowUpItem[]) => Object.fromEntries(items.map(({ name, state }) => [name, state]));
/** The tasks that people were told of, in order. */
const told = (site: Site) => site.told.flatMap((telling) => (telling.moment === 'due' ? [telling.task] : []));

test('after a deployment its tasks are due in an hour, a day and a week, and it ends when all are done [PD-01, PD-06, PD-11, MN-20, IR-05]', async () => {
  const { site, at } = await deployed('weekly');
  expect(states(await handleOf(site).query(tasksQuery))).toEqual({ 'after-1-hour': 'waiting', 'after-24-hours': 'waiting', 'after-1-week': 'waiting' });
  await temporal.until(at + HOUR / 2);
  expect(told(site)).toEqual([]);
  for (const [task, after] of [['after-1-hour', '1h'], ['after-24-hours', '1d'], ['after-1-week', '7d']] as const) {
    await temporal.until(at + milliseconds(after) + 60_000);
    await site.changes.until(() => told(site).includes(task));
    const due = site.told.find((telling) => telling.moment === 'due' && telling.task === task);
    expect(due).toMatchObject({ points: RUNBOOK.find(({ name }) => name === task)?.what, confirm: `sternway done ${task} --environment production` });
    expect(Math.abs(Date.parse(due?.moment === 'due' ? due.since : '') - at - milliseconds(after))).toBeLessThan(60_000);
    await done(site, task);
  }
  expect(told(site)).toEqual(['after-1-hour', 'after-24-hours', 'after-1-week']);
  expect(states(await handleOf(site).result())).toEqual({ 'after-1-hour': 'done', 'after-24-hours': 'done', 'after-1-week': 'done' });
  // Read without a worker.
  expect((await handleOf(site).describe()).memo).toMatchObject({ tasks: [{ name: 'after-1-hour', state: 'done', by: 'ada@example.org', note: 'looked well' }, {}, {}] });
});

test('what nobody does is told again, each time after twice as long, until somebody does it', async () => {
  const { site, at } = await deployed('forgotten');
  for (const task of ['after-24-hours', 'after-1-week']) await done(site, task);
  // Due after 1 h, then 4 h, 8 h, 16 h later.
  for (const [hours, times] of [[1, 1], [5, 2], [13, 3], [29, 4]] as const) {
    await temporal.until(at + hours * HOUR + 120_000);
    await site.changes.until(() => told(site).length >= times);
    expect(told(site)).toEqual(Array.from({ length: times }, () => 'after-1-hour'));
  }
  await done(site, 'after-1-hour');
  // A run that has ended tells nobody any more.
  await handleOf(site).result();
  expect(told(site)).toHaveLength(4);
});

test('a rollback drops what was due after its deployment, and brings the incident report and the post-mortem [MN-33, IR-02, IR-03, IR-13]', async () => {
  const { site, at } = await deployed('taken-back');
  await temporal.until(at + 2 * HOUR);
  await done(site, 'after-1-hour');
  await runs.ended(await runs.rollback(site));
  expect(states(await handleOf(site).result())).toEqual({ 'after-1-hour': 'done', 'after-24-hours': 'dropped', 'after-1-week': 'dropped' });
  const back = await temporal.now();
  const after = '/rolled-back';
  expect(states(await handleOf(site, after).query(tasksQuery))).toEqual({ 'after-rollback': 'waiting', 'incident-report': 'waiting', 'post-mortem': 'waiting' });
  for (const [task, hours] of [['after-rollback', 1], ['incident-report', 24], ['post-mortem', 48]] as const) {
    await temporal.until(back + hours * HOUR + 60_000);
    await site.changes.until(() => told(site).at(-1) === task);
    await done(site, task, after);
  }
  await handleOf(site, after).result();
});

test('a deployment that takes itself back has the tasks of a rollback; one that changed nothing has none', async () => {
  const site = new Site('failing');
  site.policy = { ...site.policy, followUps: TASKS };
  site.fail('preparePlan', 1);
  await runs.ended(await runs.deploy(site, { deployment: 'd-first' }));
  await expect(plain.workflow.getHandle('failing/production/follow-up/d-first').describe()).rejects.toThrow(/not found/i);
  site.fail('forward 08-switch-release@web-1');
  expect((await runs.ended(await runs.deploy(site))).outcome).toBe('rolled-back');
  await expect(handleOf(site).describe()).rejects.toThrow(/not found/i);
  expect(states(await handleOf(site, '/rolled-back').query(tasksQuery))).toHaveProperty('post-mortem', 'waiting');
});

test.each([
  [{ task: 'after-1-hour', by: '' }, /say who has done it/],
  [{ task: 'nonsense', by: 'ada' }, /nonsense is not a task here; open: after-1-hour, after-24-hours, after-1-week/],
  [undefined, /say which task is done/],
])('%j is not taken for done, and the sentence says why', async (answer, why) => {
  const { site } = await deployed(`refused-${String(why).length}`);
  const failed = handleOf(site).executeUpdate(doneUpdate, { args: [answer as never] });
  await expect(failed).rejects.toMatchObject({ cause: { message: expect.stringMatching(why) as string } });
  expect(Object.values(states(await handleOf(site).query(tasksQuery)))).toEqual(['waiting', 'waiting', 'waiting']);
});

test('twice done is told to whoever comes second, with the name of the first', async () => {
  const { site } = await deployed('twice');
  await done(site, 'after-1-hour');
  await expect(done(site, 'after-1-hour')).rejects.toMatchObject({ cause: { message: 'after-1-hour is done already, by ada@example.org; open: after-24-hours, after-1-week' } });
});
