// Workers come and go, attempts are lost or late: the run goes on, and no program runs twice.
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { rollbackSignal } from '../../src/workflows/messages';
import { expectBack, expectOnce } from './support/expect';
import type { Ended } from './support/runs';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

type Event = Ended['events'][number];

const begins = (event: Event) => event.activityTaskScheduledEventAttributes;
const ends = (event: Event) => event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes ?? event.activityTaskCanceledEventAttributes;

describe.concurrent('a worker that goes away', () => {
  test.for(['forward 06-stop-the-app@web-1', 'undo 06-stop-the-app@web-1', 'undo 01-site-answers@worker'])('while %s runs is followed by another, which adopts it [F04, F52]', async (what) => {
    const name = what.replaceAll(/[ @]/g, '-');
    const site = new Site(name);
    if (what.startsWith('undo')) site.fail('forward 09-start-the-app@web-2');
    const slow = site.hold(what);
    const stop = await temporal.work({ taskQueue: name });
    const handle = await temporal.runs.deploy(site, {}, { taskQueue: name });
    await site.happened(`${what} began`);
    await stop(); // without grace: the attempt is given up, its program goes on
    const stopNext = await temporal.work({ taskQueue: name });
    slow.open();
    const ended = await temporal.runs.ended(handle);
    if (what.startsWith('undo')) expectBack(site, ended);
    else expect(ended.outcome).toBe('deployed');
    expectOnce(site);
    await stopNext();
    await Worker.runReplayHistory({ workflowBundle: temporal.bundle }, await handle.fetchHistory(), handle.workflowId);
  });

  test('while the plan is stored is noticed by its silence, and another stores it [F04]', async () => {
    const site = new Site('silent-storing');
    // Deaf ones give no sign of life.
    site.deaf.add('storePlan');
    const storing = site.hold('storePlan');
    const handle = await temporal.runs.deploy(site);
    await site.changes.until(() => site.calls.filter((call) => call === 'storePlan').length === 2);
    storing.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('deployed');
  });

  test('while an undo waits for a person loses neither the question nor the answer', async () => {
    const site = new Site('asked-before');
    site.fail('forward 08-switch-release@web-1');
    site.fail('undo 06-stop-the-app@web-1', 1);
    const stop = await temporal.work({ taskQueue: 'asked-before' });
    const handle = await temporal.runs.deploy(site, {}, { taskQueue: 'asked-before' });
    const blocked = await site.question('06-stop-the-app@web-1');
    await site.changes.until(() => site.calls.includes('askAPerson'));
    await stop();
    const stopNext = await temporal.work({ taskQueue: 'asked-before' });
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle), { waited: 'web-1' });
    await stopNext();
  });
});

describe.concurrent('settling', () => {
  test('a forward attempt that arrives after its undo is refused by the host, and the run has long ended as if it never were [F05]', async ({ onTestFinished }) => {
    // Longer than the way back takes: a run that did not wait for the attempt would be over before it is given up.
    const site = new Site('late', { limits: { heartbeat: 15 } });
    const late = site.delay('forward 06-stop-the-app@web-1');
    onTestFinished(() => late.open());
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 06-stop-the-app@web-2 ended');
    await site.changes.until(() => site.onTheWay.size === 1);
    await handle.signal(rollbackSignal);
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended);
    // Nobody knows of an attempt whose run is over.
    expect(ended.events.filter(begins)).toHaveLength(ended.events.filter(ends).length);
    expect(site.journal).toContain('undo 06-stop-the-app@web-1 never');
    late.open();
    await site.happened('forward 06-stop-the-app@web-1 refused');
    expect(site.left()).toEqual([]);
  });

  test('a forward attempt that ends while its undo waits for that end changes nothing: first finished, then undone', async () => {
    const site = new Site('late-end');
    const slow = site.hold('forward 08-switch-release@web-1');
    const deaf = site.hold('undo 09-start-the-app@web-1');
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 08-switch-release@web-1 began');
    await handle.signal(rollbackSignal);
    await site.happened('undo 08-switch-release@web-2 ended');
    slow.open();
    deaf.open();
    expectBack(site, await temporal.runs.ended(handle));
    expect(site.journal.some((line) => line.includes('09-start-the-app'))).toBe(false);
  });

  test('an attempt that gives no sign of life is made again, and when it arrives after all the program has run once [F07]', async () => {
    const site = new Site('lost', { limits: { heartbeat: 1 } });
    const late = site.delay('forward 06-stop-the-app@web-1');
    const slow = site.hold('forward 06-stop-the-app@web-1');
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 06-stop-the-app@web-1 began'); // by the second attempt
    late.open();
    slow.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('deployed');
    expectOnce(site);
  });

  test('a forward attempt that no worker had picked up is undone as one that never was', async () => {
    const site = new Site('unpicked');
    const stop = await temporal.work({ taskQueue: 'unpicked', maxConcurrentActivityTaskExecutions: 1 });
    // Whichever comes first takes the only slot, until its undo stops it.
    site.hold('forward 02-build-release@web-1');
    site.hold('forward 02-build-release@web-2');
    const handle = await temporal.runs.deploy(site, {}, { taskQueue: 'unpicked' });
    await site.changes.until(() => site.journal.some((line) => /^forward 02-build-release@web-. began$/.test(line)));
    await handle.signal(rollbackSignal);
    expectBack(site, await temporal.runs.ended(handle));
    expect(site.journal.filter((line) => /^forward 02.* began$/.test(line))).toHaveLength(1);
    expect(site.journal.filter((line) => /^undo 02.* never$/.test(line))).toHaveLength(1);
    await stop();
  });
});
