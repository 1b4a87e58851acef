// Gates on a real server: whoever starts a deployment, the worker's own file decides, and nothing but Temporal's memory is believed.
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freezeOf, requestOf, requestsOf } from '../../src/events/beside';
import { approveUpdate, requestQuery, thawSignal, withdrawSignal, type Waiting } from '../../src/workflows/messages';
import { expectBack } from './support/expect';
import { NOT_TAKEN, PEOPLE, TAKEN } from './support/people';
import { Gated, Signers } from './support/gated';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();
let signers: Signers;
beforeAll(() => {
  signers = new Signers(['ada', 'grace', 'dev', 'mallory']);
});
afterAll(() => signers.remove());

const HOUR = 3_600_000;
const CLOSED = `window: { days: [mon, tue, wed, thu, fri, sat, sun], from: "00:00", to: "24:00", avoid: [{ from: ${day(-1)}, to: ${day(2)}, why: the sale }] }`;
const OPEN = 'window: { days: [mon, tue, wed, thu, fri, sat, sun], from: "00:00", to: "24:00" }';
const approvals = (needed = 1) => `approvals: { needed: ${needed}, signers: ${signers.file} }`;

function day(offset: number): string {
  return new Date(Date.now() + offset * 24 * HOUR).toISOString().slice(0, 10);
}

async function waiting(handle: WorkflowHandle, until: (now: Waiting) => boolean): Promise<Waiting> {
  return await vi.waitFor(async () => {
    const now = await handle.query(requestQuery);
    expect(now).toSatisfy(until);
    return now;
  }, { timeout: 60_000, interval: 50 });
}
const judgedFirst = ({ verdicts }: Waiting): boolean => verdicts.length > 0;

/** The deployment that a request let begin, at its end. */
async function granted(site: Gated, handle: WorkflowHandle) {
  const { run } = (await handle.result()) as { run: string };
  return await temporal.runs.ended(temporal.client.workflow.getHandle(site.id, run));
}

async function failure(handle: WorkflowHandle): Promise<unknown> {
  return await handle.result().then(() => 'it did not fail', (error: { cause?: { type?: string; message: string } }) => error.cause && { type: error.cause.type, message: error.cause.message });
}

