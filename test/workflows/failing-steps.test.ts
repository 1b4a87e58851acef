// Each step failing, alone, on a real server: what the hosts are then, and in which order they came back.
import { describe, expect, test } from 'vitest';
import type { Step } from '../../src/plan/plan';
import { expectBack, expectBackOrder } from './support/expect';
import { STEPS } from './support/plan';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

/** The last host of every step that has a way forward, but both for one of them. */
const tasks = [
  ...STEPS.flatMap(({ id, tasks: on, outside }) => {
    const host = Object.keys(on).findLast((each) => on[each]?.run ?? (each === 'worker' && outside?.run));
    return host ? [{ id, host }] : [];
  }),
  { id: '08-switch-release', host: 'web-1' },
];

describe.concurrent('a deployment', () => {
  test('that goes well leaves every step done once, the deployment as head, and no claim', async () => {
    const site = new Site('well');
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(ended).toMatchObject({ status: 'COMPLETED', outcome: 'deployed', state: 'closed', failure: null });
    expect(ended.result).toMatchObject({ outcome: 'deployed', cause: null, sentence: 'v2 is live on web-1, web-2 and verified', deployment: 'd-well' });
    expect(site.journal.filter((line) => line.startsWith('forward') && line.endsWith(' ended'))).toHaveLength(18);
    expect(site.journal.filter((line) => line.startsWith('undo'))).toEqual([]);
    expect(site.head?.plan.deployment).toBe('d-well');
    expect(site.openClaims()).toEqual([]);
    expect(ended.description.raw.pendingActivities ?? []).toEqual([]);
  });

  test.for(tasks.map(({ id, host }) => [`${id}@${host}`, id, host] as const))('whose step %s fails takes everything back, in order, and says so in one sentence [OV-01]', async ([, id, host]) => {
    const site = new Site(`failing-${id}-${host}`);
    site.fail(`forward ${id}@${host}`, 1, 'exit code 3: no space left');
    // An additive schema stays once users may have been let in.
    const ahead = id >= '11' ? ['07-migrate@web-1'] : [];
    if (ahead.length > 0) site.mayStay.add('07-migrate');
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expectBack(site, ended, { ahead });
    expect(ended.status).toBe('FAILED');
    const schema = ahead.length > 0 ? '; the additive schema stays' : ', as before';
    const title = id.slice(3).replaceAll('-', ' ');
    const where = host === 'worker' ? 'from outside' : `on ${host}`;
    expect(ended.failure).toEqual({ type: 'RolledBack', message: `${title} ${where}: exit code 3: no space left. web-1, web-2 back on v1${schema}` });
    expect(ended.memo).toMatchObject({ cause: 'failure', sentence: ended.failure?.message });
  });

  test('that is verified stays when what is only cleared away afterwards fails, and says what was left undone', async () => {
    const last: Step = { id: '13-remove-old-releases', title: 'remove old releases', activity: 'removeOldReleases', phase: 'settle', kind: 'change', onTurnBack: 'finish', limit: 30, tasks: { 'web-1': { run: { script: 'run\n' } }, 'web-2': { run: { script: 'run\n' } } } };
    const site = new Site('untidy', { steps: [...STEPS, last] });
    site.fail('forward 13-remove-old-releases@web-2', 1, 'exit code 1: still in use');
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(ended).toMatchObject({ status: 'COMPLETED', outcome: 'deployed' });
    expect(ended.result).toMatchObject({ sentence: 'v2 is live on web-1, web-2 and verified; left undone: remove old releases on web-2: exit code 1: still in use' });
    expect(site.journal.filter((line) => line.startsWith('undo'))).toEqual([]);
    expect(site.openClaims()).toEqual([]);
  });

  test('goes back through a host in the exact reverse order, checks of the way back among it [F52]', async () => {
    const site = new Site('order');
    site.fail('forward 10-new-release-answers@web-1');
    await temporal.runs.ended(await temporal.runs.deploy(site));
    const onOne = site.journal.filter((line) => line.startsWith('undo') && !line.includes('@web-2') && line.endsWith(' ended'));
    expect(onOne).toEqual([
      'undo 09-start-the-app@web-1 ended',
      'undo 08-switch-release@web-1 ended',
      'undo 07-migrate@web-1 ended',
      'undo 06-stop-the-app@web-1 ended',
      'undo 05-old-release-answers@web-1 ended',
      'undo 04-serve-maintenance-page@web-1 ended',
      'undo 03-back-up-database@web-1 ended',
      'undo 02-build-release@web-1 ended',
      'undo 01-site-answers@worker ended',
    ]);
  });

  test('waits on the way forward at each phase for the slowest host', async () => {
    const site = new Site('barrier-forward');
    const slow = site.hold('forward 06-stop-the-app@web-2');
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 06-stop-the-app@web-1 ended');
    await site.happened('forward 06-stop-the-app@web-2 began');
    // The workflow has seen the quick host's end once it answers a query sent after it.
    await handle.query('progress');
    expect(site.journal.some((line) => line.includes('07-migrate'))).toBe(false);
    slow.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('deployed');
  });

  test('holds up no host within a phase because another is slow [F25]', async () => {
    const twice = STEPS.flatMap((step) => (step.id === '02-build-release' ? [step, { ...step, id: '02b-build-more', title: 'build more' }] : [step]));
    const site = new Site('slow-host', { steps: twice });
    const slow = site.hold('forward 02-build-release@web-1');
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 02-build-release@web-1 began');
    await site.happened('forward 02b-build-more@web-2 ended');
    expect(site.journal).not.toContain('forward 02-build-release@web-1 ended');
    slow.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('deployed');
  });

  test('waits on the way back at each phase for the slowest host: no host starts the old code while another runs the new', async () => {
    const site = new Site('barrier-back');
    const slow = site.hold('undo 09-start-the-app@web-2');
    site.fail('forward 10-new-release-answers@web-1');
    const handle = await temporal.runs.deploy(site);
    await site.happened('undo 09-start-the-app@web-1 ended');
    await site.happened('undo 09-start-the-app@web-2 began');
    await handle.query('progress');
    expect(site.journal.some((line) => line.startsWith('undo 08'))).toBe(false);
    slow.open();
    expectBack(site, await temporal.runs.ended(handle));
  });

  test('lets go of the other host when one fails, and settles what runs there: finished or stopped as its step says [F50]', async () => {
    const site = new Site('other-host');
    site.hold('forward 02-build-release@web-2'); // stops: never released
    site.fail('forward 02-build-release@web-1');
    expectBack(site, await temporal.runs.ended(await temporal.runs.deploy(site)));
    expect(site.journal).toContain('forward 02-build-release@web-2 stopped');

    const patient = new Site('other-host-finishes');
    const slow = patient.hold('forward 08-switch-release@web-2');
    patient.fail('forward 08-switch-release@web-1');
    const handle = await temporal.runs.deploy(patient);
    await patient.happened('undo 08-switch-release@web-1 ended');
    slow.open();
    expectBack(patient, await temporal.runs.ended(handle));
    expect(patient.journal.indexOf('forward 08-switch-release@web-2 ended')).toBeLessThan(patient.journal.indexOf('undo 08-switch-release@web-2 began'));
  });
});

