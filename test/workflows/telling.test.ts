// What people are told of a run, when, and what that may cost the run: nothing.
import { describe, expect, test } from 'vitest';
import type { PeoplePolicy } from '../../src/activities/contract';
import type { Asking, Telling } from '../../src/messages/moments';
import { acknowledgeUpdate, rollbackSignal } from '../../src/workflows/messages';
import { PEOPLE } from './support/people';
import { STEPS } from './support/plan';
import { REASON } from './support/runs';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

const FORWARD = ['test-alert', 'start', ...['backup', 'close', 'stop', 'migrate', 'switch', 'start', 'check', 'open'].map(() => 'progress')];
const STOP = '06-stop-the-app';

function told(name: string, people: Partial<PeoplePolicy> = {}, options = {}): Site {
  const site = new Site(name, options);
  site.policy = { ...site.policy, messages: { ...PEOPLE, ...people } };
  return site;
}

const moments = (site: Site): string[] => site.told.map(({ moment }) => moment);
const all = <M extends Telling['moment']>(site: Site, moment: M) => site.told.filter((telling): telling is Extract<Telling, { moment: M }> => telling.moment === moment);

describe.concurrent('of a deployment that goes well', () => {
  test('people are told in order: a test alert and the start before anything changes, each phase, the end with its time [NT-07, NT-08, NT-10, NT-11, MN-29, MN-30, WN-07, WN-08]', async () => {
    const site = told('forward');
    expect((await temporal.runs.ended(await temporal.runs.deploy(site))).outcome).toBe('deployed');
    expect(moments(site)).toEqual([...FORWARD, 'done']);
    expect(all(site, 'start')).toMatchObject([{ duration: { least: 1800, most: 2700 }, downtime: { least: 300, most: 600 } }]);
    expect(all(site, 'test-alert')[0]?.confirm).toBe("sternway ack --reason 'the test alert has arrived' --environment production");
    // Ten steps have a way forward; the last phase begins when all but its two are done.
    expect(all(site, 'progress').map(({ done, total }) => [done, total]).at(-1)).toEqual([9, 11]);
    expect(all(site, 'done')[0]?.seconds).toBeGreaterThan(0);
  });

  test('no downtime is announced where no maintenance page is served', async () => {
    const site = told('no-page', {}, { steps: STEPS.filter(({ phase }) => phase !== 'close') });
    await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(all(site, 'start')).toMatchObject([{ downtime: null }]);
  });

  test('one that takes longer than people were told is told to be delayed, with the step that it is at [NT-09]', async () => {
    const site = told('late', { duration: { least: 0.1, most: 0.2 } });
    const slow = site.hold(`forward ${STOP}@web-1`);
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => moments(site).includes('delay'));
    slow.open();
    await temporal.runs.ended(handle);
    expect(all(site, 'delay')).toMatchObject([{ reason: expect.stringMatching(/^it still goes on after 0.2 s, at: [a-z ]+$/) as string, expected: null }]);
  });

  test('nobody is told anything of one that is refused before it changes anything, nor where there is no section messages', async () => {
    const [refused, silent] = [told('refused'), new Site('silent')];
    refused.fail('preparePlan');
    await temporal.runs.ended(await temporal.runs.deploy(refused));
    const { events } = await temporal.runs.ended(await temporal.runs.deploy(silent));
    expect([refused.told, silent.told]).toEqual([[], []]);
    expect(events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [])).not.toContain('tell');
  });
});