describe.concurrent('a deployment that is started without a request', () => {
  test('is refused while gates are closed, with the sentence of each, and nothing is changed [WN-02, WN-04, ST-09, A-53]', async () => {
    const site = new Gated(temporal, 'direct', `{ ${CLOSED}, notice: 24h, staging: { environment: staging }, ${approvals()} }`);
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expect(ended).toMatchObject({ outcome: 'unchanged', failure: { type: 'Refused' } });
    for (const said of [/window: the window is closed; the next start is /, /the sale/, /notice: no notice has gone out /, /staging: v2 has not been deployed to staging/, /approval: nobody has approved the plan; still needed: 1 of 1 approval/, /sternway deploy asks for it and waits/]) {
      expect(ended.failure?.message).toMatch(said);
    }
    expect([site.journal, site.openClaims(), site.calls.includes('storePlan')]).toEqual([[], [], false]);
  });

  test('is refused by a freeze, where there are no gates either; thawed, it may begin', async () => {
    const site = new Gated(temporal, 'ice', undefined);
    const freeze = await site.freeze();
    expect((await temporal.runs.ended(await temporal.runs.deploy(site))).failure).toEqual({
      type: 'Refused', message: 'freeze: ops@example.org has frozen deployments (an audit) until somebody ends it; ask ops@example.org; sternway deploy asks for it and waits',
    });
    await freeze.signal(thawSignal, { by: 'ops@example.org', reason: 'passed' });
    expect(await freeze.result()).toEqual({ by: 'ops@example.org', reason: 'passed' });
    expect((await temporal.runs.ended(await temporal.runs.deploy(site, { deployment: 'd-after' }))).outcome).toBe('deployed');
  });

  test('is held by a freeze that no worker has seen yet, and by one that the bare Temporal CLI started', async () => {
    const site = new Gated(temporal, 'unseen', undefined);
    const options = { workflowId: site.beside.freeze, taskQueue: 'nobody', args: [{ app: site.app, environment: 'production' }] };
    const handle = await temporal.client.workflow.start('freeze', options);
    expect(await freezeOf(temporal.client, { app: site.app, environment: 'production' })).toEqual({ until: null, reason: 'no reason given', by: 'somebody' });
    expect((await temporal.runs.ended(await temporal.runs.deploy(site))).failure?.type).toBe('Refused');
    await handle.terminate();
  });

  test('passes closed gates by an override, which is recorded with who and why [CH-02]', async () => {
    const site = new Gated(temporal, 'override', `{ ${CLOSED}, ${approvals()} }`);
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site, { override: 'the site is down anyway' }));
    expect(ended).toMatchObject({ outcome: 'deployed', result: { overridden: 'dev@example.org: the site is down anyway' }, memo: { overridden: 'dev@example.org: the site is down anyway' } });
    const open = new Gated(temporal, 'overrides-nothing', `{ ${OPEN} }`);
    expect((await temporal.runs.ended(await temporal.runs.deploy(open, { override: 'to be sure' }))).result.overridden).toBeUndefined();
    const bare = new Gated(temporal, 'override-bad', undefined);
    expect((await temporal.runs.ended(await temporal.runs.deploy(bare, { override: { by: 'x' } as never }))).failure?.message).toContain('override says in a few words why');
  });

  test('counts approvals only over its own plan, of people who may, and not of who asked for it [F20]', async () => {
    const site = new Gated(temporal, 'approved', `{ ${approvals()} }`);
    const refusal = async (deployment: string, ...given: Awaited<ReturnType<Signers['sign']>>[]) => (await temporal.runs.ended(await temporal.runs.deploy(site, { deployment, approvals: given }))).failure?.message;
    expect(await refusal('d-other', await signers.sign('ada', site, { plan: 'e'.repeat(64) }))).toContain('it is for another plan (eeeeeeeeeeee, and this is ffffffffffff)');
    expect(await refusal('d-own', await signers.sign('dev', site))).toContain('dev@example.org asked for this deployment, and somebody else must approve it');
    expect(await refusal('d-forged', { ...(await signers.sign('ada', site)), signature: (await signers.sign('grace', site, { plan: 'e'.repeat(64) })).signature })).toContain('its signature does not hold for grace@example.org');
    expect(await refusal('d-no', await signers.sign('ada', site), await signers.sign('grace', site, { decision: 'reject' }))).toContain('grace@example.org rejected the plan');
    expect(await refusal('d-typed', 'yes' as never)).toContain('nobody has approved the plan');
    expect((await temporal.runs.ended(await temporal.runs.deploy(site, { deployment: 'd-good', approvals: [await signers.sign('ada', site)] }))).outcome).toBe('deployed');
  });

  test('is not approved by its author alone, under whatever name it was asked for: a name that nobody knows costs one approval more, and the file can say who it is [CH-01]', async () => {
    const site = new Gated(temporal, 'author', `{ ${approvals()} }`);
    const named = new Gated(temporal, 'named', `{ approvals: { needed: 1, signers: ${signers.file}, authors: { "ada@laptop": ada@example.org, ci: nobody } } }`);
    const outcome = async (of: Gated, deployment: string, by: string, ...names: string[]) => {
      const { failure, outcome: end } = await temporal.runs.ended(await temporal.runs.deploy(of, { deployment, by, approvals: await Promise.all(names.map((name) => signers.sign(name, of))) }));
      return failure?.message ?? end;
    };
    expect(await outcome(site, 'd-1', 'ada@laptop', 'ada')).toContain('approved by ada@example.org; still needed: 1 of 2 approvals (one more than 1, for ada@laptop may be one of the signers: gates.approvals.authors can say who that is)');
    expect(await outcome(site, 'd-2', 'ada@laptop', 'ada', 'grace')).toBe('deployed');
    expect(await outcome(named, 'd-3', 'ada@laptop', 'ada')).toContain('ada@example.org asked for this deployment, and somebody else must approve it');
    expect(await outcome(named, 'd-4', 'ci', 'ada')).toBe('deployed');
  });

  test('is turned back at the end of its window, if it is still under way [WN-09, RT-05]', async () => {
    const site = new Gated(temporal, 'late', `{ ${OPEN} }`);
    site.gates = { ...site.gates, passGates: async () => ({ verdicts: [], approved: [], overridden: null, windowEnd: new Date(Date.now() + 1500).toISOString() }) };
    const slow = site.hold('forward 07-migrate@web-1');
    const handle = await temporal.runs.deploy(site);
    await vi.waitFor(async () => expect(await temporal.runs.state(handle)).toBe('going back'), { timeout: 60_000 });
    slow.open();
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended);
    expect(ended.result).toMatchObject({ cause: 'deadline', sentence: expect.stringMatching(/^the deployment window ended at \d{4}-\d\d-\d\d \d\d:\d\d UTC\. web-1, web-2 back on v1/) as string });
  });
});

