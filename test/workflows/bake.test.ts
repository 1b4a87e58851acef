// The bake by a clock that skips: what is watched is scripted, what is judged and decided is the real thing.
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { Bake } from '../../src/config/schema';
import { bake as schema } from '../../src/config/schema/bake';
import type { bake } from '../../src/workflows';
import type { BakeInput } from '../../src/workflows/bake';
import { acknowledgeUpdate, decideBakeUpdate, yieldSignal, type BakeDecision } from '../../src/workflows/messages';
import { besideOf, lockOf } from '../../src/temporal/names';
import { runbook } from '../bake/replay';
import { Site } from './support/site';
import { useSkippingTemporal } from './support/time-skipping';

const temporal = useSkippingTemporal();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const settings = schema.parse({ watch: ['30m', '2h', '24h'], every: '1m', thresholds: [{ name: 'errors', metric: 'errors', accept: '1%', rollback: '10%', for: '5m' }], sources: [{ name: 'errors', prometheus: { url: 'http://127.0.0.1:9090', query: 'x' } }] });
const minutes = (from: number, to: number, value: number | null, otherwise: number | null = 0.001) => (seconds: number): number | null => (seconds >= from * 60 && seconds < to * 60 ? value : otherwise);

/** A site whose v2 is live, and its bake. */
async function watched(app: string, figure: Site['figure'], over: Partial<BakeInput> = {}, looked: Bake = settings): Promise<{ site: Site; handle: WorkflowHandleWithFirstExecutionRunId<typeof bake>; begun: number }> {
  const site = temporal.sites.add(new Site(app));
  site.mayStay.add('07-migrate');
  const deployed = await temporal.runs.ended(await temporal.runs.deploy(site));
  expect(deployed.outcome).toBe('deployed');
  [site.bake, site.figure] = [looked, figure];
  const begun = await temporal.now();
  const target = { app, environment: 'production' };
  const watch = [30 * MINUTE, 2 * HOUR];
  const input: BakeInput = { ...target, deployment: `d-${app}`, release: 'v2', begun: new Date(begun).toISOString(), every: MINUTE, watch, before: { errors: [] }, tells: true, ...over };
  const handle = await temporal.env.client.workflow.start<typeof bake>('bake', { workflowId: besideOf(target).bake, taskQueue: temporal.taskQueue, args: [input] });
  return { site, handle, begun };
}

/** What the rollback that a bake began came to. */
async function rolledBack(site: Site) {
  const found = await temporal.runs.ended(temporal.env.client.workflow.getHandle(lockOf({ app: site.app, environment: 'production' })));
  expect(found.description.type).toBe('rollback');
  return found;
}

/** Lets the clock skip until `condition` holds. */
async function skipUntil(condition: () => boolean | Promise<boolean>, step: number = MINUTE): Promise<void> {
  for (let n = 0; n < 3000; n += 1) {
    if (await condition()) return;
    await temporal.env.sleep(step);
  }
  throw new Error('it never came to that');
}

const decide = (handle: WorkflowHandle<typeof bake>, answer: BakeDecision['answer'], task = 'bake') => handle.executeUpdate(decideBakeUpdate, { args: [{ task: task as 'bake', answer, by: 'ops@example.org', reason: 'looked at it' }] });
const passedAt = ({ site, begun }: { site: Site; begun: number }): number => Math.round((Date.parse(site.looks.at(-1)?.at ?? '') - begun) / MINUTE);

test('24 hours of accepted figures end as healthy, on a grid that does not drift, over several runs of one bake [MN-20, MN-22]', async () => {
  const { site, handle, begun } = await watched('healthy', () => 0.001, { every: 2 * MINUTE, watch: [30 * MINUTE, 2 * HOUR, 24 * HOUR] });
  expect(await handle.result()).toEqual({ outcome: 'healthy', sentence: 'v2 is healthy after the bake', deployment: 'd-healthy', release: 'v2' });
  const times = site.looks.map(({ at }) => Date.parse(at) - begun);
  expect(times).toHaveLength(12 * 60);
  expect(times).toEqual(times.map((_, n) => (n + 1) * 2 * MINUTE));
  // Runs of their own, and none lost what the one before had seen.
  expect((await handle.describe()).runId).not.toBe(handle.firstExecutionRunId);
  expect(site.looks.slice(20).every(({ figures }) => (figures['errors']?.length ?? 0) === 16)).toBe(true);
  expect(site.looks.filter(({ ending }) => ending)).toHaveLength(3);
  expect(site.told).toEqual([]);
});

