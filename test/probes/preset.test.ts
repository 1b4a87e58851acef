import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config/errors';
import { checkSettings, parseConfig } from '../../src/config/parse';
import { splitInventory } from '../../src/config/environment';
import type { Settings } from '../../src/config/schema';
import { PRESET_NAMES } from '../../src/config/schema/preset';
import { probeDocuments } from '../../src/plan/probes/documents';
import { fullDocument, put } from '../config/document';

function settingsWith(...probes: object[]): Settings {
  const document = fullDocument();
  put(document, ['probes'], probes);
  const environment = parseConfig(document, 'sternway.yml').environments['production'];
  if (!environment) throw new Error('no environment');
  return splitInventory(environment).settings;
}

function mistakes(...probes: object[]): string[] {
  try {
    settingsWith(...probes);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ path, problem }) => `${path}: ${problem}`);
  }
}

const RUNBOOK = { name: 'runbook', preset: 'django' };
const all = { log: '/var/log/shop/web.log', password: { secret: 'API_KEY' }, containers: true, payments: { cancel: '/pay/{order}/', mode: 'test' }, sentry: { organization: 'shop', project: 'shop', token: { secret: 'API_KEY' } } };
const AIM = { deployment: 'd1', tag: 'v2.0.0', release: '/srv/r1', folder: '/var/lib/s/d1', runner: { argv: ['python', 'manage.py'], cwd: '/srv/r1' }, compose: null, outside: {} };

test('the preset is the list of the runbook in its three tiers, each name once [VF-07, VF-25, VF-34]', () => {
  const { probes } = settingsWith({ ...RUNBOOK, endpoints: all });
  expect(probes.map(({ name }) => name).toSorted()).toEqual([...PRESET_NAMES].toSorted());
  expect([1, 2, 3].map((tier) => probes.filter((probe) => probe.tier === tier).length)).toEqual([11, 4, 8]);
});

test('what comes of the preset is settings like any other: read again by the worker, it stays as it is', () => {
  const settings = settingsWith(RUNBOOK, { name: 'mine', path: '/mine' });
  expect(checkSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
  expect(JSON.stringify(settings.probes)).not.toContain('preset');
});

test('endpoints are the app’s own, a probe of the same name replaces one, and `without` leaves one out', () => {
  const { probes } = settingsWith({ ...RUNBOOK, endpoints: { ...all, health: '/healthz', without: ['storage', 'certificate'] } }, { name: 'home', path: '/start', status: 204 });
  expect(probes.find(({ name }) => name === 'health')).toMatchObject({ path: '/healthz' });
  expect(probes.filter(({ name }) => name === 'home')).toEqual([expect.objectContaining({ path: '/start', status: 204 })]);
  expect(probes.map(({ name }) => name)).not.toContain('storage');
  expect(mistakes({ ...RUNBOOK, endpoints: { without: ['storrage'] } })).toEqual(['probes[0].endpoints.without[0]: must be a probe of the preset (got storrage)']);
  expect(mistakes({ ...RUNBOOK, path: '/' })).toEqual(['probes[0].path: must not stand beside preset (got path)']);
  expect(mistakes({ name: 'x', path: '/', endpoints: {} })).toEqual(['probes[0].endpoints: must stand beside preset (got no preset)']);
});

test('payments and what needs a login are left out unless asked for: nothing in production is bought by default [A-39, CH-13]', () => {
  const names = settingsWith(RUNBOOK).probes.map(({ name }) => name);
  for (const optional of ['payments', 'upload', 'functions', 'sentry', 'containers', 'app-log']) expect(names).not.toContain(optional);
  const { probes } = settingsWith({ ...RUNBOOK, endpoints: all });
  const payments = probes.find(({ name }) => name === 'payments')?.scenario;
  expect(payments?.steps.at(-1)).toMatchObject({ test_mode: 'test' });
  expect(payments?.cleanup).toHaveLength(1);
});

test('the release is compared by its tag and by its number, whichever the app says [VF-10, A-38]', () => {
  const document = probeDocuments(settingsWith(RUNBOOK), AIM).closed.find(({ name }) => name === 'status');
  expect(document).toMatchObject({ json: { status: 'operational', version: ['v2.0.0', '2.0.0'] } });
});

test('each reading has its side and its time: services and logs on the host before users are in, users’ ways and Sentry from the worker after [OV-10]', () => {
  const { closed, open } = probeDocuments(settingsWith({ ...RUNBOOK, endpoints: all }), AIM);
  const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
  expect(names(closed)).toEqual(['home', 'health', 'status', 'users', 'redis', 'cache', 'celery', 'storage', 'check-db', 'app-log', 'nginx-log']);
  expect(names(open[1].worker)).toEqual(['home', 'health', 'status']);
  expect(names(open[1].host)).toEqual([]);
  expect([names(open[2].host), names(open[2].worker)]).toEqual([[], ['functions', 'upload', 'payments', 'certificate']]);
  expect([names(open[3].host), names(open[3].worker)]).toEqual([['errors', 'cpu', 'memory', 'disk', 'mysql', 'containers'], ['sentry', 'times']]);
  for (const one of closed) expect(one.until).toBe(45);
});

test('no document holds a secret, only its name [SE-01]', () => {
  const { closed, open } = probeDocuments(settingsWith({ ...RUNBOOK, endpoints: all }), AIM);
  expect(JSON.stringify([closed, open])).toContain('{"secret":"API_KEY"}');
});
