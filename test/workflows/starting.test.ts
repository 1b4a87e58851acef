// The lock, refusals before anything is changed, and what a bare Temporal client may send.
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { progressQuery } from '../../src/workflows/messages';
import { expectBack } from './support/expect';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

/** As the bare Temporal CLI or UI starts it: whatever was typed. */
async function startBare(type: string, workflowId: string, ...args: unknown[]): Promise<WorkflowHandle> {
  return await temporal.client.workflow.start(type, { workflowId, taskQueue: temporal.taskQueue, args });
}

describe.concurrent('the workflow id is the lock', () => {
  test('of a hundred starts at the same moment one runs, and the others learn which [F15]', async () => {
    const site = new Site('hundred');
    const slow = site.hold('forward 02-build-release@web-1');
    const starts = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => temporal.runs.deploy(site, { deployment: `d-${n}` })));
    const refused = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason as unknown] : []));
    expect(refused).toHaveLength(99);
    for (const error of refused) expect(error).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    const winner = starts.find((start) => start.status === 'fulfilled')?.value;
    await site.happened('forward 02-build-release@web-1 began');
    const progress = await temporal.client.workflow.getHandle(site.id).query(progressQuery);
    expect(progress).toMatchObject({ startedBy: 'dev@example.org', release: 'v2', phase: 'prepare', direction: 'forward', step: 'build release', blocked: [] });
    slow.open();
    expect(winner && (await temporal.runs.ended(winner)).result.deployment).toBe(progress.deployment);
  });

  test('of a deployment and two rollbacks asked for together one run comes, and the hosts are as it says [F16]', async () => {
    const site = new Site('together');
    site.mayStay.add('07-migrate');
    expect((await temporal.runs.ended(await temporal.runs.deploy(site, { deployment: 'd-live' }))).outcome).toBe('deployed');
    const [deployment, ...rollbacks] = await Promise.allSettled([temporal.runs.deploy(site, { deployment: 'd-next' }), temporal.runs.rollback(site), temporal.runs.rollback(site)]);
    const runs = new Set(rollbacks.map((each) => (each.status === 'fulfilled' ? each.value.signaledRunId : 'refused')));
    // Whoever came first is the run; a deployment that came later is refused, a rollback turns back what runs.
    expect(runs.size).toBe(1);
    const [runId = ''] = runs;
    if (deployment.status === 'fulfilled') expect(deployment.value.firstExecutionRunId).toBe(runId);
    else expect(deployment.reason).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    const ended = await temporal.runs.ended(temporal.client.workflow.getHandle(site.id, runId));
    if (deployment.status === 'fulfilled') expect(['unchanged', 'rolled-back']).toContain(ended.outcome);
    else expect([ended.outcome, site.head]).toEqual(['rolled-back', undefined]);
    expect(site.openClaims()).toEqual([]);
  });

  test('of two starts a millisecond apart one is refused; after its end a new one is accepted', async () => {
    const site = new Site('again');
    const slow = site.hold('forward 02-build-release@web-1');
    const first = temporal.runs.deploy(site, { deployment: 'd-1' });
    await new Promise((resolve) => setTimeout(resolve, 1));
    // Both are on their way at once: which of them the server takes first is its own affair.
    const starts = await Promise.allSettled([first, temporal.runs.deploy(site, { deployment: 'd-2' })]);
    expect(starts.flatMap((start) => (start.status === 'rejected' ? [start.reason as unknown] : []))).toEqual([expect.any(WorkflowExecutionAlreadyStartedError)]);
    slow.open();
    const winner = starts.find((start) => start.status === 'fulfilled')?.value;
    expect(winner && (await temporal.runs.ended(winner)).outcome).toBe('deployed');
    expect((await temporal.runs.ended(await temporal.runs.deploy(site, { deployment: 'd-3' }))).result.deployment).toBe('d-3');
  });

  test.for([
    ['deploy', 'app/prod', { app: 'shop', environment: 'production', release: 'v2' }],
    ['rollback', 'shop/staging', { app: 'shop', environment: 'production' }],
  ] as const)('%s under another id is refused before anything is touched', async ([type, id, input]) => {
    const ended = await temporal.runs.ended(await startBare(type, id, input));
    expect(ended.failure).toEqual({ type: 'Refused', message: `the workflow id must be shop/production, for it is the lock of that environment; it is ${id}` });
    expect(ended.events.some((event) => event.activityTaskScheduledEventAttributes)).toBe(false);
  });

  test('a rollback without its app, or with one that would be a path, is refused and says what it lacks', async () => {
    const input = { environment: 'production' };
    const lacking = await temporal.runs.ended(await startBare('rollback', 'undefined/production', input));
    expect(lacking.failure).toMatchObject({ type: 'Refused', message: expect.stringContaining('the input lacks app') as string });
    const climbing = await temporal.runs.ended(await startBare('rollback', '../production', { ...input, app: '..' }));
    expect(climbing.failure).toMatchObject({ type: 'Refused', message: expect.stringContaining('app must begin with a letter or digit') as string });
  });
});