test('a spike is no reason for anything: five minutes begin anew with every sample that is healthy [RT-07, A-32]', async () => {
  const bake = await watched('spike', (seconds) => (Math.floor(seconds / 60) % 40 >= 36 ? 0.5 : 0.001));
  expect(await bake.handle.result()).toMatchObject({ outcome: 'healthy' });
  expect(bake.site.told).toEqual([]);
  expect(bake.site.head).toBeDefined();
});

test('red four minutes of every five for two hours is never taken for healthy: a person is asked at the end of the first stage [A-32, CH-10]', async () => {
  const bake = await watched('flaps', (seconds) => (Math.floor(seconds / 60) % 5 !== 0 ? 0.5 : 0.001));
  await skipUntil(() => passedAt(bake) > 100);
  expect(bake.site.told).toHaveLength(1);
  expect(bake.site.told[0]).toMatchObject({ moment: 'hold', sentence: expect.stringMatching(/^errors: .* now, but beyond 1% in 24 of 30 samples of the last 30m$/) as string });
  expect((await bake.handle.describe()).memo).toMatchObject({ stage: 1, stages: 2 });
  expect(bake.site.head).toBeDefined();
  await bake.handle.terminate();
});

test('a rate beyond the limit for as long as it says takes the release back, by itself and with its sentence as the reason [RT-07, RT-10, A-33, MN-27]', async () => {
  const bake = await watched('sustained', minutes(40, 999, 0.33));
  expect(await bake.handle.result()).toMatchObject({ outcome: 'rolled-back' });
  expect(passedAt(bake)).toBe(45);
  const { result, description } = await rolledBack(bake.site);
  expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'threshold', deployment: 'd-sustained', sentence: expect.stringContaining('taken back by bake: errors: 33%, beyond 10% without a break for 5m') as string });
  expect(description.memo).toMatchObject({ by: 'bake', cause: 'threshold' });
  expect(bake.site.left()).toEqual(['07-migrate@web-1']);
  expect(bake.site.told).toEqual([]);
});

// Of the preset as it stands, but that the site's one figure is read in place of its own.
test.each([
  ['response-time', 6, 'RT-02, RT-08', 5, 'response-time: 6s, beyond 5s'],
  ['affected-users', 0.6, 'RT-06', 1, 'affected-users: 60%, beyond 50%'],
] as const)('by the preset %s at %d takes the release back by itself where it lasts, and not where it is shorter [%s]', async (name, value, _rows, lasts, sentence) => {
  const threshold = { ...runbook(name), metric: 'errors' };
  const looked = { ...settings, thresholds: [threshold] };
  const bake = await watched(`sustained-${name}`, minutes(40, 999, value), {}, looked);
  bake.site.requests = 1000;
  expect(await bake.handle.result()).toMatchObject({ outcome: 'rolled-back' });
  expect((await rolledBack(bake.site)).result).toMatchObject({ cause: 'threshold', sentence: expect.stringContaining(sentence) as string });
  expect(passedAt(bake)).toBeGreaterThanOrEqual(40 + lasts);
  const spike = await watched(`spike-${name}`, minutes(40, 40 + lasts, value), {}, looked);
  spike.site.requests = 1000;
  expect(await spike.handle.result()).toMatchObject({ outcome: 'healthy' });
});

test('between what is accepted and what is taken back a person is asked, once, and nothing stops meanwhile [A-32, CH-10]', async () => {
  const bake = await watched('between', minutes(3, 999, 0.05));
  await skipUntil(() => bake.site.looks.length > 25);
  expect(bake.site.told).toHaveLength(1);
  expect(bake.site.told[0]).toMatchObject({ moment: 'hold', host: null, sentence: expect.stringMatching(/^errors: 5%, beyond 1% whenever it was read, for 5m/) as string });
  expect((await bake.handle.describe()).memo).toMatchObject({ stage: 1, stages: 2, holding: { because: [expect.stringContaining('beyond 1%')] } });
  expect(await temporal.runs.state(bake.handle)).toBe('hold');
  // The end of the stage is not passed over the question.
  await skipUntil(() => passedAt(bake) > 40);
  expect((await bake.handle.describe()).memo).toMatchObject({ stage: 1 });
  expect(bake.site.told).toHaveLength(1);
  await bake.handle.terminate();
});

const PEOPLE = { roles: ['on_call', 'operations_lead'] as const, escalate: 900, remind: 1800 };
/** Minutes since the bake's question at which something was told, and what. */
const insisted = ({ site }: { site: Site }) => {
  const asked = Date.parse(site.told[0]?.at ?? '');
  return site.told.slice(1).flatMap((telling): (readonly [what: string | null, minute: number])[] => {
    if (telling.moment === 'hold') return [['reminder', Math.round((telling.waited ?? 0) / 60)]];
    return telling.moment === 'escalation' ? [[telling.role, Math.round((Date.parse(telling.at) - asked) / MINUTE)]] : [];
  });
};

