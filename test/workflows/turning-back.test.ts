// Cancel, rollback signal and deadline, at every step: the hosts come back, and the run says why.
import { describe, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { rollbackSignal } from '../../src/workflows/messages';
import { expectBack, expectOnce } from './support/expect';
import { STEPS } from './support/plan';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

/** One task of every step that has a way forward. */
const tasks = STEPS.flatMap(({ id, tasks: on, outside }) => {
  const host = Object.keys(on).find((each) => on[each]?.run ?? (each === 'worker' && outside?.run));
  return host ? [`${id}@${host}`] : [];
});
const before = ['claimHosts', 'preparePlan', 'storePlan'] as const;
/** What people send, and what then stands in the sentence. */
const payloads: [string, unknown[], string][] = [
  ['a full payload', [{ deployment: 'its own', by: 'ops@example.org', reason: 'looks wrong' }], 'rollback asked for by ops@example.org: looks wrong'],
  ['no payload', [], 'rollback asked for by somebody through Temporal'],
  ['null', [null], 'rollback asked for by somebody through Temporal'],
  ['a bare text', ['looks wrong'], 'rollback asked for by somebody through Temporal: looks wrong'],
  ['an empty object', [{}], 'rollback asked for by somebody through Temporal'],
  ['fields of the wrong type', [{ by: 7, reason: ['x'], deployment: false }], 'rollback asked for by somebody through Temporal'],
];

async function untilRunning(site: Site, task: string) {
  // Once users may have been let in, the additive schema stays.
  const ahead = task >= '11' ? ['07-migrate@web-1'] : [];
  if (ahead.length > 0) site.mayStay.add('07-migrate');
  const gate = site.hold(`forward ${task}`);
  const handle = await temporal.runs.deploy(site);
  await site.happened(`forward ${task} began`);
  return { gate, handle, ahead };
}

async function send(handle: WorkflowHandle, site: Site, args: unknown[]): Promise<void> {
  const own = args.map((arg) => (JSON.stringify(arg)?.includes('its own') ? { ...(arg as object), deployment: `d-${site.app}` } : arg));
  await handle.signal(rollbackSignal, ...(own as []));
}

describe.concurrent('a cancel', () => {
  test.for(tasks)('while %s runs takes the hosts back, and the run ends cancelled [F13]', async (task) => {
    const site = new Site(`cancel-${task.replace('@', '-')}`);
    const { gate, handle, ahead } = await untilRunning(site, task);
    await handle.cancel();
    gate.open();
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended, { ahead });
    expect(ended).toMatchObject({ status: 'CANCELLED', memo: { cause: 'cancel', sentence: `the run was cancelled. web-1, web-2 back on v1${ahead.length > 0 ? '; the additive schema stays' : ', as before'}` } });
  });

  test.for(before)('during %s changes nothing and leaves no claim [F13]', async (activity) => {
    const site = new Site(`cancel-${activity}`);
    site.hold(activity);
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => site.calls.includes(activity));
    await handle.cancel();
    const ended = await temporal.runs.ended(handle);
    expect(ended).toMatchObject({ status: 'CANCELLED', outcome: 'unchanged', memo: { cause: 'cancel', sentence: 'the run was cancelled, before anything was changed' } });
    expect([site.journal, site.openClaims(), site.calls.at(-1)]).toEqual([[], [], 'closeClaims']);
  });

  test.for(['claimHosts', 'storePlan'] as const)('while %s cannot be called off any more changes nothing either, once that is over: claims are closed only then [F13]', async (activity) => {
    const site = new Site(`cancel-deaf-${activity}`);
    site.deaf.add(activity);
    const held = site.hold(activity);
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => site.calls.includes(activity));
    await handle.cancel();
    for (let heard = false; !heard; ) heard = ((await handle.fetchHistory()).events ?? []).some((event) => event.activityTaskCancelRequestedEventAttributes);
    held.open();
    const ended = await temporal.runs.ended(handle);
    expect(ended).toMatchObject({ status: 'CANCELLED', outcome: 'unchanged', memo: { sentence: 'the run was cancelled, before anything was changed' } });
    expect([site.journal, site.openClaims()]).toEqual([[], []]);
    const cancelled = ended.events.findIndex((event) => event.activityTaskCancelRequestedEventAttributes);
    const over = ended.events.findIndex((event, at) => at > cancelled && (event.activityTaskCompletedEventAttributes ?? event.activityTaskCanceledEventAttributes));
    expect(ended.events.findIndex((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'closeClaims')).toBeGreaterThan(over);
  });

  test('twice in the way back skips no undo [F13]', async () => {
    const site = new Site('cancel-twice');
    const { gate, handle } = await untilRunning(site, '09-start-the-app@web-1');
    const slow = site.hold('undo 06-stop-the-app@web-1');
    await handle.cancel();
    gate.open();
    await site.happened('undo 06-stop-the-app@web-1 began');
    await handle.cancel();
    await handle.cancel();
    slow.open();
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended);
    expect(ended.status).toBe('CANCELLED');
  });

  test('or a signal in a way back that a failure began changes nothing: the first reason counts', async () => {
    const site = new Site('cancel-too-late');
    site.fail('forward 08-switch-release@web-1');
    const slow = site.hold('undo 06-stop-the-app@web-1');
    const handle = await temporal.runs.deploy(site);
    await site.happened('undo 06-stop-the-app@web-1 began');
    await handle.signal(rollbackSignal, { by: 'ops@example.org' });
    await handle.cancel();
    slow.open();
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended);
    expect(ended).toMatchObject({ status: 'FAILED', failure: { type: 'RolledBack' }, memo: { cause: 'failure' } });
  });

  test('while an undo waits for a person leaves it waiting', async () => {
    const site = new Site('cancel-blocked');
    site.fail('forward 08-switch-release@web-1');
    site.fail('undo 06-stop-the-app@web-1', 1);
    const handle = await temporal.runs.deploy(site);
    const blocked = await site.question('06-stop-the-app@web-1');
    await handle.cancel();
    expect(await temporal.runs.state(handle)).toBe('blocked');
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle), { waited: 'web-1' });
  });
});