describe.concurrent('a rollback request', () => {
  test('turns back the deployment that runs', async () => {
    const site = new Site('turned');
    const slow = site.hold('forward 06-stop-the-app@web-1');
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 06-stop-the-app@web-1 began');
    const { signaledRunId } = await temporal.runs.rollback(site, { deployment: 'd-turned' });
    expect(signaledRunId).toBe(handle.firstExecutionRunId);
    slow.open();
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended);
    expect(ended.failure?.message).toBe('rollback asked for by ops@example.org: looks wrong. web-1, web-2 back on v1, as before');
  });

  test('starts a rollback where nothing runs any more, and says who asked and why [RT-03, RT-06, CH-09]', async () => {
    const site = new Site('started');
    site.mayStay.add('07-migrate');
    const deployed = await temporal.runs.deploy(site);
    await temporal.runs.ended(deployed);
    const handle = await temporal.runs.rollback(site);
    expect(handle.signaledRunId).not.toBe(deployed.firstExecutionRunId);
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended, { ahead: ['07-migrate@web-1'] });
    expect(ended.status).toBe('COMPLETED');
    expect(ended.result.sentence).toMatch(/taken back by ops@example\.org: looks wrong\./);
  });
});

describe.concurrent('a refusal', () => {
  test('because a breakdown does not pass comes after five attempts, with nothing changed [F03]', async () => {
    const site = new Site('breakdown');
    site.storePlan = () => {
      site.calls.push('storePlan');
      return Promise.reject(new Error('web-1 is out of reach'));
    };
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(ended).toMatchObject({ status: 'FAILED', outcome: 'unchanged', memo: { sentence: expect.stringContaining('web-1 is out of reach') as string } });
    expect(site.calls.filter((call) => call === 'storePlan')).toHaveLength(5);
    expect([site.journal, site.openClaims()]).toEqual([[], []]);
  });

  test('because a host is held by somebody else names him, and closes the claims made so far', async () => {
    const site = new Site('busy');
    site.hosts.get('web-2')?.take('d-somebody');
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(ended).toMatchObject({ status: 'FAILED', outcome: 'unchanged', state: 'closed', failure: { type: 'Busy', message: 'd-somebody holds this environment on web-2' }, memo: { outcome: 'unchanged', cause: 'failure' } });
    expect(site.openClaims()).toEqual(['web-2: d-somebody']);
    expect(site.hosts.get('web-1')?.claim).toMatchObject({ holder: 'd-busy', open: false });
  });

  test('with a take-over ends the other claim', async () => {
    const site = new Site('take-over');
    site.hosts.get('web-2')?.take('d-somebody');
    expect((await temporal.runs.ended(await temporal.runs.deploy(site, { takeOver: true }))).outcome).toBe('deployed');
  });

  test('of hosts that differ from what was left there is no refusal for whoever adopts them, and the outcome names what was taken', async () => {
    const drift = [{ kind: 'vhost' as const, host: 'web-1', path: '/etc/nginx/sites-available/shop', sentence: 'web-1: the vhost was changed by hand' }];
    const site = new Site('adopts', { drift });
    expect(await temporal.runs.ended(await temporal.runs.deploy(site))).toMatchObject({ outcome: 'unchanged', failure: { message: 'web-1: the vhost was changed by hand' } });
    const { outcome, result, memo } = await temporal.runs.ended(await temporal.runs.deploy(site, { adopt: true, deployment: 'd-adopts-2' }));
    expect([outcome, memo.adopted]).toEqual(['deployed', result.adopted]);
    expect(result.adopted).toBe('1 vhost');
  });

  test.for(['preparePlan', 'storePlan'])('from %s changes nothing, gives every reason, and leaves no claim', async (activity) => {
    const site = new Site(`refused-${activity}`);
    const reasons = 'web-1: 212 MB free, 500 needed; web-2: the tag v2 does not exist';
    site.fail(activity, Infinity, reasons);
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(ended).toMatchObject({ status: 'FAILED', outcome: 'unchanged', failure: { type: 'Refused', message: reasons } });
    expect([site.journal, site.openClaims()]).toEqual([[], []]);
  });

  test('says so when its claims could not be closed', async () => {
    const site = new Site('unclosed');
    site.fail('preparePlan');
    site.fail('closeClaims', Infinity, 'web-2 is out of reach');
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(ended.failure).toEqual({ type: 'Refused', message: 'exit code 1; its claims may still be open: web-2 is out of reach' });
  });

  test('can be read on the closed run with no worker there [OV-02]', async () => {
    const site = new Site('unattended');
    const stop = await temporal.work({ taskQueue: 'unattended' });
    site.fail('preparePlan', Infinity, 'web-1: no space left');
    const handle = await temporal.runs.deploy(site, {}, { taskQueue: 'unattended' });
    await handle.result().catch(() => undefined);
    await stop();
    expect(await temporal.runs.ended(handle)).toMatchObject({ outcome: 'unchanged', failure: { message: 'web-1: no space left' }, memo: { sentence: 'web-1: no space left', deployment: 'd-unattended' } });
  });
});

