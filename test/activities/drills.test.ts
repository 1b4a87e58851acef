// What a drill rehearses, and what becomes of its proof: on a real server, with the real workflows and a real schedule; only the hosts are fakes.
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test, vi } from 'vitest';
import type { Deps } from '../../src/activities/deps';
import { drillActivities, provenByDrills } from '../../src/activities/drills';
import { resolveEnvironment, splitInventory } from '../../src/config/environment';
import { parseConfig } from '../../src/config/parse';
import { UserError } from '../../src/config/user-error';
import { drillsOf } from '../../src/events/proofs';
import { installDrills, nextDrill, removeDrills } from '../../src/temporal/drill-schedule';
import { besideOf } from '../../src/temporal/names';
import { document } from '../cli/support/config';
import { Site } from '../workflows/support/site';
import { useTemporal } from '../workflows/support/use-temporal';

const temporal = useTemporal();

const DRILLS = { environment: 'staging', max_age: '45d', refuse: true };

/** The worker's own side: its file, its Temporal server, and hosts that say what they serve. */
function depsOf(app: string, { drills = DRILLS, live = 'v1', server = true }: { drills?: object; live?: string | null; server?: boolean } = {}): Deps {
  const engine = { engine: 'sqlite', file: 'media/shop.sqlite3', status: ['true'], upgrade: ['true'], accept: 'irreversible' };
  const config = parseConfig({ ...document(app, ['production', 'staging']), drills, database: engine }, 'sternway.yml');
  const host = { helperHome: '/helper', read: () => Promise.resolve({ code: 0, stdout: JSON.stringify({ revision: live === null ? null : { release: live }, probes: {} }), stderr: '', cut: false }) };
  return {
    environment: (_: string, name: string) => splitInventory(resolveEnvironment(config, name)),
    host: () => host,
    temporal: () => (server ? Promise.resolve(temporal.client) : Promise.reject(new UserError('there is no Temporal server here to ask'))),
  } as unknown as Deps;
}

const planned = (app: string, options = {}, environment = 'production') => new MockActivityEnvironment().run(drillActivities(depsOf(app, options)).planDrill, { app, environment });
const settingsOf = (deps: Deps, app: string) => deps.environment(app, 'production').settings;

async function deployed(app: string): Promise<Site> {
  const site = new Site(app);
  site.mayStay.add('07-migrate');
  expect((await temporal.runs.ended(await temporal.runs.deploy(site))).outcome).toBe('deployed');
  // Lists lag a moment behind.
  await vi.waitFor(async () => expect(await planned(app)).toMatchObject({ release: 'v2' }), { timeout: 30_000 });
  return site;
}

test('rehearsed is what is live by the history, back to what was live before it', async () => {
  await deployed('rehearsed');
  expect(await planned('rehearsed')).toEqual({ on: 'staging', release: 'v2', previous: 'v1', deployment: 'd-rehearsed', live: 'v1', restore: true });
  expect(await planned('rehearsed', { live: null, drills: { ...DRILLS, restore: false } })).toMatchObject({ live: null, restore: false });
});

test('nothing is rehearsed where nothing is known to be live, where drills take place themselves, or while one of both is held', async () => {
  await expect(planned('unknown')).rejects.toThrow('Temporal knows of no deployment that is live on unknown/production, so there is none to rehearse');
  await expect(planned('unknown', {}, 'staging')).rejects.toThrow("the worker's own sternway.yml has no drills for unknown/staging");
  const site = await deployed('in-use');
  const gate = site.hold('forward 02-build-release@web-1');
  const run = await temporal.client.workflow.start('deploy', { workflowId: 'in-use/staging', taskQueue: temporal.taskQueue, args: [{ app: 'in-use', environment: 'staging', release: 'v2', deployment: 'd-other', by: 'ada' }] });
  await expect(planned('in-use')).rejects.toThrow('in-use/staging is held by d-other; hold the drill when that is over');
  gate.open();
  await temporal.runs.ended(run);
});

test('a schedule holds a drill, the plan says when a rollback was proven, and a failed drill refuses deployments until one goes well [DR-01, DR-02]', async () => {
  const app = 'scheduled';
  const target = { app, environment: 'production' };
  const site = await deployed(app);
  const deps = depsOf(app);
  const word = () => provenByDrills(deps, settingsOf(deps, app), false);
  expect((await word()).problems).toEqual(['no drill has proven a rollback yet; hold a drill that goes well (sternway drill now), or set drills.refuse: false']);

  // What is live on production is not what the drill leaves on staging: each has hosts of its own.
  for (const host of site.hosts.values()) host.effects.length = 0;
  await temporal.work({ taskQueue: 'drills', activities: { ...temporal.sites.activities(), planDrill: drillActivities(deps).planDrill } });
  expect(await installDrills(temporal.client, target, '0 4 1 * *', 'drills')).toBe('made');
  expect(await nextDrill(temporal.client, target)).toMatch(/-01T04:00:00\.000Z$/);
  const fire = async (outcome: string) => {
    await temporal.client.schedule.getHandle(besideOf(target).drill).trigger();
    return await vi.waitFor(async () => {
      const [newest] = await drillsOf(temporal.client, target);
      expect(newest?.proof).toMatchObject({ outcome });
      return newest?.proof;
    }, { timeout: 60_000, interval: 200 });
  };

  expect(await fire('proven')).toMatchObject({ release: 'v2', previous: 'v1', on: 'staging', restore: 'ok' });
  expect(await word()).toEqual({ notes: [expect.stringMatching(/^last proven rollback: \d+ s ago, \d+\.\d s, v2 to v1 on staging$/)], problems: [] });

  site.damage = 'web-1: the dump is damaged: its checksum differs';
  await fire('failed');
  expect((await word()).problems).toEqual([expect.stringMatching(/^the last drill failed \d+ s ago: the last backup: web-1: the dump is damaged: its checksum differs; hold a drill/)]);

  site.damage = undefined;
  await fire('proven');
  expect((await word()).problems).toEqual([]);

  expect(await installDrills(temporal.client, target, '0 4 * * 1', 'drills')).toBe('changed');
  await expect(installDrills(temporal.client, target, '61 4 * * 1', 'drills')).rejects.toThrow('Temporal does not take drills.schedule "61 4 * * 1"');
  expect([await removeDrills(temporal.client, target), await removeDrills(temporal.client, target), await nextDrill(temporal.client, target)]).toEqual([true, false, undefined]);
});

test('without a Temporal server a plan says that it is not known, and a deployment is not let through for it', async () => {
  const deps = depsOf('alone', { server: false });
  expect(await provenByDrills(deps, settingsOf(deps, 'alone'), true)).toEqual({ notes: ['last proven rollback: not known here, for there is no Temporal server to ask; a deployment may be refused for it'], problems: [] });
  await expect(provenByDrills(deps, settingsOf(deps, 'alone'), false)).rejects.toThrow('no Temporal server');
});