test('while it waits the team is reminded more and more seldom, and one role after the other is asked, over all its runs; nothing is told twice [NT-25, CH-16]', async () => {
  const bake = await watched('insists', minutes(3, 99999, 0.05), { people: PEOPLE, watch: [30 * MINUTE, 24 * HOUR] });
  await skipUntil(() => passedAt(bake) > 20 * 60, 10 * MINUTE);
  expect(insisted(bake)).toEqual([
    ['on_call', 0], ['operations_lead', 15], ['reminder', 30], [null, 30], ['reminder', 90], ['reminder', 210], ['reminder', 450], ['reminder', 930],
  ]);
  expect((await bake.handle.describe()).runId).not.toBe(bake.handle.firstExecutionRunId);
  const asked = bake.site.told.find(({ moment }) => moment === 'escalation');
  expect(asked).toMatchObject({ about: expect.stringMatching(/^The bake of v2 holds: errors: 5%, beyond 1%/) as string, confirm: 'sternway ack -e production', next: 900 });
  expect(bake.site.told.filter(({ moment }) => moment === 'hold').every(({ at }) => at === bake.site.told[0]?.at)).toBe(true);
  await bake.handle.terminate();
}, 120_000);

test('an acknowledgement ends who else is asked and not the reminders; a decision ends both, and so does a release that recovers [NT-25]', async () => {
  const bake = await watched('seen-to', minutes(3, 400, 0.05), { people: PEOPLE, watch: [30 * MINUTE, 9 * HOUR] });
  await skipUntil(() => insisted(bake).length === 1);
  expect(await bake.handle.executeUpdate(acknowledgeUpdate, { args: [{ by: 'ada' }] })).toBe('ada sees to it');
  await skipUntil(() => passedAt(bake) > 50);
  expect(insisted(bake)).toEqual([['on_call', 0], ['reminder', 30]]);
  await decide(bake.handle, 'continue');
  await skipUntil(() => passedAt(bake) > 390);
  expect(insisted(bake)).toHaveLength(2);
  await expect(bake.handle.executeUpdate(acknowledgeUpdate, { args: [{ by: 'ada' }] })).rejects.toMatchObject({ cause: { message: 'the bake waits for nobody' } });
  await bake.handle.terminate();
  const recovers = await watched('recovers', minutes(3, 20, 0.05), { people: PEOPLE });
  expect(await recovers.handle.result()).toMatchObject({ outcome: 'healthy' });
  expect(insisted(recovers)).toEqual([['on_call', 0]]);
});

test('continue takes a hold until it was healthy once: then it is asked anew [CH-10]', async () => {
  const bake = await watched('continue', minutes(3, 999, 0.05));
  await skipUntil(() => bake.site.told.length >= 1);
  expect(await decide(bake.handle, 'continue')).toBe('bake: continue');
  await skipUntil(() => passedAt(bake) > 35);
  expect(bake.site.told).toHaveLength(1);
  expect((await bake.handle.describe()).memo).toMatchObject({ stage: 2 });
  expect((await bake.handle.describe()).memo).not.toHaveProperty('holding');
  const [healthy, again] = [passedAt(bake) * 60 + 60, passedAt(bake) * 60 + 240];
  bake.site.figure = (seconds) => (seconds > healthy && seconds < again ? 0.001 : 0.05);
  await skipUntil(() => bake.site.told.length >= 2);
  expect(passedAt(bake) * 60).toBeGreaterThan(again);
  await bake.handle.terminate();
});

test('extend watches for another such stage, and asks again at its end if it is still so [CH-10]', async () => {
  const bake = await watched('extend', minutes(3, 999, 0.05));
  await skipUntil(() => bake.site.told.length >= 1);
  const asked = passedAt(bake);
  await decide(bake.handle, 'extend');
  await skipUntil(() => passedAt(bake) > asked);
  expect((await bake.handle.describe()).memo).toMatchObject({ stage: 1, until: new Date(bake.begun + 60 * MINUTE).toISOString() });
  await skipUntil(() => bake.site.told.length >= 2);
  // Since when it waits, each time: at the end of five minutes, and of the longer stage.
  expect(bake.site.told.map(({ at }) => Date.parse(at) - bake.begun)).toEqual([8 * MINUTE, 60 * MINUTE]);
  await bake.handle.terminate();
});

