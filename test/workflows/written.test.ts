// What a person wrote for a release: when and to whom it is told, and that nothing of it can harm a run.
import { describe, expect, test } from 'vitest';
import type { Telling } from '../../src/messages/moments';
import { PEOPLE } from './support/people';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

const NOTES = { changes: ['Search by date', 'Faster orders'], for_users: ['You can search by date'], known: ['Search is slow: filter by month'] };

function told(name: string): Site {
  const site = new Site(name);
  site.mayStay.add('07-migrate');
  site.policy = { ...site.policy, messages: { ...PEOPLE, every: 0.1 } };
  return site;
}

const all = <M extends Telling['moment']>(site: Site, moment: M) => site.told.filter((telling): telling is Extract<Telling, { moment: M }> => telling.moment === moment);

describe.concurrent('what a person wrote for a release', () => {
  test('is in the message that it is done: the changes, and apart from them what users are told [NT-12, CH-04]', async () => {
    const site = told('written-done');
    await temporal.runs.ended(await temporal.runs.deploy(site, { notes: NOTES }));
    expect(all(site, 'done')).toMatchObject([{ changes: NOTES.changes, forUsers: NOTES.for_users }]);
  });

  test('is in every update of its way back, by its known problems and the ways around them [NT-19, DR-08]', async () => {
    const site = told('written-back');
    site.fail('forward 08-switch-release@web-1');
    const slow = site.hold('undo 06-stop-the-app@web-1');
    const handle = await temporal.runs.deploy(site, { notes: NOTES });
    await site.changes.until(() => all(site, 'rollback-update').length >= 2);
    slow.open();
    await temporal.runs.ended(handle);
    expect(all(site, 'rollback-update').map(({ known }) => known)).toEqual(all(site, 'rollback-update').map(() => NOTES.known));
  });

  test('is kept with the plan, so a rollback weeks later tells of its known problems too [DR-08]', async () => {
    const site = told('written-later');
    await temporal.runs.ended(await temporal.runs.deploy(site, { notes: NOTES }));
    expect(site.head?.plan.releaseNotes).toEqual(NOTES);
    const slow = site.hold('undo 06-stop-the-app@web-1');
    const handle = await temporal.runs.rollback(site);
    await site.changes.until(() => all(site, 'rollback-update').length > 0);
    slow.open();
    await temporal.runs.ended(handle);
    expect(all(site, 'rollback-update')[0]?.known).toEqual(NOTES.known);
  });

  test('may be nonsense where somebody types it into the bare Temporal CLI: the deployment goes on as without it', async () => {
    const sites = await Promise.all([['a'], 'text', 7, { changes: 'one', known: [null, {}] }].map(async (notes, n) => {
      const site = told(`written-nonsense-${n}`);
      expect((await temporal.runs.ended(await temporal.runs.deploy(site, { notes }))).outcome).toBe('deployed');
      return site;
    }));
    for (const site of sites) {
      expect(all(site, 'done')).toMatchObject([{ changes: [], forUsers: [] }]);
      expect(site.head?.plan).not.toHaveProperty('releaseNotes');
    }
  });
});
