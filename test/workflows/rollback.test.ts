// Hours later: the head deployment is undone from the plan and the records that the hosts keep.
import { describe, expect, test } from 'vitest';
import { expectBack, expectBackOrder } from './support/expect';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();
const MIGRATE = '07-migrate@web-1';

/** A site where v2 is live, deployed an hour ago. */
async function deployed(app: string, options: ConstructorParameters<typeof Site>[1] = {}): Promise<Site> {
  const site = new Site(app, options);
  site.mayStay.add('07-migrate');
  await temporal.runs.ended(await temporal.runs.deploy(site));
  expect(site.head?.attempted).toHaveLength(14);
  site.calls.length = 0;
  return site;
}

describe.concurrent('a rollback', () => {
  test('takes the head back in order, and completes', async () => {
    const site = await deployed('head');
    const ended = await temporal.runs.ended(await temporal.runs.rollback(site));
    expectBack(site, ended, { ahead: [MIGRATE] });
    expect(ended).toMatchObject({ status: 'COMPLETED', failure: null, states: ['running', 'going back', 'closed'] });
    expect(ended.result).toMatchObject({ outcome: 'rolled-back', cause: 'signal', deployment: 'd-head', schemaAhead: ['migrate@web-1'] });
    expect(ended.result.sentence).toBe('v2 (d-head) taken back by ops@example.org: looks wrong. web-1, web-2 back on v1; the additive schema stays');
    expect(site.head).toBeUndefined();
    // What was attempted is read again under the claim: until then somebody else could still move.
    expect(site.calls).toEqual(['readHead', 'claimHosts', 'readHead', 'closeClaims']);
  });

  test('has a name of its own on the hosts, though another one was carried out a moment before', async () => {
    const site = await deployed('twice');
    const names: (string | undefined)[] = [];
    for (const _ of [1, 2]) {
      expect((await temporal.runs.ended(await temporal.runs.rollback(site))).outcome).toBe('rolled-back');
      names.push([...site.hosts.values()][0]?.claim?.holder);
      await temporal.runs.ended(await temporal.runs.deploy(site, { deployment: 'd-again' }));
    }
    expect(names).toEqual([expect.stringMatching(/^rollback-[0-9a-f]{8}$/), expect.stringMatching(/^rollback-[0-9a-f]{8}$/)]);
    expect(new Set(names).size).toBe(2);
  });

  test('undoes what has a record, and nothing else', async () => {
    const site = await deployed('subset');
    if (!site.head) throw new Error('nothing was deployed');
    const attempted = site.head.attempted.filter((task) => task.endsWith('@web-2') || task < '05');
    site.head = { ...site.head, attempted };
    const ended = await temporal.runs.ended(await temporal.runs.rollback(site));
    expect(ended.outcome).toBe('rolled-back');
    const undone = site.journal.filter((line) => line.startsWith('undo') && line.endsWith(' ended') && !/0[15]-/.test(line));
    expect(undone.map((line) => line.split(' ')[1]).sort()).toEqual([...attempted].sort());
    expectBackOrder(site);
  });

  test('of a deployment whose schema nobody looked at asks first', async () => {
    const site = await deployed('unknown-schema', { schema: 'classified' });
    const handle = await temporal.runs.rollback(site);
    const blocked = await site.question(MIGRATE);
    expect(blocked.hold).toBe(true);
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle));
  });

  test('uses what the hosts recorded of the schema', async () => {
    const site = await deployed('known-schema', { schema: 'classified' });
    if (site.head) site.head = { ...site.head, schema: 'additive' };
    expectBack(site, await temporal.runs.ended(await temporal.runs.rollback(site)), { ahead: [MIGRATE] });
  });

  test('that cannot go on asks, and ends incomplete after a skip, with the other host back and both locked [F51]', async () => {
    const site = await deployed('stuck');
    site.fail('undo 08-switch-release@web-1');
    site.mayStay.add('08-switch-release');
    const handle = await temporal.runs.rollback(site);
    await temporal.runs.decide(handle, await site.question('08-switch-release@web-1'), 'skip');
    const ended = await temporal.runs.ended(handle);
    expect(ended).toMatchObject({ status: 'FAILED', outcome: 'incomplete', failure: { type: 'Incomplete' }, states: ['running', 'going back', 'blocked', 'going back', 'closed'] });
    expect(ended.failure?.message).toContain('NOT everything was taken back on web-1, web-2: switch release@web-1');
    expect(site.left()).toEqual(['07-migrate@web-1', '08-switch-release@web-1']);
    expect(site.openClaims()).toHaveLength(2);
  });

  test('to a release that is not well stops there, with its last words put before a person and the hosts locked [F39]', async () => {
    const site = await deployed('sick');
    site.fail('undo 05-old-release-answers@web-1', 1, 'status 500 instead of 200');
    const handle = await temporal.runs.rollback(site);
    const blocked = await site.question('05-old-release-answers@web-1');
    expect(blocked.sentence).toContain('status 500 instead of 200');
    await handle.query('progress');
    // Users get no way in to it meanwhile, and what there is to see stays.
    expect(site.left()).toContain('04-serve-maintenance-page@web-1');
    expect(site.openClaims()).toHaveLength(2);
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle), { ahead: [MIGRATE], waited: 'web-1' });
  });

  test.for([
    ['where nothing was deployed', {}, 'nothing is not what a rollback would undo'],
    ['of a deployment that is not the head', { deployment: 'd-older' }, 'd-older is not what a rollback would undo'],
  ] as const)('%s is refused and changes nothing', async ([name, input, sentence]) => {
    const site = temporal.sites.add(new Site(name.replaceAll(' ', '-')));
    const ended = await temporal.runs.ended(await temporal.runs.rollback(site, input));
    expect(ended).toMatchObject({ outcome: 'unchanged', failure: { type: 'Refused', message: sentence } });
    expect([site.journal, site.openClaims()]).toEqual([[], []]);
  });

  test('of hosts that somebody else holds is refused as busy', async () => {
    const site = await deployed('held');
    site.hosts.get('web-2')?.take('d-other');
    const ended = await temporal.runs.ended(await temporal.runs.rollback(site));
    expect(ended).toMatchObject({ outcome: 'unchanged', failure: { type: 'Busy', message: 'd-other holds this environment on web-2' } });
    expect(site.openClaims()).toEqual(['web-2: d-other']);
  });

  test('cancelled before its first undo changes nothing; cancelled or signalled later it goes through', async () => {
    const site = await deployed('cancelled');
    site.hold('claimHosts');
    const early = await temporal.runs.rollback(site);
    await site.changes.until(() => site.calls.includes('claimHosts'));
    await early.cancel();
    expect(await temporal.runs.ended(early)).toMatchObject({ status: 'CANCELLED', outcome: 'unchanged' });

    site.hold('claimHosts').open();
    const slow = site.hold('undo 08-switch-release@web-1');
    const late = await temporal.runs.rollback(site);
    await site.happened('undo 08-switch-release@web-1 began');
    await late.cancel();
    expect((await temporal.runs.rollback(site)).signaledRunId).toBe(late.signaledRunId);
    slow.open();
    const ended = await temporal.runs.ended(late);
    expectBack(site, ended, { ahead: [MIGRATE] });
    expect(ended.status).toBe('COMPLETED');
  });
});