describe.concurrent('of a way back', () => {
  test('people are told at once, with the reason, who decided, the time it will take, and updates until it is over [NT-14, NT-15, NT-16, NT-17, NT-18, NT-20, NT-21, NT-22, NT-23]', async () => {
    const site = told('back', { every: 0.1 });
    site.fail('forward 08-switch-release@web-1', 1, 'exit code 7');
    const slow = site.hold(`undo ${STOP}@web-1`);
    const updates = () => all(site, 'rollback-update').filter(({ step }) => step === 'undo: stop the app');
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => updates().length >= 3);
    slow.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('rolled-back');
    const [start] = all(site, 'rollback-start');
    expect(start).toMatchObject({ reason: 'switch release on web-1: exit code 7', by: 'Sternway, by its plan', estimate: 0, every: 0.1 });
    expect(moments(site).slice(-1)).toEqual(['rollback-complete']);
    expect(moments(site).indexOf('rollback-start')).toBeLessThan(moments(site).indexOf('rollback-update'));
    const [update] = updates();
    expect(update).toMatchObject({ known: [], remaining: null });
    // Back: the switch, and the schema, which stays as it is. To come: the app, its page, the backup, the release, and two looks.
    expect(updates().at(-1)).toMatchObject({ done: 2, total: 8 });
    expect(all(site, 'rollback-complete')).toMatchObject([{ previous: 'v1', reason: 'switch release on web-1: exit code 7', verified: true, left: [], report: null, postMortem: null }]);
    expect(moments(site)).not.toContain('done');
  });

  test('a rollback later has the estimate of its head, the name of who asked, and messages of its own [NT-16, NT-17]', async () => {
    const site = told('later');
    await temporal.runs.ended(await temporal.runs.deploy(site));
    site.head = site.head && { ...site.head, estimate: 41 };
    const before = site.told.length;
    await temporal.runs.ended(await temporal.runs.rollback(site));
    expect(moments(site).slice(before)).toEqual(['rollback-start', 'rollback-complete']);
    expect(all(site, 'rollback-start')).toMatchObject([{ estimate: 41, by: REASON.by, reason: expect.stringContaining('looks wrong') as string }]);
  });

  test('what a person left undone is not called complete, and what a person vouches for is not called verified [NT-22]', async () => {
    const [skipped, vouched] = [told('skipped'), told('vouched')];
    skipped.fail('undo 04-serve-maintenance-page@web-1');
    vouched.fail('undo 05-old-release-answers@web-1');
    const outcomes = await Promise.all(([[skipped, '04-serve-maintenance-page@web-1', 'skip'], [vouched, '05-old-release-answers@web-1', 'resolved']] as const).map(async ([site, task, answer]) => {
      site.fail('forward 08-switch-release@web-1');
      const handle = await temporal.runs.deploy(site);
      await temporal.runs.decide(handle, await site.question(task), answer);
      return (await temporal.runs.ended(handle)).outcome;
    }));
    expect(outcomes).toEqual(['incomplete', 'rolled-back']);
    expect(all(skipped, 'rollback-complete')).toMatchObject([{ left: ['serve maintenance page@web-1'], verified: false }]);
    expect(all(vouched, 'rollback-complete')).toMatchObject([{ left: [], verified: false }]);
  });

  test('a question to people is told with the commands that answer it, each wait once [NT-19]', async () => {
    const site = told('asked');
    site.fail('forward 08-switch-release@web-1');
    site.fail(`undo ${STOP}@web-1`, 2, 'no way back');
    const handle = await temporal.runs.deploy(site);
    for (const times of [1, 2]) await temporal.runs.decide(handle, await site.question(`${STOP}@web-1`, times), 'retry');
    await temporal.runs.ended(handle);
    const asked = site.told.filter((telling): telling is Asking => telling.moment === 'blocked');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatchObject({ host: 'web-1', title: 'stop the app', sentence: expect.stringContaining('no way back') as string });
    expect(asked[0]?.answers.map(({ command }) => command)).toContain(`sternway decide ${STOP}@web-1 retry --reason WHY --environment production`);
    expect(asked[0]?.at).not.toBe(asked[1]?.at);
  });

  test('a schema that holds is told as such: all is safe', async () => {
    const site = told('holds', {}, { schema: 'irreversible' });
    site.fail('forward 12-site-is-new@worker');
    const handle = await temporal.runs.deploy(site);
    await temporal.runs.decide(handle, await site.question('07-migrate@web-1'), 'retry');
    await temporal.runs.ended(handle);
    expect(moments(site).filter((moment) => ['hold', 'blocked'].includes(moment))).toEqual(['hold']);
  });
});

describe.concurrent('telling', () => {
  test('is never waited for by a step, and of standings that pile up only the newest is sent', async () => {
    const site = told('slow-mail');
    const mail = site.hold('tell');
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 12-site-is-new@worker ended');
    expect(site.told).toEqual([]);
    mail.open();
    await temporal.runs.ended(handle);
    expect(moments(site)).toEqual(['test-alert', 'start', 'progress', 'done']);
    expect(all(site, 'progress')).toMatchObject([{ done: 9 }]);
  });

  test('of a phase is not lost when the steps under way are let go', async () => {
    const site = told('let-go');
    const mail = site.hold('tell');
    site.fail('forward 08-switch-release@web-1');
    const handle = await temporal.runs.deploy(site);
    await site.happened(`undo ${STOP}@web-1 began`);
    mail.open();
    await temporal.runs.ended(handle);
    expect(moments(site)).toEqual(['test-alert', 'start', 'progress', 'rollback-start', 'rollback-complete']);
  });

  test('that fails every time fails nothing, and stands in the history', async () => {
    const site = told('no-mail');
    site.fail('tell', Infinity, 'no mail server');
    const { outcome, events } = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(outcome).toBe('deployed');
    expect(events.flatMap((event) => event.activityTaskFailedEventAttributes?.failure?.message ?? [])).toContain('no mail server');
  });

  test('goes on when the run is cancelled: the way back and its end are told', async () => {
    const site = told('cancelled');
    const slow = site.hold(`forward ${STOP}@web-1`);
    const handle = await temporal.runs.deploy(site);
    await site.happened(`forward ${STOP}@web-1 began`);
    await handle.cancel();
    slow.open();
    expect((await temporal.runs.ended(handle)).status).toBe('CANCELLED');
    expect(all(site, 'rollback-start')).toMatchObject([{ by: 'whoever cancelled it' }]);
    expect(moments(site).at(-1)).toBe('rollback-complete');
  });

  test('that it is done does not close the door: a rollback asked for meanwhile is carried out, and told', async () => {
    const site = told('late-signal');
    site.policy = { ...site.policy, reports: ['/reports'] };
    const mail = site.hold('storeReport');
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => site.calls.includes('storeReport'));
    await handle.signal(rollbackSignal, REASON);
    await site.changes.until(() => moments(site).includes('rollback-start'));
    mail.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('rolled-back');
    expect(site.left()).toEqual(['07-migrate@web-1']);
    expect(moments(site).filter((moment) => ['done', 'rollback-start', 'rollback-complete'].includes(moment))).toEqual(['done', 'rollback-start', 'rollback-complete']);
    expect(site.stored.at(-1)).toMatchObject({ end: { failure: 'RolledBack', result: { outcome: 'rolled-back' } } });
  });
});

