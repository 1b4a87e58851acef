// What deployments and rollbacks do for the bake beside them, on a real server.
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { bake as schema } from '../../src/config/schema/bake';
import { besideOf } from '../../src/temporal/names';
import type { bake } from '../../src/workflows';
import { PEOPLE } from './support/people';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

const settings = schema.parse({ watch: ['1d'], every: '1s', thresholds: [{ name: 'errors', metric: 'errors', accept: '1%', rollback: '10%', for: '0s' }], sources: [{ name: 'errors', prometheus: { url: 'http://127.0.0.1:9090', query: 'x' } }] });
const bakeId = (site: Site): string => besideOf({ app: site.app, environment: 'production' }).bake;
const bakeOf = (site: Site, run?: string): WorkflowHandle<typeof bake> => temporal.client.workflow.getHandle<typeof bake>(bakeId(site), run);

/** A site that is watched: a look every 100 ms, for so many seconds. */
function watched(app: string, seconds = 3600): Site {
  const site = temporal.sites.add(new Site(app));
  site.mayStay.add('07-migrate');
  site.policy = { ...site.policy, bake: { every: 100, watch: [seconds * 1000] } };
  site.bake = settings;
  return site;
}

const deployed = async (site: Site, deployment: string) => temporal.runs.ended(await temporal.runs.deploy(site, { deployment }));
const looked = (site: Site, deployment: string): Promise<void> => site.changes.until(() => site.looks.some((look) => look.deployment === deployment));