describe.concurrent('claims that cannot be closed', () => {
  test('take a finished deployment back: it could not be entered as live', async () => {
    const site = new Site('not-entered');
    site.mayStay.add('07-migrate');
    site.fail('closeClaims', 1, 'web-1: the claim is stale');
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expectBack(site, ended, { ahead: ['07-migrate@web-1'] });
    expect(ended.failure?.message).toContain('v2 is live on web-1, web-2 and verified, but could not be entered as such: web-1: the claim is stale. web-1, web-2 back on v1');
  });

  test('after a way back are named, and the outcome is what the hosts are', async () => {
    const site = new Site('not-closed');
    site.fail('forward 03-back-up-database@web-1');
    site.fail('closeClaims', 1, 'web-1: the claim is stale');
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(ended).toMatchObject({ outcome: 'rolled-back', failure: { type: 'RolledBack' } });
    expect(ended.failure?.message).toContain('web-1, web-2 back on v1, as before; its claims may still be open: web-1: the claim is stale');
    expect(site.left()).toEqual([]);
  });
});

test('the check of the order sees a step that was undone too early', () => {
  const site = new Site('order-check');
  site.journal.push('undo 08-switch-release@web-1 began', 'undo 08-switch-release@web-1 ended', 'undo 09-start-the-app@web-2 began');
  expect(() => expectBackOrder(site)).toThrow();
});
