// The database and the moment of no return: before users are let in everything goes back by itself, after it only what loses nothing.
import { describe, expect, test } from 'vitest';
import type { Step } from '../../src/plan/plan';
import type { Answer } from '../../src/workflows/messages';
import { expectBack } from './support/expect';
import { STEPS } from './support/plan';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

const MIGRATE = '07-migrate@web-1';
const kinds = ['additive', 'reversible', 'irreversible', 'classified'] as const;
/** Step 02 looks at the migrations and prints its verdict. */
const looking: readonly Step[] = STEPS.map((step) => (step.id.startsWith('02') ? { ...step, classifies: true } : step));

/** A deployment whose last check, from outside, fails: users were let in. */
async function failAfterOpening(site: Site) {
  site.fail('forward 12-site-is-new@worker');
  site.mayStay.add('07-migrate');
  return await temporal.runs.deploy(site);
}

describe.concurrent('a schema change', () => {
  test.for(kinds)('that is %s goes back by itself while no user was let in', async (schema) => {
    const site = new Site(`before-${schema}`, { schema });
    site.fail('forward 10-new-release-answers@web-1');
    const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
    expectBack(site, ended);
    expect(site.journal).toContain('undo 07-migrate@web-1 ended');
    expect(site.asked).toEqual([]);
  });

  test('that is additive stays once users were let in, the code goes back, and the result says so', async () => {
    const site = new Site('after-additive', { schema: 'additive' });
    const ended = await temporal.runs.ended(await failAfterOpening(site));
    expectBack(site, ended, { ahead: [MIGRATE] });
    const details: unknown = ended.events.at(-1)?.workflowExecutionFailedEventAttributes?.failure?.applicationFailureInfo?.details?.payloads?.[0]?.data;
    expect(JSON.parse(Buffer.from(details as Uint8Array).toString())).toMatchObject({ outcome: 'rolled-back', schemaAhead: ['migrate@web-1'], skipped: [] });
    expect(site.asked).toEqual([]);
  });

  test.for([
    ['reversible', 'retry'], ['reversible', 'skip'], ['reversible', 'resolved'],
    ['irreversible', 'retry'], ['irreversible', 'skip'], ['irreversible', 'resolved'],
  ] as [Step['schema'] & string, Answer][])('that is %s holds and asks once users were let in, with what would be lost, and %s is followed [CH-11] [F49]', async ([schema, answer]) => {
    const site = new Site(`after-${schema}-${answer}`, { schema });
    const handle = await failAfterOpening(site);
    const blocked = await site.question(MIGRATE);
    expect(blocked).toEqual({
      task: MIGRATE, title: 'migrate', host: 'web-1', hold: true,
      sentence: `migrate on web-1 is ${schema}, and users were let in since: 12 rows in 3 minutes. ${schema === 'reversible' ? 'retry reverses it with the new code, or restores the dump and loses that where reversing fails' : 'retry restores the dump and loses that'}; skip leaves the schema`,
    });
    // Counted from the moment at which the opening step said so.
    expect(site.lossSince).toEqual(['2026-11-22T05:00:00Z']);
    // Everything is safe meanwhile: the new code is stopped everywhere, the old is not started.
    expect(site.left().filter((effect) => effect > '07')).toEqual([MIGRATE]);
    expect(site.left()).toContain('06-stop-the-app@web-2');
    if (answer === 'resolved') site.hosts.get('web-1')?.mend('07-migrate');
    await temporal.runs.decide(handle, blocked, answer);
    const ended = await temporal.runs.ended(handle);
    expect(site.hosts.get('web-1')?.runs.includes('undo 07-migrate')).toBe(answer === 'retry');
    if (answer !== 'skip') return expectBack(site, ended);
    expect(ended).toMatchObject({ outcome: 'incomplete', failure: { type: 'Incomplete' } });
    expect(site.left()).toEqual([MIGRATE]);
  });

  test('that would lose rows is asked about too where one signal takes the release back, with its reason; nothing is lost before the answer [RT-04, RT-09]', async () => {
    const site = new Site('signalled', { schema: 'irreversible' });
    site.mayStay.add('07-migrate');
    await temporal.runs.ended(await temporal.runs.deploy(site));
    if (site.head) site.head = { ...site.head, schema: 'irreversible' };
    const handle = await temporal.runs.rollback(site, { reason: 'orders are damaged' });
    const blocked = await site.question(MIGRATE);
    expect(blocked).toMatchObject({ hold: true, sentence: expect.stringContaining('12 rows in 3 minutes. retry restores the dump and loses that; skip leaves the schema') as string });
    expect(site.runs()).not.toContain('undo 07-migrate');
    await temporal.runs.decide(handle, blocked, 'retry');
    const ended = await temporal.runs.ended(handle);
    expect(ended).toMatchObject({ outcome: 'rolled-back', result: { sentence: expect.stringContaining('taken back by ops@example.org: orders are damaged') as string } });
    expect(site.runs()).toContain('undo 07-migrate');
  });

  test.for([['additive', true], ['none', true], ['irreversible', false], ['what is that', false]] as const)(
    'that is classified on the way, here as "%s", is treated so after users were let in',
    async ([found, stays]) => {
      const site = new Site(`found-${found.replaceAll(' ', '-')}`, { schema: 'classified', steps: looking });
      site.schemaFound = found;
      const handle = await failAfterOpening(site);
      if (!stays) await temporal.runs.decide(handle, await site.question(MIGRATE), 'retry');
      expectBack(site, await temporal.runs.ended(handle), { ahead: stays ? [MIGRATE] : [] });
      expect(site.asked).toHaveLength(stays ? 0 : 1);
    },
  );

  test('is asked about even when what it would lose cannot be read', async () => {
    const site = new Site('unread', { schema: 'irreversible' });
    site.fail('describeLoss', Infinity, 'web-1 is out of reach');
    const handle = await failAfterOpening(site);
    const blocked = await site.question(MIGRATE);
    expect(blocked.sentence).toContain('what was written since could not be read (web-1 is out of reach)');
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle));
  });

  test('goes back by itself when the opening was asked for, but never began on any host', async () => {
    const site = new Site('never-opened', { schema: 'irreversible', limits: { heartbeat: 3 } });
    const late = [site.delay('forward 11-open-the-site@web-1'), site.delay('forward 11-open-the-site@web-2')];
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 10-new-release-answers@web-2 ended');
    await site.changes.until(() => site.onTheWay.size === 2);
    await temporal.runs.rollback(site);
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended);
    expect(site.journal).toContain('undo 11-open-the-site@web-1 never');
    expect(site.asked).toEqual([]);
    late.forEach((gate) => gate.open());
  });
});