describe.concurrent('the bake beside the lock', () => {
  test('has what the figures are before the first change, and begins when users were let in [MN-21, MN-25]', async () => {
    const site = watched('wired', 1);
    const ended = await deployed(site, 'd-1');
    expect(ended).toMatchObject({ status: 'COMPLETED', outcome: 'deployed' });
    const before = site.calls.slice(0, site.calls.indexOf('closeClaims') + 1).filter((call) => ['claimHosts', 'preparePlan', 'storePlan', 'sampleBefore', 'closeClaims'].includes(call));
    expect(before).toEqual(['claimHosts', 'preparePlan', 'storePlan', 'sampleBefore', 'closeClaims']);
    expect(await bakeOf(site).result()).toMatchObject({ outcome: 'healthy', deployment: 'd-1' });
    expect(site.looks[0]).toMatchObject({ deployment: 'd-1', release: 'v2', before: { errors: [{ value: 0 }] } });
    const time = (name: string): number => {
      const event = ended.events.find((each) => each.activityTaskScheduledEventAttributes?.activityType?.name === name);
      return Number(event?.eventTime?.seconds) * 1000 + (event?.eventTime?.nanos ?? 0) / 1e6;
    };
    // Between the opening step and what is asked from outside right after it.
    const begun = Date.parse(site.looks[0]?.begun ?? '');
    expect(begun).toBeGreaterThanOrEqual(time('openTheSite') - 1);
    expect(begun).toBeLessThanOrEqual(time('siteIsNew') + 1);
  });

  test('yields to the next deployment before its first change, which then has its own', async () => {
    const site = watched('next');
    await deployed(site, 'd-1');
    const first = await bakeOf(site).describe();
    const second = await deployed(site, 'd-2');
    expect(second.outcome).toBe('deployed');
    expect(await bakeOf(site, first.runId).result()).toMatchObject({ outcome: 'yielded', deployment: 'd-1', sentence: 'the bake of v2 ended early: v2 is being deployed' });
    const asked = second.events.findIndex((event) => event.externalWorkflowExecutionSignaledEventAttributes);
    const changed = second.events.findIndex((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'buildRelease');
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(changed);
    await looked(site, 'd-2');
    await bakeOf(site).terminate();
  });

  test('that nobody carries on is no obstacle to the next one', async () => {
    const site = watched('deaf');
    const deaf = await temporal.client.workflow.start('bake', { workflowId: bakeId(site), taskQueue: 'nobody-works-here', args: [{}] });
    expect(await deployed(site, 'd-1')).toMatchObject({ outcome: 'deployed', result: { sentence: 'v2 is live on web-1, web-2 and verified' } });
    await looked(site, 'd-1');
    expect((await temporal.client.workflow.getHandle(bakeId(site), deaf.firstExecutionRunId).describe()).status.name).toBe('TERMINATED');
    await bakeOf(site).terminate();
  });

  test('goes on when the next deployment is refused', async () => {
    const site = watched('still');
    await deployed(site, 'd-1');
    site.fail('preparePlan', 1, 'the disk is full');
    expect(await deployed(site, 'd-2')).toMatchObject({ outcome: 'unchanged' });
    expect((await bakeOf(site).describe()).status.name).toBe('RUNNING');
    await bakeOf(site).terminate();
  });

  test('that was about to take its release back, or holds, tells the team when it yields, and goes on when the deployment that it yielded to is taken back [RT-10]', async () => {
    const site = watched('returns');
    site.policy = { ...site.policy, messages: PEOPLE };
    await deployed(site, 'd-1');
    await looked(site, 'd-1');
    const first = await bakeOf(site).describe();
    site.figure = () => 0.05;
    await site.changes.until(() => site.told.some(({ moment }) => moment === 'hold'));
    site.fail('forward 09-start-the-app@web-1', 1, 'exit code 7');
    const second = await deployed(site, 'd-2');
    expect(second).toMatchObject({ outcome: 'rolled-back', result: { sentence: expect.stringMatching(/; v2 is watched again$/) as string } });
    expect(await bakeOf(site, first.runId).result()).toMatchObject({ outcome: 'yielded', deployment: 'd-1' });
    expect(site.told.find((telling) => telling.moment === 'hold' && telling.over !== undefined)).toMatchObject({ over: expect.stringContaining('v2 is being deployed: v2 is neither watched nor taken back meanwhile') as string, sentence: expect.stringContaining('errors: 5%') as string });
    const again = await bakeOf(site).describe();
    expect([again.runId === first.runId, again.status.name, again.memo?.['deployment']]).toEqual([false, 'RUNNING', 'd-1']);
    // Its question is put anew, and it is still what takes the release back.
    await site.changes.until(() => site.told.filter((telling) => telling.moment === 'hold' && telling.over === undefined).length === 2);
    site.figure = () => 0.5;
    expect(await bakeOf(site).result()).toMatchObject({ outcome: 'rolled-back', deployment: 'd-1' });
  });

  test('that yields is let tell people so to the end before the next one begins in its place', async () => {
    const site = watched('told-first');
    site.policy = { ...site.policy, messages: PEOPLE };
    await deployed(site, 'd-1');
    await looked(site, 'd-1');
    const first = await bakeOf(site).describe();
    const telling = site.hold('tell hold');
    site.figure = () => 0.05;
    await site.changes.until(() => site.calls.includes('tell'));
    const next = await temporal.runs.deploy(site, { deployment: 'd-2' });
    // It has tried to begin its own, and found the one before still there.
    for (let tried = false; !tried; ) tried = ((await next.fetchHistory()).events ?? []).some((event) => event.startChildWorkflowExecutionFailedEventAttributes);
    telling.open();
    expect(await temporal.runs.ended(next)).toMatchObject({ outcome: 'deployed' });
    expect(await bakeOf(site, first.runId).result()).toMatchObject({ outcome: 'yielded', deployment: 'd-1' });
    // The next one has its own question soon.
    expect(site.told.flatMap((telling) => (telling.moment === 'hold' ? [telling.over !== undefined] : [])).slice(0, 2)).toEqual([false, true]);
    await looked(site, 'd-2');
    await bakeOf(site).terminate();
  });

  test('that waits for the lock to take its release back loses nothing to the deployment that holds it: the team is told, and it does so after all [RT-10]', async () => {
    const site = watched('due-back');
    site.policy = { ...site.policy, messages: PEOPLE };
    await deployed(site, 'd-1');
    const planning = site.hold('preparePlan');
    const next = await temporal.runs.deploy(site, { deployment: 'd-2' });
    site.figure = () => 0.5;
    for (let asked = false; !asked; ) asked = ((await next.fetchHistory()).events ?? []).some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'rollback');
    site.fail('forward 09-start-the-app@web-1', 1, 'exit code 7');
    planning.open();
    expect(await temporal.runs.ended(next)).toMatchObject({ outcome: 'rolled-back', memo: { deployment: 'd-2' } });
    expect(site.told.find((telling) => telling.moment === 'hold')).toMatchObject({ over: expect.stringContaining('is watched again') as string, sentence: expect.stringContaining('errors: 50%, beyond 10%') as string });
    expect(await bakeOf(site).result()).toMatchObject({ outcome: 'rolled-back', deployment: 'd-1' });
    expect(site.head).toBeUndefined();
  });

  test('ends with a rollback by a person [RT-01]', async () => {
    const site = watched('by-hand');
    await deployed(site, 'd-1');
    expect(await temporal.runs.ended(await temporal.runs.rollback(site))).toMatchObject({ outcome: 'rolled-back', memo: { cause: 'signal' } });
    expect(await bakeOf(site).result()).toMatchObject({ outcome: 'yielded', sentence: 'the bake of v2 ended early: v2 is being rolled back' });
  });

  test('takes its own release back, and not the deployment that is under way; when that is refused it does so after all [RT-10]', async () => {
    const site = watched('held-lock');
    await deployed(site, 'd-1');
    const planning = site.hold('preparePlan');
    const next = await temporal.runs.deploy(site, { deployment: 'd-2' });
    site.figure = () => 0.5;
    // It has asked for the lock, and was heard by the run that holds it.
    for (let asked = false; !asked; ) asked = ((await next.fetchHistory()).events ?? []).some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'rollback');
    expect(site.calls).not.toContain('readHead');
    site.fail('preparePlan', 1, 'the disk is full');
    planning.open();
    expect(await temporal.runs.ended(next)).toMatchObject({ outcome: 'unchanged', memo: { cause: 'failure' } });
    expect(await bakeOf(site).result()).toMatchObject({ outcome: 'rolled-back', deployment: 'd-1' });
    expect(site.head).toBeUndefined();
  });

  test('is not there where the file has none: nothing is read, begun or asked to yield', async () => {
    const site = temporal.sites.add(new Site('plain'));
    const ended = await deployed(site, 'd-1');
    expect(site.calls).not.toContain('sampleBefore');
    expect(ended.events.some((event) => event.startChildWorkflowExecutionInitiatedEventAttributes ?? event.signalExternalWorkflowExecutionInitiatedEventAttributes)).toBe(false);
  });
});
