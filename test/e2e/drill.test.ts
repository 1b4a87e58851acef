// A rehearsal on two real hosts, from its schedule: staging is taken there and back, and the backup of production is loaded beside its database.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plan } from '../../src/activities/planning';
import { drillsOf, type Proof } from '../../src/events/proofs';
import { installDrills } from '../../src/temporal/drill-schedule';
import { createLogger } from '../../src/temporal/logger';
import { besideOf, TASK_QUEUE } from '../../src/temporal/names';
import { workerDeps } from '../../src/worker';
import { raiseShop, type ShopHost } from '../../testbed/shop';
import { deploy, must, raiseStage, until, version, type Stage } from './stage';

const target = { app: 'shop', environment: 'production' };

let staging: ShopHost;
let stage: Stage;
beforeAll(async () => {
  staging = await raiseShop({ name: 'drill-staging' });
  const { host, caPath } = staging;
  stage = await raiseStage('drill-production', {
    change: (config) => {
      const hosts = { 'web-1': { address: host.address, port: host.port, user: host.user, key: host.privateKeyPath, host_key: host.hostKey } };
      Object.assign(config['environments'] as object, { staging: { url: 'https://shop.test', connect: host.address, ca: caPath, hosts } });
      config['drills'] = { environment: 'staging', max_age: '45d', refuse: true };
    },
  });
});
afterAll(async () => {
  await stage?.remove();
  await staging?.remove();
});

/** What the schedule's next drill has shown. */
async function drilled(before: number): Promise<Proof> {
  await stage.client.schedule.getHandle(besideOf(target).drill).trigger();
  return await until('the proof of a drill', async () => {
    const drills = await drillsOf(stage.client, target);
    return drills.length > before && (drills[0]?.proof ?? undefined);
  }, 150);
}

/** What a plan on production says, as `sternway plan` makes it. */
async function planned(release: string) {
  const deps = workerDeps(stage.config, createLogger({ level: 'error' }), { address: stage.server.address });
  const operation = { ...target, deployment: 'd-planned', holder: 'd-planned', by: 'test', via: 'test', reason: '' };
  try {
    return await plan(deps, { operation, release }, undefined, true);
  } finally {
    await deps.disconnect();
  }
}

/** What staging serves, by its own word. */
const served = async (): Promise<string> => await version({ ...stage, shop: staging });

test('a scheduled drill proves the way back on real hosts; a damaged backup fails the next one, and deployments are refused for it [DR-01, DR-02, PD-08, A-50]', async () => {
  const { deployment } = await deploy(stage, 'v1.1.0');
  await installDrills(stage.client, target, '0 4 1 * *', TASK_QUEUE);
  await until('the deployment in the list', async () => /no drill has proven a rollback yet/.test(await planned('v1.2.0').then(() => '', (error: Error) => error.message)));

  const proof = await drilled(0);
  expect(proof).toMatchObject({ outcome: 'proven', release: 'v1.1.0', previous: 'v1.0.0', on: 'staging', restore: 'ok' });
  expect(proof.rollbackSeconds).toBeGreaterThan(0);
  expect([await served(), await version(stage)]).toEqual(['v1.0.0', 'v1.1.0']);
  const { notes = [] } = await planned('v1.2.0');
  expect(notes).toContainEqual(expect.stringMatching(/^last proven rollback: .* ago, [\d.]+ s, v1\.1\.0 to v1\.0\.0 on staging$/));

  const folder = `/var/lib/sternway/shop/production/${deployment}/backup`;
  const left = await must(stage, `ls -A ${folder}`);
  await must(stage, `printf x >> ${folder}/database.sqlite3`);
  expect(await drilled(1)).toMatchObject({ outcome: 'failed', sentence: `the last backup: web-1: the dump ${folder}/database.sqlite3 is damaged: its checksum differs` });
  expect([await served(), await must(stage, `ls -A ${folder}`)]).toEqual(['v1.0.0', left]);
  const why = /the last drill failed .* is damaged: its checksum differs; hold a drill that goes well/;
  await expect(planned('v1.2.0')).rejects.toThrow(why);
  const refused = await deploy(stage, 'v1.2.0');
  expect(refused).toMatchObject({ type: 'Refused', outcome: 'unchanged' });
  expect(refused.sentence).toMatch(why);
}, 400_000);