describe.concurrent('what a bare Temporal client sends', () => {
  test('needs three fields; the deployment then is named after its start, and keeps the name over a reset', async () => {
    const site = temporal.sites.add(new Site('bare'));
    const handle = await startBare('deploy', site.id, { app: 'bare', environment: 'production', release: 'v2' });
    const { result, events } = await temporal.runs.ended(handle);
    expect(result.deployment).toMatch(/^20\d{6}-\d{6}-[0-9a-f]{4}$/);
    expect(site.plan.deployment).toBe(result.deployment);

    site.fail('preparePlan', Infinity, 'no more');
    const { runId } = await temporal.client.workflowService.resetWorkflowExecution({
      namespace: 'default', workflowExecution: { workflowId: site.id }, requestId: 'reset', reason: 'test',
      workflowTaskFinishEventId: events.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId ?? null,
    });
    const again = await temporal.runs.ended(temporal.client.workflow.getHandle(site.id, runId));
    expect(again.memo.deployment).toBe(result.deployment);
  });

  test.for([
    ['nothing', [], 'the input lacks app, environment, release: it is {"app":"...","environment":"...","release":"..."}'],
    ['null', [null], 'the input lacks app, environment, release'],
    ['a text', ['v2'], 'the input lacks app, environment, release'],
    ['no release', [{ app: 'x', environment: 'production' }], 'the input lacks release'],
    ['a number', [{ app: 'x', environment: 'production', release: 2 }], 'the input lacks release'],
    ['a path as deployment', [{ app: 'x', environment: 'production', release: 'v2', deployment: '../../etc' }], 'deployment must begin with a letter or digit'],
    ['a path as app', [{ app: 'x/y', environment: 'production', release: 'v2' }], 'app must begin with a letter or digit'],
  ] as [string, unknown[], string][])('is refused with a sentence when it is %s', async ([name, args, sentence]) => {
    const ended = await temporal.runs.ended(await startBare('deploy', `bad-${name.replaceAll(' ', '-')}/production`, ...args));
    expect(ended.failure?.type).toBe('Refused');
    expect(ended.failure?.message).toContain(sentence);
  });
});