test('rollback takes it back at once, in the name of the person who decided it [RT-11, CH-10]', async () => {
  const bake = await watched('decided', minutes(3, 999, 0.05));
  await skipUntil(() => bake.site.told.length >= 1);
  await decide(bake.handle, 'rollback');
  expect(await bake.handle.result()).toMatchObject({ outcome: 'rolled-back' });
  const { result } = await rolledBack(bake.site);
  expect(result).toMatchObject({ cause: 'signal', sentence: expect.stringContaining('taken back by ops@example.org: looked at it; errors: 5%') as string });
});

test('while it waits for a person a rate beyond the limit still takes the release back', async () => {
  const bake = await watched('worse', (seconds) => (seconds < 3 * 60 ? 0.001 : seconds < 20 * 60 ? 0.05 : 0.5));
  expect(await bake.handle.result()).toMatchObject({ outcome: 'rolled-back' });
  expect([bake.site.told.length, passedAt(bake)]).toEqual([1, 25]);
});

test('no data is no rollback and no pass: a person is asked, and the wait is over when figures come again', async () => {
  const bake = await watched('silent', minutes(10, 50, null));
  await skipUntil(() => passedAt(bake) >= 49);
  expect(bake.site.told).toMatchObject([{ sentence: expect.stringContaining('nobody can tell whether it is healthy') as string }]);
  expect((await bake.handle.describe()).memo).toMatchObject({ stage: 1 });
  expect(await bake.handle.result()).toMatchObject({ outcome: 'healthy' });
  expect(bake.site.told).toHaveLength(1);
});

test('a look that fails is no look, and after three a person is asked', async () => {
  const bake = await watched('blind', () => 0.001);
  await skipUntil(() => passedAt(bake) >= 5);
  bake.site.fail('sampleBake', Infinity, 'the file sternway.yml is broken');
  await skipUntil(() => bake.site.told.length >= 1);
  expect(bake.site.told[0]).toMatchObject({ sentence: 'bake: nobody could look: the file sternway.yml is broken' });
  bake.site.fail('sampleBake', 0);
  expect(await bake.handle.result()).toMatchObject({ outcome: 'healthy' });
});

test('a decision that nothing waits for is refused, before and after the wait [RT-11]', async () => {
  const bake = await watched('late', minutes(3, 20, 0.05));
  const refused = (why: string) => expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining(why) as string }) as unknown });
  await skipUntil(() => passedAt(bake) >= 2);
  await expect(decide(bake.handle, 'continue')).rejects.toEqual(refused('the bake is not waiting for a decision'));
  await skipUntil(() => bake.site.told.length >= 1);
  await expect(decide(bake.handle, 'continue', '07-migrate@web-1')).rejects.toEqual(refused('07-migrate@web-1 is not for the bake'));
  await expect(decide(bake.handle, 'skip' as 'continue')).rejects.toEqual(refused('skip is not an answer: continue, extend, rollback'));
  await skipUntil(() => passedAt(bake) >= 22);
  await expect(decide(bake.handle, 'rollback')).rejects.toEqual(refused('the bake is not waiting for a decision'));
  expect(bake.site.head).toBeDefined();
  await bake.handle.terminate();
});

test('yields at once to what changes the environment next, and takes nothing back any more', async () => {
  const bake = await watched('yields', minutes(3, 999, 0.05));
  await skipUntil(() => bake.site.told.length >= 1);
  await bake.handle.signal(yieldSignal, { deployment: 'd-3', why: 'v3 is being deployed' });
  expect(await bake.handle.result()).toMatchObject({ outcome: 'yielded', sentence: 'the bake of v2 ended early: v3 is being deployed' });
  expect(bake.site.head).toBeDefined();
});

test('a rollback that is refused is told, and from then on a person decides', async () => {
  const bake = await watched('refused', minutes(3, 999, 0.5));
  bake.site.hosts.get('web-1')?.take('somebody');
  await skipUntil(() => bake.site.told.length >= 1);
  expect(bake.site.told[0]).toMatchObject({ sentence: expect.stringContaining('it could not be taken back: somebody holds this environment on web-1') as string });
  await skipUntil(() => passedAt(bake) > 20);
  expect(bake.site.told).toHaveLength(1);
  bake.site.hosts.get('web-1')?.close('somebody', 'deployed');
  await decide(bake.handle, 'rollback');
  expect(await bake.handle.result()).toMatchObject({ outcome: 'rolled-back' });
});

test('ends where the worker knows no bake any more', async () => {
  const bake = await watched('gone', () => 0.001);
  await skipUntil(() => passedAt(bake) >= 3);
  bake.site.bake = null;
  expect(await bake.handle.result()).toMatchObject({ outcome: 'stopped', sentence: expect.stringContaining('sternway.yml has none any more') as string });
});
