// The kept report of a deployment that was watched: real histories, a real directory; only the hosts and figures are scripted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import type { Deps } from '../../src/activities/deps';
import { reportActivities } from '../../src/activities/reports';
import { bake as schema } from '../../src/config/schema/bake';
import { besideOf } from '../../src/temporal/names';
import { temporary } from '../commands/support/run';
import { Site } from '../workflows/support/site';
import { useTemporal } from '../workflows/support/use-temporal';

const temporal = useTemporal();

test('is written again when the bake has ended, with its figures and the end that the deployment had; before that end by the deployment alone [IR-04, MN-27]', async () => {
  const directory = join(temporary(), 'kept');
  const bake = schema.parse({ watch: ['1d'], every: '1s', thresholds: [{ name: 'errors', metric: 'errors', accept: '1%', rollback: '10%', for: '0s' }], sources: [{ name: 'errors', prometheus: { url: 'http://127.0.0.1:9090', query: 'x' } }] });
  const deps = { environment: () => ({ settings: { reports: { directory }, bake }, inventory: {} }), temporal: () => Promise.resolve(temporal.client) } as unknown as Deps;
  const { storeReport } = reportActivities(deps);
  await temporal.work({ taskQueue: 'watched', activities: { ...temporal.sites.activities(), storeReport } });
  const site = temporal.sites.add(new Site('watched'));
  site.policy = { ...site.policy, reports: [directory], bake: { every: 100, watch: [1000] } };
  [site.bake, site.figure] = [bake, () => 0.05];
  const handle = await temporal.runs.deploy(site, {}, { taskQueue: 'watched' });
  expect((await temporal.runs.ended(handle)).outcome).toBe('deployed');
  // It holds, so it cannot have ended before its deployment; what it reads from here on the deployment's own writing does not have.
  site.figure = () => 0.09;
  const looks = site.looks.length;
  await site.changes.until(() => site.looks.length > looks + 1);
  site.figure = () => 0.004;
  const target = { app: 'watched', environment: 'production' };
  expect(await temporal.client.workflow.getHandle(besideOf(target).bake).result()).toMatchObject({ outcome: 'healthy' });
  const html = readFileSync(join(directory, 'watched-production-d-watched.html'), 'utf8');
  expect(html).toContain('errors over time');
  expect(html).toMatch(/readings? from 0 % to 9 %/);
  expect(readFileSync(join(directory, 'watched-production-d-watched.md'), 'utf8')).toContain('v2 is live on web-1, web-2 and verified');

  const gate = site.hold('preparePlan');
  const running = await temporal.runs.deploy(site, { deployment: 'd-2' }, { taskQueue: 'watched' });
  const again = await new MockActivityEnvironment().run(storeReport, { target, name: 'too-early', end: null, run: running.firstExecutionRunId });
  expect(again).toEqual({ where: [] });
  await running.signal('rollback', { by: 'ada', reason: 'enough' });
  gate.open();
  await temporal.runs.ended(running);
});