describe.concurrent('a rollback', () => {
  test('passes every gate and a freeze [RT-01, A-46]', async () => {
    const site = new Gated(temporal, 'back', `{ ${approvals()} }`);
    site.mayStay.add('07-migrate');
    expect((await temporal.runs.ended(await temporal.runs.deploy(site, { override: 'first' }))).outcome).toBe('deployed');
    await site.freeze();
    expect((await temporal.runs.ended(await temporal.runs.rollback(site))).outcome).toBe('rolled-back');
    expect(site.calls.filter((name) => name === 'passGates')).toHaveLength(1);
  });
});

describe.concurrent('a request', () => {
  test('shows in its memo what it waits for, without a worker, and begins when the last approval is there; who approves twice counts once [ST-09, CH-06] [F20]', async () => {
    const site = new Gated(temporal, 'asks', `{ ${OPEN}, ${approvals(2)} }`);
    const handle = await site.request();
    await waiting(handle, judgedFirst);
    for (const expires of [1, 2]) await handle.executeUpdate(approveUpdate, { args: [await signers.sign('ada', site, { expires: Date.now() + expires * HOUR })] });
    await waiting(handle, ({ approved }) => approved.length === 1);
    // Who signs twice is one person still.
    await waiting(handle, ({ verdicts }) => verdicts.some(({ sentence }) => sentence.includes('still needed: 1 of 2 approvals')));
    expect(await requestsOf(temporal.client, { app: 'asks', environment: 'production' })).toMatchObject([{ deployment: 'd-asks', waiting: true, plan: site.hash, gates: [{ gate: 'window', state: 'open' }, { gate: 'approval', state: 'wait', sentence: expect.stringContaining('approved by ada@example.org; still needed: 1 of 2 approvals') as string }] }]);
    expect(site.calls).not.toContain('claimHosts');
    await handle.executeUpdate(approveUpdate, { args: [await signers.sign('grace', site)] });
    const ended = await granted(site, handle);
    expect(ended).toMatchObject({ outcome: 'deployed', result: { deployment: 'd-asks' } });
    expect(ended.description.memo).toMatchObject({ by: 'dev@example.org', reason: 'weekly', release: 'v2', deployment: 'd-asks' });
  });

  test('takes no approval that does not count, and says why [F20]', async () => {
    const site = new Gated(temporal, 'picky', `{ ${approvals()} }`);
    const handle = await site.request();
    await waiting(handle, judgedFirst);
    const said = async (approval: unknown) => await handle.executeUpdate(approveUpdate, { args: [approval as never] }).then(() => 'taken', (error: { cause?: Error }) => error.cause?.message);
    expect(await said(await signers.sign('dev', site))).toBe('dev@example.org asked for this deployment, and somebody else must approve it');
    expect(await said(await signers.sign('ada', site, { plan: 'e'.repeat(64) }))).toContain('it is for another plan');
    expect(await said({ text: 'yes', signature: 'ada' })).toContain('its text is not one that Sternway signs');
    expect(await said('yes')).toContain('an approval has a text and a signature');
    expect((await handle.query(requestQuery)).approved).toEqual([]);
    await handle.executeUpdate(approveUpdate, { args: [await signers.sign('ada', site, { decision: 'reject' })] });
    expect(await failure(handle)).toEqual({ type: 'Refused', message: 'approval: ada@example.org rejected the plan; settle why, and ask for the deployment again' });
  });

  test('drops what was said of a plan that has changed since, and waits for it anew', async () => {
    const site = new Gated(temporal, 'changed', `{ ${approvals(2)} }`);
    const handle = await site.request();
    await waiting(handle, judgedFirst);
    const old = await signers.sign('ada', site);
    await handle.executeUpdate(approveUpdate, { args: [old] });
    await waiting(handle, ({ approved }) => approved.length === 1);
    site.hash = 'e'.repeat(64);
    await handle.signal('wake');
    const now = await waiting(handle, ({ plan, approved }) => plan?.hash === site.hash && approved.length === 0);
    expect(now).toMatchObject({ approved: [], remarks: ['the plan has changed since it was approved (ffffffffffff, now eeeeeeeeeeee): what was said of it does not count any more'] });
    await handle.executeUpdate(approveUpdate, { args: [await signers.sign('ada', site)] });
    await handle.executeUpdate(approveUpdate, { args: [await signers.sign('grace', site)] });
    expect((await granted(site, handle)).outcome).toBe('deployed');
  });

  test('is refused where the hosts would refuse, before anything is waited for; later only once every gate is open', async () => {
    const early = new Gated(temporal, 'early', `{ ${approvals()} }`);
    early.fail('preparePlan', Infinity, 'there is no tag v2');
    expect(await failure(await early.request())).toEqual({ type: 'Refused', message: 'there is no tag v2' });
    const site = new Gated(temporal, 'drifts', `{ ${approvals()} }`);
    const handle = await site.request();
    await waiting(handle, judgedFirst);
    site.fail('preparePlan', Infinity, 'web-1: nginx.conf was changed by hand');
    await handle.executeUpdate(approveUpdate, { args: [await signers.sign('ada', site)] });
    await waiting(handle, ({ remarks }) => remarks.includes('the deployment would not begin as things are: web-1: nginx.conf was changed by hand'));
    await handle.signal('wake');
    expect(await failure(handle)).toEqual({ type: 'Refused', message: 'web-1: nginx.conf was changed by hand' });
    expect(site.calls).not.toContain('claimHosts');
  });

  test('is refused where a closed window refuses', async () => {
    const site = new Gated(temporal, 'no-waiting', `{ ${CLOSED.replace(' }] }', ' }], closed: refuse }')} }`);
    expect(await failure(await site.request())).toMatchObject({ type: 'Refused', message: expect.stringMatching(/^window: the window is closed; the next start is .*; ask again then$/) as string });
  });

  test('waits while the release is not on staging, and begins once it is; a rollback there closes the gate [ST-09, OV-12]', async () => {
    const site = new Gated(temporal, 'staged', '{ staging: { environment: staging } }');
    const staging = { workflowId: 'staged/staging', taskQueue: temporal.taskQueue };
    const stage = async (type: string, input: object) => await temporal.client.workflow.start(type, { ...staging, args: [{ app: 'staged', environment: 'staging', by: 'ci', ...input }], memo: { by: 'ci', ...input } }).then((handle) => handle.result());
    const handle = await site.request();
    expect((await waiting(handle, judgedFirst)).verdicts).toMatchObject([{ gate: 'staging', state: 'wait', until: null }]);
    site.mayStay.add('07-migrate');
    // Its gates are those of the file, too: staging needs none of itself.
    await stage('deploy', { release: 'v2', deployment: 's-1', override: 'staging' });
    await stage('rollback', { deployment: 's-1' });
    const twin = new Gated(temporal, 'staged', '{ staging: { environment: staging } }');
    await vi.waitFor(async () => {
      await handle.signal('wake').catch(() => undefined);
      expect(await Promise.race([failure(handle), new Promise((resolve) => setTimeout(() => resolve(undefined), 300))])).toMatchObject({ type: 'Refused', message: expect.stringContaining('staging: v2 ended as rolled-back on staging at') as string });
    }, { timeout: 60_000 });
    twin.mayStay.add('07-migrate');
    await stage('deploy', { release: 'v2', deployment: 's-2', override: 'staging' });
    expect((await granted(twin, await twin.request({ deployment: 'd-again' }))).outcome).toBe('deployed');
  });

  test('begins as soon as a freeze is ended, or by an override at once', async () => {
    const site = new Gated(temporal, 'thaws', undefined);
    const freeze = await site.freeze();
    const hurried = await site.request({ deployment: 'd-hurry', override: 'nobody can pay' });
    expect((await granted(site, hurried)).result.overridden).toBe('dev@example.org: nobody can pay');
    const handle = await site.request();
    await waiting(handle, judgedFirst);
    const again = await site.freeze({ reason: 'another audit' });
    expect((await temporal.client.workflow.getHandle(site.beside.freeze, freeze.firstExecutionRunId).describe()).status.name).toBe('TERMINATED');
    await again.signal(thawSignal);
    expect((await granted(site, handle)).outcome).toBe('deployed');
    expect(await again.result()).toEqual({ by: 'somebody through Temporal', reason: '' });
  });

  test('waits while another run holds the environment, and says so', async () => {
    const site = new Gated(temporal, 'held', undefined);
    const slow = site.hold('forward 02-build-release@web-1');
    const first = await temporal.runs.deploy(site, { deployment: 'd-first' });
    await site.happened('forward 02-build-release@web-1 began');
    const handle = await site.request();
    await waiting(handle, ({ remarks }) => remarks.includes('every gate is open, but another run holds held/production: it starts when that has ended'));
    slow.open();
    await temporal.runs.ended(first);
    await handle.signal('wake');
    expect((await granted(site, handle)).outcome).toBe('deployed');
  });

  test('is refused once a deployment that was asked for later is live, and whoever asks again may', async () => {
    const site = new Gated(temporal, 'overtaken', undefined);
    const freeze = await site.freeze();
    const handle = await site.request();
    await waiting(handle, judgedFirst);
    const newer = await site.request({ deployment: 'd-newer', release: 'v3', override: 'urgent' });
    expect((await granted(site, newer)).outcome).toBe('deployed');
    await freeze.signal(thawSignal);
    expect(await failure(handle)).toEqual({ type: 'Refused', message: expect.stringMatching(/^order: v3 \(d-newer\), asked for later, is live since .* UTC: ask again for v2 if you mean it$/) as string });
    expect(site.calls.filter((name) => name === 'claimHosts')).toHaveLength(1);
    // Whoever asks again, asks last.
    expect((await granted(site, await site.request({ deployment: 'd-again' }))).outcome).toBe('deployed');
  });

  test('gives its place to a newer one that waits for the same environment, once that has a plan, and the newer one begins', async () => {
    const site = new Gated(temporal, 'gives-way', `{ ${approvals()} }`);
    const older = await site.request();
    await waiting(older, judgedFirst);
    const handle = await site.request({ deployment: 'd-newer', release: 'v3' });
    await waiting(handle, judgedFirst);
    await vi.waitFor(async () => expect(await requestsOf(temporal.client, { app: 'gives-way', environment: 'production' })).toMatchObject([{}, { plan: site.hash }]), { timeout: 30_000 });
    await older.signal('wake');
    expect(await failure(older)).toEqual({ type: 'Refused', message: expect.stringContaining('order: v3 (d-newer), asked for later, waits as well, and takes the place of this one: ask again for v2 if you mean it') as string });
    await handle.executeUpdate(approveUpdate, { args: [await signers.sign('ada', site)] });
    expect((await granted(site, handle)).outcome).toBe('deployed');
  });

  test('that is withdrawn or cancelled ends with nothing touched', async () => {
    const site = new Gated(temporal, 'taken-back', `{ ${CLOSED} }`);
    const one = await site.request();
    await waiting(one, judgedFirst);
    const other = await site.request({ deployment: 'd-other' });
    await waiting(other, judgedFirst);
    await one.signal(withdrawSignal, { by: 'ops@example.org', reason: 'the customer called' });
    expect(await failure(one)).toEqual({ type: 'Withdrawn', message: 'withdrawn by ops@example.org: the customer called, before anything was changed' });
    await other.cancel();
    await expect(other.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect([site.calls.includes('claimHosts'), await requestOf(temporal.client, { app: site.app, environment: 'production' }, 'd-other')]).toMatchObject([false, { waiting: false }]);
  });

  test('believes no notice that whoever started it claims [WN-04]', async () => {
    const site = new Gated(temporal, 'claims-notice', '{ notice: 24h }');
    const kept = { requestedAt: '2020-01-01T00:00:00.000Z', noticeGivenAt: '2020-01-01T00:00:00.000Z', announced: { scheduled: null, toldAt: 0, delays: 0 }, approvals: [], plan: null, changed: null };
    const handle = await temporal.client.workflow.start('request', {
      workflowId: site.beside.request('d-1'), taskQueue: temporal.taskQueue, memo: { noticeGivenAt: '2020-01-01T00:00:00.000Z' }, args: [{ app: site.app, environment: 'production', release: 'v2', deployment: 'd-1', kept }],
    });
    const now = await waiting(handle, judgedFirst);
    expect(now.verdicts).toMatchObject([{ gate: 'notice', state: 'wait' }]);
    expect(Date.parse(now.noticeGivenAt ?? '')).toBeGreaterThan(Date.now() - HOUR);
    expect((await temporal.runs.ended(await temporal.runs.deploy(site, { deployment: 'd-1' }))).failure?.message).toContain('notice: notice was given at');
    await handle.terminate();
  });

  test('counts no notice that reached nobody, says why, and tries again at the next look [WN-04, CH-04]', async () => {
    const site = new Gated(temporal, 'unheard', '{ notice: 24h }');
    site.policy = { ...site.policy, messages: PEOPLE };
    site.tells = NOT_TAKEN;
    const handle = await site.request();
    const why = 'the notice has reached nobody, so its time has not begun; it is tried again: chat: it cannot be reached (ECONNREFUSED)';
    expect(await waiting(handle, ({ remarks }) => remarks.includes(why))).toMatchObject({ noticeGivenAt: null, verdicts: [{ gate: 'notice', state: 'wait', until: null, sentence: expect.stringContaining('no notice has gone out') as string }] });
    await vi.waitFor(async () => expect(await requestOf(temporal.client, { app: site.app, environment: 'production' }, 'd-unheard')).toMatchObject({ noticeGivenAt: null, remarks: [why] }), { timeout: 30_000 });
    site.tells = TAKEN;
    await handle.signal('wake');
    expect(await waiting(handle, ({ noticeGivenAt }) => noticeGivenAt !== null)).toMatchObject({ remarks: [] });
    expect(site.told.map(({ moment }) => moment)).toEqual(['notice', 'notice']);
    await handle.terminate();
  });

  test('that was announced and is withdrawn, cancelled or refused tells who was told that it is off, and one that was not announced tells nobody', async () => {
    const ends = async (app: string, end: (site: Gated, handle: WorkflowHandle) => Promise<unknown>, gates = `{ notice: 24h, ${approvals()} }`) => {
      const site = new Gated(temporal, app, gates);
      site.policy = { ...site.policy, messages: PEOPLE };
      site.tells = TAKEN;
      const handle = await site.request();
      await waiting(handle, gates.includes('notice') ? ({ noticeGivenAt }) => noticeGivenAt !== null : judgedFirst);
      await end(site, handle);
      await expect(handle.result()).rejects.toThrow();
      return site.told.map((each) => [each.moment, 'reason' in each ? each.reason : '']);
    };
    const withdraw = (_site: Gated, handle: WorkflowHandle) => handle.signal(withdrawSignal, { by: 'ops@example.org', reason: 'the customer called' });
    expect(await ends('off-withdrawn', withdraw)).toEqual([['notice', ''], ['called-off', 'withdrawn by ops@example.org: the customer called, before anything was changed']]);
    expect(await ends('off-cancelled', (_site, handle) => handle.cancel())).toEqual([['notice', ''], ['called-off', 'it was cancelled']]);
    const reject = async (site: Gated, handle: WorkflowHandle) => handle.executeUpdate(approveUpdate, { args: [await signers.sign('ada', site, { decision: 'reject' })] });
    expect(await ends('off-refused', reject)).toEqual([['notice', ''], ['called-off', expect.stringContaining('ada@example.org rejected the plan')]]);
    expect(await ends('off-unheard', withdraw, `{ ${approvals()} }`)).toEqual([]);
  });

  test.for([
    ['under another id', 'x', { app: 'ids', environment: 'production', release: 'v2', deployment: 'd' }, 'the workflow id must be ids/production/request/d'],
    ['without a release', 'ids/production/request/e', { app: 'ids', environment: 'production' }, 'the input lacks release'],
    ['with a path as deployment', 'ids/production/request/f', { app: 'ids', environment: 'production', release: 'v2', deployment: '../f' }, 'deployment must begin with a letter or digit'],
    ['with an empty override', 'ids/production/request/g', { app: 'ids', environment: 'production', release: 'v2', override: ' ' }, 'override says in a few words why'],
  ] as const)('%s is refused with a sentence', async ([, workflowId, input, sentence]) => {
    const handle = await temporal.client.workflow.start('request', { workflowId, taskQueue: temporal.taskQueue, args: [input] });
    expect(await failure(handle)).toMatchObject({ type: 'Refused', message: expect.stringContaining(sentence) as string });
  });
});

test.for([
  ['another id', 'freezes', { app: 'freezes', environment: 'production' }, 'the workflow id must be freezes/production/freeze'],
  ['a time without a zone', 'freezes/production/freeze', { app: 'freezes', environment: 'production', until: '2026-12-24T12:00:00' }, 'until must be a time with its zone'],
] as const)('a freeze with %s is refused with a sentence', async ([, workflowId, input, sentence]) => {
  const handle = await temporal.client.workflow.start('freeze', { workflowId, taskQueue: temporal.taskQueue, args: [input] });
  expect(await failure(handle)).toMatchObject({ type: 'Refused', message: expect.stringContaining(sentence) as string });
});