describe.concurrent('escalation', () => {
  const roles = ['on_call', 'operations_lead', 'technical_director'] as const;

  test('asks one role after the other, each once, and says when nobody has answered [NT-25, NT-26, NT-27]', async () => {
    const site = told('nobody', { roles, escalate: 0.1 });
    site.fail('forward 08-switch-release@web-1');
    site.fail(`undo ${STOP}@web-1`, 1, 'no way back');
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => all(site, 'escalation').some(({ role }) => role === null));
    await temporal.runs.decide(handle, await site.question(`${STOP}@web-1`), 'retry');
    await temporal.runs.ended(handle);
    expect(all(site, 'escalation').map(({ role, next }) => [role, next]).slice(0, 4)).toEqual([['on_call', 0.1], ['operations_lead', 0.1], ['technical_director', null], [null, null]]);
    expect(all(site, 'escalation')[0]).toMatchObject({ confirm: 'sternway ack --environment production', about: 'A rollback has begun: switch release on web-1: exit code 1' });
  });

  test('ends as soon as somebody says that they see to it [NT-25, CH-16]', async () => {
    const site = told('answered', { roles });
    site.fail('forward 08-switch-release@web-1');
    const slow = site.hold(`undo ${STOP}@web-1`);
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => moments(site).includes('escalation'));
    expect(await handle.executeUpdate(acknowledgeUpdate, { args: [{ by: 'ada', reason: 'on my way' }] })).toBe('ada sees to it');
    slow.open();
    const { events } = await temporal.runs.ended(handle);
    expect(all(site, 'escalation').map(({ role }) => role)).toEqual(['on_call']);
    // The timer of the next role is taken away at once, and not at the end.
    const timer = events.find((event) => Number(event.timerStartedEventAttributes?.startToFireTimeout?.seconds) === 900)?.timerStartedEventAttributes?.timerId;
    const cancelled = events.findIndex((event) => timer !== undefined && event.timerCanceledEventAttributes?.timerId === timer);
    const accepted = events.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    expect(cancelled - accepted).toBeGreaterThan(0);
    expect(cancelled - accepted).toBeLessThanOrEqual(3);
  });

  test('an answer that names nobody is refused, and nobody is taken off the list for it', async () => {
    const site = told('nameless', { roles });
    site.fail('forward 08-switch-release@web-1');
    const slow = site.hold(`undo ${STOP}@web-1`);
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => moments(site).includes('escalation'));
    await expect(handle.executeUpdate('acknowledge', { args: [{ by: '' }] })).rejects.toThrow();
    slow.open();
    const { events } = await temporal.runs.ended(handle);
    expect(events.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
  });
});

describe.concurrent('the report', () => {
  test('is kept when the run ends, under a name that the message already gives [IR-01, IR-04]', async () => {
    const site = told('kept');
    site.policy = { ...site.policy, reports: ['/reports', 's3://bucket/reports'] };
    site.fail('forward 08-switch-release@web-1');
    await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(site.stored).toMatchObject([{ name: 'kept-production-d-kept', end: { failure: 'RolledBack', result: { outcome: 'rolled-back', cause: 'failure' } } }]);
    expect(all(site, 'rollback-complete')[0]?.report).toBe('/reports/kept-production-d-kept.html');
  });

  test('of a rollback has a name of its own, and one that cannot be kept fails nothing', async () => {
    const site = new Site('unkept');
    site.policy = { ...site.policy, reports: ['/reports'] };
    await temporal.runs.ended(await temporal.runs.deploy(site));
    site.fail('storeReport', Infinity, 'the disk is full');
    const { outcome, events } = await temporal.runs.ended(await temporal.runs.rollback(site));
    expect(outcome).toBe('rolled-back');
    expect(site.stored.map(({ name }) => name)).toEqual(['unkept-production-d-unkept', expect.stringMatching(/^unkept-production-d-unkept-rollback-[0-9a-f]{8}$/)]);
    expect(events.flatMap((event) => event.activityTaskFailedEventAttributes?.failure?.message ?? [])).toEqual(['the disk is full']);
  });
});
