// Days of waiting, on a server whose clock skips them: the real workflows and the real judging, with fake hosts.
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { approveUpdate, requestQuery, type Waiting } from '../../src/workflows/messages';
import type { Audience } from '../../src/messages/moments';
import { words } from '../../src/messages/templates';
import { SETTINGS, SUBJECT } from '../messages/support/known';
import { PEOPLE, TAKEN } from './support/people';
import { Gated, Signers, type Server } from './support/gated';
import { SkippingTemporal } from './support/time-skipping';

// A server for each test: it holds its clock for a child until that tells its parent of its end, which an abandoned one never does.
let temporal: SkippingTemporal;
beforeEach(async () => {
  temporal = new SkippingTemporal();
  await temporal.start();
});
afterEach(() => temporal.stop());

const server: Server = {
  get client() {
    return temporal.env.client;
  },
  get sites() {
    return temporal.sites;
  },
  taskQueue: 'sternway',
};

let signers: Signers;
beforeAll(() => {
  signers = new Signers(['ada', 'grace', 'dev']);
});
afterAll(() => signers.remove());

const NOTES = { changes: ['Search by date'], for_users: ['You can search by date'], known: ['Search is slow: filter by month'] };
const DAY = 24 * 3_600_000;
const MINUTE = 60_000;
const FRIDAY = 5;
const iso = (at: number): string => new Date(at).toISOString();
const date = (at: number): string => iso(at).slice(0, 10);

/** The next such weekday (0: Sunday) after `from`, at an hour of UTC. */
function next(weekday: number, hour: number, from: number): number {
  const midnight = Math.ceil(from / DAY) * DAY;
  const days = (weekday - new Date(midnight).getUTCDay() + 7) % 7;
  return midnight + days * DAY + hour * 3_600_000;
}

/** The clock runs on to the next Friday afternoon;  is the one after it, at 02:00 UTC. */
async function friday(from?: number): Promise<{ asked: number; tuesday: number }> {
  const asked = next(FRIDAY, 14, from ?? (await temporal.now()));
  await reach(asked);
  return { asked, tuesday: asked - 12 * 3_600_000 + 4 * DAY };
}

async function reach(at: number): Promise<void> {
  await temporal.env.sleep(Math.max(1, at - (await temporal.now())));
}

async function waiting(handle: WorkflowHandle, until: (now: Waiting) => boolean): Promise<Waiting> {
  return await vi.waitFor(async () => {
    const now = await handle.query(requestQuery);
    expect(now).toSatisfy(until);
    return now;
  }, { timeout: 30_000, interval: 50 });
}

/** When the deployment began that the request asked for. */
async function started(site: Gated, handle: WorkflowHandle): Promise<number> {
  const { run } = (await handle.result()) as { run: string };
  const found = await server.client.workflow.getHandle(site.id, run).describe();
  expect(found.type).toBe('deploy');
  return found.startTime.getTime();
}

const within = (at: number, from: number) => {
  expect(iso(at) >= iso(from) && iso(at) < iso(from + MINUTE), `${iso(at)} in the minute of ${iso(from)}`).toBe(true);
};

test('a deployment asked for on Friday begins on Tuesday at 02:00 UTC, and says so until then [WN-01, WN-02, WN-03, CH-02]', async () => {
  const { tuesday } = await friday();
  const site = new Gated(server, 'friday', '{ window: { days: [tue, wed, thu], from: 02:00, to: 04:00 } }');
  const handle = await site.request();
  expect(await waiting(handle, ({ verdicts }) => verdicts.length > 0)).toMatchObject({ next: iso(tuesday), verdicts: [{ gate: 'window', state: 'wait', until: iso(tuesday) }] });
  within(await started(site, handle), tuesday);
});

test('a holiday on Tuesday makes it begin on Wednesday [WN-03]', async () => {
  const { tuesday } = await friday();
  const site = new Gated(server, 'holiday', `{ window: { days: [tue, wed, thu], from: 02:00, to: 04:00, holidays: [${date(tuesday)}] } }`);
  within(await started(site, await site.request()), tuesday + DAY);
});

test('where the clocks change while it waits, it begins at the hour that the clock on the wall shows then [WN-02]', async () => {
  const now = await temporal.now();
  // The last Sundays of March and October, as the EU has it; the Friday before lies on the other side of the change.
  const year = new Date(now).getUTCFullYear();
  const changes = [year, year + 1].flatMap((each) => [3, 10].map((month) => ({ month, at: lastSunday(each, month) })));
  const change = changes.find(({ at }) => at > now + 4 * DAY);
  const { asked, tuesday } = await friday((change?.at ?? 0) - 3 * DAY);
  expect([asked < (change?.at ?? 0), tuesday > (change?.at ?? 0)]).toEqual([true, true]);
  const site = new Gated(server, 'clocks', '{ window: { days: [tue], from: 02:00, to: 04:00, zone: Europe/Berlin } }');
  const summer = change?.month === 3;
  within(await started(site, await site.request()), tuesday - (summer ? 2 : 1) * 3_600_000);
});

