// What a look reads: a real Prometheus that scrapes a service, a probe of the worker, and a host that is not reached.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, onTestFinished, test } from 'vitest';
import { bakeActivities } from '../../src/activities/bake';
import type { LookInput } from '../../src/activities/contract';
import type { Deps } from '../../src/activities/deps';
import type { Look } from '../../src/bake/look';
import { bake as schema } from '../../src/config/schema/bake';
import type { Inventory } from '../../src/config/schema';
import { prepare } from '../../tools/prepare.mjs';
import { shopSettings } from '../plan/support/shop';
import { closedPort, http } from '../probes/support/servers';

/** Between two looks at the same thing: the machine has other work. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

/** A Prometheus of the test's own, which scrapes a port every second; its address, once it is ready. */
async function prometheus(port: number): Promise<string> {
  const { prometheus: program } = await prepare(['prometheus']);
  const folder = mkdtempSync(join(tmpdir(), 'sternway-prometheus-'));
  writeFileSync(join(folder, 'prometheus.yml'), `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: shop, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }]\n`);
  const own = await closedPort();
  const child = spawn(program?.path ?? '', [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${own}`], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${own}`;
  while (!(await fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false))) {
    if (child.exitCode !== null) throw new Error('Prometheus ended');
    await pause();
  }
  return url;
}

/** The activities by a file whose section `bake` this is, where the one host is out of reach. */
function looking(bake: object, over: object = {}): {
  look: (input?: Partial<LookInput>) => Promise<Look | null>;
  before: (previous: Parameters<ReturnType<typeof bakeActivities>['sampleBefore']>[0]['previous']) => Promise<Record<string, unknown>>;
} {
  const settings = { ...shopSettings(), bake: schema.parse(bake), ...over };
  const host = { name: 'web-1', helperHome: '/helper', read: () => Promise.reject(new Error('the line is cut')) };
  const inventory = { hosts: { 'web-1': {} } } as unknown as Inventory;
  const deps = { environment: () => ({ settings, inventory }), host: () => host, secret: (_: Inventory, name: string) => `value of ${name}` } as unknown as Deps;
  const activities = bakeActivities(deps);
  const at = new Date().toISOString();
  const whole: LookInput = { app: 'shop', environment: 'production', deployment: 'd-1', release: 'v1.1.0', begun: at, at, from: at, every: 1000, before: {}, figures: {}, ending: false };
  return {
    look: (input = {}) => new MockActivityEnvironment().run(activities.sampleBake, { ...whole, ...input }),
    before: (previous) => new MockActivityEnvironment().run(activities.sampleBefore, { app: 'shop', environment: 'production', at, previous }),
  };
}

test("a look asks a real Prometheus for a share and the requests behind it, and judges by the worker's own thresholds [MN-38, RT-07]", async () => {
  let bad = 0;
  const port = await http((_, response) => {
    response.end(`# TYPE http_requests_total counter\nhttp_requests_total{status="200"} ${1000 - bad}\nhttp_requests_total{status="500"} ${bad}\n`);
  });
  const url = await prometheus(port);
  const query = 'sum(http_requests_total{status=~"5.."}) / sum(http_requests_total)';
  const { look } = looking({
    watch: ['1h'], every: '1s',
    thresholds: [{ name: 'error-rate', metric: 'errors', accept: '1%', rollback: '10%', for: '0s', least: 100 }],
    sources: [{ name: 'errors', prometheus: { url, query, count: 'sum(http_requests_total)' } }],
  });
  const until = async (state: string): Promise<Look> => {
    for (;;) {
      const found = await look({ at: new Date().toISOString() });
      if (found?.verdict.state === state && found.samples['errors']?.value !== null) return found;
      await pause();
    }
  };
  expect(await until('healthy')).toMatchObject({ samples: { errors: { value: 0, count: 1000 } }, bounds: [{ name: 'error-rate', metric: 'errors', unit: 'share', accept: 0.01, rollback: 0.1, baseline: null }], keep: 2000 });
  bad = 330;
  const found = await until('rollback');
  expect(found).toMatchObject({ samples: { errors: { value: 0.33, count: 1000 } } });
  expect(found.verdict.because).toEqual([expect.stringMatching(/^error-rate: 33%, beyond 10% without a break/)]);
});

test('one source that says nothing costs the others nothing, and is no data with its reason', async () => {
  const port = await http((_, response) => void response.end('{"status": "healthy"}'));
  const { look } = looking({
    watch: ['1h'], every: '1s',
    thresholds: ['time', 'errors', 'load'].map((metric) => ({ name: metric, metric, accept: 20, for: '0s' })),
    sources: [{ name: 'time', probe: { name: 'ping' } }, { name: 'errors', access_log: {} }, { name: 'load', prometheus: { url: `http://127.0.0.1:${await closedPort()}`, query: 'x' } }],
  }, { url: `http://127.0.0.1:${port}`, probes: [{ name: 'ping', path: '/', status: 200, within: '5s', tier: 1 }] });
  const found = await look();
  expect(found?.samples['time']).toMatchObject({ value: expect.any(Number) as number });
  expect(found?.samples['errors']).toMatchObject({ value: null, why: 'web-1: the line is cut' });
  expect(found?.samples['load']).toMatchObject({ value: null, why: 'Prometheus: no answer: ECONNREFUSED' });
  expect(found?.judgements.map(({ state }) => state)).toEqual(['healthy', 'unknown', 'unknown']);
});

test('before a deployment a few samples are taken of what serves; what a probe expects of a release is not asked of one that nobody deployed [MN-21]', async () => {
  const port = await http((_, response) => void response.end('fine'));
  const { before } = looking({
    watch: ['1h'], every: '1s', thresholds: ['time', 'failing'].map((metric) => ({ name: metric, metric, accept: 20, for: '0s' })),
    sources: [{ name: 'time', probe: { name: 'ping' } }, { name: 'failing', probe: { name: 'ping', measure: 'failing' } }],
  }, { url: `http://127.0.0.1:${port}`, probes: [{ name: 'ping', path: '/', status: 200, within: '5s', tier: 1, contains: '{release}' }] });
  const brownfield = await before({ tag: 'v1.0.0', deployment: null, path: '/opt/shop' });
  expect(brownfield['failing']).toMatchObject([{ value: null, why: expect.stringContaining('one that Sternway did not deploy') as string }, {}, {}]);
  const known = await before({ tag: 'fine', deployment: 'd-0', path: '/opt/shop' });
  expect(known['failing']).toMatchObject([{ value: 0 }, { value: 0 }, { value: 0 }]);
  expect(known['time']).toHaveLength(3);
});

test('where the file has no bake any more there is nothing to look at', async () => {
  const { look, before } = looking({ watch: ['1h'], every: '1s', thresholds: [{ name: 'x', metric: 'x', accept: 1 }], sources: [{ name: 'x', access_log: {} }] }, { bake: undefined });
  expect(await look()).toBeNull();
  expect(await before(null)).toEqual({});
});
