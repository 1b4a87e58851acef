// What people have to do after a deployment or a rollback: that it begins with them, and what it says to those who do it.
import { describe, expect, test } from 'vitest';
import { RUNBOOK } from '../../src/config/follow-ups';
import { seconds } from '../../src/config/units';
import type { FollowUpItem } from '../../src/events/follow-ups';
import { followUpsOf } from '../../src/events/follow-ups';
import { besideOf } from '../../src/temporal/names';
import type { followUp } from '../../src/workflows';
import { rollbackSignal } from '../../src/workflows/messages';
import { doneUpdate, tasksQuery } from '../../src/workflows/follow-up';
import { PEOPLE } from './support/people';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

const WAITING = { 'after-1-hour': 'waiting', 'after-24-hours': 'waiting', 'after-1-week': 'waiting' };
const BACK = { 'after-rollback': 'waiting', 'incident-report': 'waiting', 'post-mortem': 'waiting' };

function siteOf(app: string): Site {
  const site = new Site(app);
  site.mayStay.add('07-migrate');
  site.policy = { ...site.policy, followUps: RUNBOOK.map(({ name, after, what, on }) => ({ name, what, on, after: seconds(after), remind: 3600 })) };
  return site;
}

async function deployed(app: string): Promise<Site> {
  const site = siteOf(app);
  expect((await temporal.runs.ended(await temporal.runs.deploy(site))).outcome).toBe('deployed');
  return site;
}

const handleOf = ({ app }: Site, of = `d-${app}`) => temporal.client.workflow.getHandle<typeof followUp>(besideOf({ app, environment: 'production' }).followUp(of));
const done = (site: Site, task: string) => handleOf(site).executeUpdate(doneUpdate, { args: [{ task, by: 'ada@example.org', note: 'looked well' }] });
const states = (items: readonly FollowUpItem[]) => Object.fromEntries(items.map(({ name, state }) => [name, state]));

describe.concurrent('what is left to people', () => {
  test('begins with the end of a deployment, outlives its run, and is found again with what is to be done; who has done it, and with what note, is on record [DR-04]', async () => {
    const site = await deployed('left');
    expect(states(await handleOf(site).query(tasksQuery))).toEqual(WAITING);
    await done(site, 'after-1-hour');
    const [found] = await followUpsOf(temporal.client, { app: 'left', environment: 'production' });
    expect(found).toMatchObject({ deployment: 'd-left', release: 'v2', after: 'deployed', open: true });
    expect(found?.tasks[0]).toMatchObject({ name: 'after-1-hour', state: 'done', by: 'ada@example.org', note: 'looked well', points: RUNBOOK[0]?.what });
  });

  test('is dropped by a rollback, which has tasks of its own: the incident report and the post-mortem [IR-02, IR-03]', async () => {
    const site = await deployed('taken-back');
    await done(site, 'after-1-hour');
    await temporal.runs.ended(await temporal.runs.rollback(site));
    expect(states(await handleOf(site).result())).toEqual({ 'after-1-hour': 'done', 'after-24-hours': 'dropped', 'after-1-week': 'dropped' });
    expect(states(await handleOf(site, 'd-taken-back/rolled-back').query(tasksQuery))).toEqual(BACK);
  });

  test('is that of a rollback also where somebody asks for the way back in the last moment of a deployment', async () => {
    const site = siteOf('last-moment');
    const closing = site.hold('closeClaims');
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => site.calls.includes('closeClaims'));
    await handle.signal(rollbackSignal);
    closing.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('rolled-back');
    expect(new Set(Object.values(states(await handleOf(site).result())))).toEqual(new Set(['dropped']));
    expect(states(await handleOf(site, 'd-last-moment/rolled-back').query(tasksQuery))).toEqual(BACK);
  });

  test('has the post-mortem in it, whose time stands in the message that the rollback is complete [IR-03]', async () => {
    const site = siteOf('announced');
    site.policy = { ...site.policy, messages: PEOPLE };
    site.fail('forward 08-switch-release@web-1');
    await temporal.runs.ended(await temporal.runs.deploy(site));
    const told = site.told.flatMap((telling) => (telling.moment === 'rollback-complete' ? [telling] : []));
    const due = (await handleOf(site, 'd-announced/rolled-back').query(tasksQuery)).find(({ name }) => name === 'post-mortem')?.due ?? '';
    expect(told).toHaveLength(1);
    expect(Date.parse(told[0]?.postMortem ?? '') - Date.parse(told[0]?.at ?? '')).toBe(2 * 86_400_000);
    expect(Math.abs(Date.parse(due) - Date.parse(told[0]?.postMortem ?? ''))).toBeLessThan(60_000);
  });

  test('is that of a rollback where a deployment takes itself back, and nothing where nothing was changed', async () => {
    const site = siteOf('failing');
    site.fail('preparePlan', 1);
    await temporal.runs.ended(await temporal.runs.deploy(site, { deployment: 'd-first' }));
    for (const of of ['d-first', 'd-first/rolled-back']) await expect(handleOf(site, of).describe()).rejects.toThrow(/not found/i);
    site.fail('forward 08-switch-release@web-1');
    expect((await temporal.runs.ended(await temporal.runs.deploy(site))).outcome).toBe('rolled-back');
    await expect(handleOf(site).describe()).rejects.toThrow(/not found/i);
    expect(states(await handleOf(site, 'd-failing/rolled-back').query(tasksQuery))).toEqual(BACK);
  });

  test.each([
    [{ task: 'after-1-hour', by: '' }, 'say who has done it (by)'],
    [{ task: 'nonsense', by: 'ada' }, 'nonsense is not a task here; open: after-1-hour, after-24-hours, after-1-week'],
    [undefined, 'say which task is done; open: after-1-hour, after-24-hours, after-1-week'],
  ])('is not taken for done by %j, and the sentence says why', async (answer, why) => {
    const site = await deployed(`refused-${why.length}`);
    await expect(handleOf(site).executeUpdate(doneUpdate, { args: [answer as never] })).rejects.toMatchObject({ cause: { message: why } });
    expect(states(await handleOf(site).query(tasksQuery))).toEqual(WAITING);
  });

  test('is done once: whoever comes second is told who was first', async () => {
    const site = await deployed('twice');
    await done(site, 'after-1-hour');
    await expect(done(site, 'after-1-hour')).rejects.toMatchObject({ cause: { message: 'after-1-hour is done already, by ada@example.org; open: after-24-hours, after-1-week' } });
  });
});