test('the notice goes out once, a day ahead at least, and the window after its lead time is taken: the team hears of the schedule, users of the window and the downtime, stakeholders of the changes [WN-04, WN-06, NT-01, NT-02, NT-04, NT-05, CH-04]', async () => {
  const { tuesday } = await friday();
  await reach(tuesday - 4 * 3_600_000);
  const site = new Gated(server, 'noticed', '{ notice: 24h, window: { days: [tue, wed, thu], from: 02:00, to: 04:00 } }');
  site.policy = { ...site.policy, messages: PEOPLE };
  site.tells = TAKEN;
  const handle = await site.request({ notes: NOTES });
  const begun = await started(site, handle);
  within(begun, tuesday + DAY);
  expect(site.told.map(({ moment }) => moment).filter((moment) => moment === 'notice')).toEqual(['notice']);
  expect(site.told[0]).toMatchObject({ moment: 'notice', scheduled: iso(tuesday + DAY), duration: PEOPLE.duration, downtime: PEOPLE.downtime, changes: NOTES.changes, forUsers: NOTES.for_users });
  const [notice] = site.told;
  if (notice === undefined) throw new Error('unreachable: it was told');
  expect(tuesday + DAY - Date.parse(notice.at)).toBeGreaterThanOrEqual(DAY);
  const when = `${date(tuesday + DAY)} 02:00 UTC`;
  const said = (audience: Audience) => words(notice, audience, { ...SUBJECT, release: 'v2' }, SETTINGS);
  for (const audience of ['team', 'users', 'stakeholders'] as const) {
    expect(said(audience)?.subject).toBe(`[DEPLOYMENT NOTICE] Shop v2 - ${when}`);
    expect(said(audience)?.text).toMatch(new RegExp(`\nDeployment scheduled for: ${when}\nExpected duration: 30-45 minutes\nExpected downtime: 5-10 minutes`));
  }
  for (const audience of ['team', 'stakeholders'] as const) expect(said(audience)?.text).toContain('\nChanges:\n- Search by date\n\n');
  expect(said('users')?.text).toContain('\nChanges:\n- You can search by date\n\n');
});

test('an approval that expires while the window is waited for does not count when it opens; a new one lets the deployment begin in it [A-46]', async () => {
  const { asked, tuesday } = await friday();
  const site = new Gated(server, 'expires', `{ window: { days: [tue, wed, thu], from: 02:00, to: 04:00 }, approvals: { needed: 1, signers: ${signers.file} } }`);
  const handle = await site.request();
  await waiting(handle, ({ plan }) => plan !== null);
  expect(await handle.executeUpdate(approveUpdate, { args: [await signers.sign('ada', site, { expires: asked + DAY })] })).toBe(`ada@example.org approves the plan ${'f'.repeat(12)}`);
  await waiting(handle, ({ approved }) => approved.includes('ada@example.org'));
  await reach(tuesday + 10 * MINUTE);
  const now = await waiting(handle, ({ verdicts }) => verdicts.some(({ gate, state }) => gate === 'window' && state === 'open'));
  expect(now).toMatchObject({ approved: [], remarks: [expect.stringContaining('an approval does not count: it expired at')] });
  expect(now.verdicts.find(({ gate }) => gate === 'approval')).toMatchObject({ state: 'wait' });
  const late = await temporal.now();
  await handle.executeUpdate(approveUpdate, { args: [await signers.sign('grace', site, { expires: late + DAY })] });
  within(await started(site, handle), late);
});

test('a freeze ends by itself at its time, and what waits begins then, gates or none', async () => {
  const now = await temporal.now();
  const site = new Gated(server, 'frozen', undefined);
  await site.freeze({ until: iso(now + 3 * DAY) });
  const handle = await site.request();
  expect((await waiting(handle, ({ verdicts }) => verdicts.length > 0)).verdicts).toMatchObject([{ gate: 'freeze', state: 'wait', sentence: expect.stringContaining('ops@example.org has frozen deployments (an audit)') as string }]);
  within(await started(site, handle), Date.parse(iso(now + 3 * DAY)));
  expect(await server.client.workflow.getHandle(site.beside.freeze).result()).toEqual({ by: null, reason: 'its time has come' });
});

test('a request that waits for long goes on in a new run, which knows of notice, approvals and what was written for the release, and tells nobody twice [CH-04]', async () => {
  const { asked } = await friday();
  const site = new Gated(server, 'long', `{ notice: 1h, approvals: { needed: 2, signers: ${signers.file} } }`);
  site.policy = { ...site.policy, messages: PEOPLE };
  site.tells = TAKEN;
  const handle = await site.request({ notes: NOTES });
  await waiting(handle, ({ plan }) => plan !== null);
  await handle.executeUpdate(approveUpdate, { args: [await signers.sign('ada', site, { expires: asked + 10 * DAY })] });
  const first = (await handle.describe()).runId;
  await reach(asked + 3 * DAY);
  const now = await waiting(handle, ({ approved }) => approved.length > 0);
  expect((await handle.describe()).runId).not.toBe(first);
  expect(now).toMatchObject({ requestedAt: expect.stringContaining(iso(asked).slice(0, 13)) as string, approved: ['ada@example.org'], releaseNotes: NOTES });
  await handle.executeUpdate(approveUpdate, { args: [await signers.sign('grace', site, { expires: asked + 10 * DAY })] });
  const { run } = (await handle.result()) as { run: string };
  const deployment = server.client.workflow.getHandle(site.id, run);
  expect((await deployment.describe()).type).toBe('deploy');
  const [start] = (await deployment.fetchHistory()).events ?? [];
  const sent = Buffer.from(start?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data ?? []).toString();
  expect(JSON.parse(sent)).toMatchObject({ notes: NOTES });
  expect(site.told.filter(({ moment }) => moment === 'notice')).toHaveLength(1);
  const later = site.told.filter(({ moment }) => moment !== 'notice');
  // Grace is waited for: nobody knows until when, and no end is told.
  expect(later.find(({ moment }) => moment === 'postponed')).toMatchObject({ scheduled: null, reason: expect.stringContaining('still needed: 1 of 2 approvals') as string });
  expect(later.map(({ moment }) => moment)).not.toContain('delay');
});

function lastSunday(year: number, month: number): number {
  const last = Date.UTC(year, month, 0, 1);
  return last - new Date(last).getUTCDay() * DAY;
}