describe.concurrent('the signal rollback', () => {
  test.for(tasks.map((task, n) => [task, ...(payloads[n % payloads.length] ?? payloads[0]!)] as const))('while %s runs, with %s, takes the hosts back, and says who asked and why [RT-03, RT-06, CH-09]', async ([task, , args, sentence]) => {
    const site = new Site(`signal-${task.replace('@', '-')}`);
    const { gate, handle, ahead } = await untilRunning(site, task);
    await send(handle, site, args);
    gate.open();
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended, { ahead });
    expect(ended).toMatchObject({ status: 'FAILED', failure: { type: 'RolledBack' }, memo: { cause: 'signal' } });
    expect(ended.failure?.message).toBe(`${sentence}. web-1, web-2 back on v1${ahead.length > 0 ? '; the additive schema stays' : ', as before'}`);
  });

  test.for(before)('during %s ends the run before anything is changed, with the claims closed', async (activity) => {
    const site = new Site(`signal-${activity}`);
    site.hold(activity);
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => site.calls.includes(activity));
    await handle.signal(rollbackSignal);
    const ended = await temporal.runs.ended(handle);
    expect(ended).toMatchObject({ status: 'FAILED', outcome: 'unchanged', failure: { type: 'Withdrawn' }, memo: { outcome: 'unchanged', cause: 'signal' } });
    expect(ended.failure?.message).toBe('rollback asked for by somebody through Temporal, before anything was changed');
    expect([site.journal, site.openClaims(), site.calls.at(-1)]).toEqual([[], [], 'closeClaims']);
  });

  test('meant for another deployment is ignored', async () => {
    const site = new Site('signal-other');
    const { gate, handle } = await untilRunning(site, '06-stop-the-app@web-1');
    await handle.signal(rollbackSignal, { deployment: 'd-another', by: 'ops@example.org' });
    gate.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('deployed');
  });

  test.for(['signal', 'cancel'] as const)('or a cancel (%s) that arrives while the finished deployment is being entered still takes it back [RT-03]', async (way) => {
    const site = new Site(`late-${way}`);
    site.mayStay.add('07-migrate');
    const closing = site.hold('closeClaims');
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => site.calls.includes('closeClaims'));
    await (way === 'signal' ? handle.signal(rollbackSignal) : handle.cancel());
    closing.open();
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended, { ahead: ['07-migrate@web-1'] });
    expect(ended.status).toBe(way === 'signal' ? 'FAILED' : 'CANCELLED');
    // Entered as live, and taken out again.
    expect(site.head).toBeUndefined();
  });

  test('that arrives then, but with the hosts claimed by somebody else meanwhile, leaves the release live and says so', async () => {
    const site = new Site('late-refused');
    const closing = site.hold('closeClaims');
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => site.calls.includes('closeClaims'));
    await handle.signal(rollbackSignal);
    site.fail('claimHosts', 1, 'd-another holds this environment on web-1');
    closing.open();
    const ended = await temporal.runs.ended(handle);
    expect(ended).toMatchObject({ status: 'FAILED', outcome: 'deployed', failure: { type: 'Refused' }, memo: { cause: 'signal' } });
    expect(ended.failure?.message).toContain('v2 is live on web-1, web-2 and verified. rollback asked for by somebody through Temporal, but that came too late');
    expect(ended.failure?.message).toContain('d-another holds this environment');
  });
});

describe.concurrent('the deadline', () => {
  test('turns the deployment back, and says so', async () => {
    const site = new Site('deadline', { limits: { deadline: 0.5 } });
    const { gate, handle } = await untilRunning(site, '02-build-release@web-1');
    await site.happened('undo 02-build-release@web-2 ended');
    gate.open();
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended);
    expect(ended).toMatchObject({ failure: { type: 'RolledBack', message: 'the deadline of 0.5 s has passed. web-1, web-2 back on v1, as before' }, memo: { cause: 'deadline' } });
  });

  test.for(['forward', 'back'] as const)('is stopped with the end of the way %s: nothing is left that could fire', async (way) => {
    const site = new Site(`deadline-${way}`);
    if (way === 'back') site.fail('forward 03-back-up-database@web-1');
    const slow = site.hold('undo 02-build-release@web-1');
    const handle = await temporal.runs.deploy(site);
    if (way === 'back') {
      await site.happened('undo 02-build-release@web-1 began');
      const { events } = await handle.fetchHistory();
      expect(events?.filter((event) => event.timerCanceledEventAttributes)).toHaveLength(1);
    }
    slow.open();
    const ended = await temporal.runs.ended(handle);
    expect(ended.events.filter((event) => event.timerStartedEventAttributes)).toHaveLength(1);
    expect(ended.events.filter((event) => event.timerCanceledEventAttributes)).toHaveLength(1);
    expect(ended.events.filter((event) => event.timerFiredEventAttributes)).toEqual([]);
    expectOnce(site);
  });
});
