/** What the bake reads through probes: the document of each source, and the figure of each reading. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { figureOf, isShare } from '../../src/bake/figures';
import { takeReadings } from '../../src/activities/outside';
import { parseConfig } from '../../src/config/parse';
import { splitInventory, resolveEnvironment } from '../../src/config/environment';
import { measuresOf } from '../../src/config/schema/bake-sources';
import { PROBE_KINDS } from '../../src/config/schema/probes';
import type { ProbeAim } from '../../src/plan/probes/aim';
import { sourceReading } from '../../src/plan/probes/sources';
import { fullDocument } from '../config/document';

const { settings } = splitInventory(resolveEnvironment(parseConfig(fullDocument(), 'sternway.yml'), 'production'));
const aim: ProbeAim = { deployment: 'd1', tag: 'v2.0.0', release: '/opt/shop.releases/d1', folder: '/var/lib/sternway/d1', runner: null, compose: null, outside: { connect: '10.0.0.5' } };
const pass = (value: unknown) => ({ verdict: 'pass' as const, why: null, value });

test.each([
  ['path', 'seconds', { status: 200, ms: 1250 }, 1.25],
  ['access_log', 'requests', { requests: 40, '5xx': 2 }, 40],
  ['log', 'lines', { lines: 9, found: 3 }, 3],
  ['cpu', 'busy', { busy: 71.5, cpus: 2 }, 0.715],
  ['memory', 'used', { total: 1000, available: 250 }, 0.75],
  ['disk', 'used', { '/': { free: 40, inodes: 60 }, '/srv': { free: 50, inodes: 25 } }, 0.75],
  ['mysql', 'connections', { Threads_connected: 30, max_connections: 120 }, 0.25],
  ['mysql', 'slow', { slow: 7 }, 7],
  ['redis', 'memory', { used_memory: 1048576 }, 1048576],
  ['redis', 'clients', { connected_clients: 12 }, 12],
  ['containers', 'memory', { web: { cpu: 150, memory: 20 }, celery: { cpu: 1, memory: 60 } }, 0.6],
  ['containers', 'cpu', { web: { cpu: 150, memory: 20 }, celery: { cpu: 1, memory: 60 } }, 1.5],
  ['sentry', 'critical', { critical: 2, warnings: 5 }, 2],
  ['sentry', 'warnings', { critical: 2, warnings: 5 }, 5],
] as const)('%s: %s is a figure in base units, also of a reading that fails by its own limit', (kind, measure, value, figure) => {
  expect(figureOf({ kind, measure }, pass(value)).value).toBeCloseTo(figure, 10);
  if (kind !== 'path') expect(figureOf({ kind, measure }, { verdict: 'fail', why: 'more than', value }).value).toBeCloseTo(figure, 10);
  expect(figureOf({ kind, measure }, { verdict: 'unknown', why: 'no answer: timed out', value })).toEqual({ value: null, count: null, why: 'no answer: timed out' });
  expect(figureOf({ kind, measure }, pass(null))).toMatchObject({ value: null, why: `the reading has no ${measure}` });
});

test('the share of errors comes with the requests that it rests on; none at all is a count of none', () => {
  const errors = { kind: 'access_log', measure: 'error_share' } as const;
  expect(figureOf(errors, pass({ requests: 80, '5xx': 10, share: 12.5 }))).toEqual({ value: 0.125, count: 80 });
  expect(figureOf(errors, pass({ requests: 0, '5xx': 0, share: null }))).toEqual({ value: 0, count: 0 });
  expect([isShare(errors), isShare({ kind: 'access_log', measure: 'requests' })]).toEqual([true, false]);
});

test('the time of an error page, and of a site that takes the request and never answers, is a least time; of one that is not reached there is none [RT-08]', () => {
  const times = { kind: 'path', measure: 'seconds' } as const;
  expect(figureOf(times, { verdict: 'fail', why: 'status 502 instead of 200', value: { status: 502, ms: 9003 } })).toEqual({ value: 9.003, count: null, atLeast: true, why: 'status 502 instead of 200' });
  expect(figureOf(times, { verdict: 'unknown', why: 'no answer: timed out', value: { waited_ms: 20_004 } })).toEqual({ value: 20.004, count: null, atLeast: true, why: 'no answer: timed out' });
  expect(figureOf(times, { verdict: 'unknown', why: 'no answer: Connection refused', value: null })).toEqual({ value: null, count: null, why: 'no answer: Connection refused' });
});

test('a site that takes connections and hangs has a time, by the probe itself; one where nobody listens has none [RT-08]', async () => {
  const sockets: { destroy(): void }[] = [];
  const server = createServer(() => undefined).on('connection', (socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const [hung, nobody] = await takeReadings([{ kind: 'http', name: 'hung', url, status: 200, timeout: 0.3 }, { kind: 'http', name: 'nobody', url: 'http://127.0.0.1:1/', status: 200, timeout: 0.3 }], { secret: () => 'x' });
  if (!hung || !nobody) throw new Error('there is no reading');
  const figure = figureOf({ kind: 'path', measure: 'seconds' }, hung);
  expect(figure).toMatchObject({ atLeast: true, why: expect.stringContaining('no answer') as string });
  expect(figure.value).toBeGreaterThanOrEqual(0.3);
  expect(figureOf({ kind: 'path', measure: 'seconds' }, nobody)).toMatchObject({ value: null });
});

test('whether it fails is a figure of every kind, what users do and the queue among them; what is unknown is no data [MN-24, PD-05]', () => {
  for (const kind of PROBE_KINDS.filter((one) => one !== 'samples')) {
    expect(measuresOf(kind)).toContain('failing');
    expect(figureOf({ kind, measure: 'failing' }, { verdict: 'fail', why: 'x' })).toEqual({ value: 1, count: null });
    expect(figureOf({ kind, measure: 'failing' }, pass({}))).toEqual({ value: 0, count: null });
    expect(figureOf({ kind, measure: 'failing' }, { verdict: 'unknown', why: 'x' }).value).toBeNull();
  }
});

test('a database is watched by its connections and slow queries, as the probe reads them [MN-23]', () => {
  const status = { Threads_connected: 40, max_connections: 160, slow: 3 };
  expect(figureOf({ kind: 'mysql', measure: 'connections' }, pass(status))).toEqual({ value: 0.25, count: null });
  expect(figureOf({ kind: 'mysql', measure: 'slow' }, pass(status))).toEqual({ value: 3, count: null });
});

test('everything that the configuration lets a probe measure has a figure', () => {
  for (const kind of PROBE_KINDS) for (const measure of measuresOf(kind)) expect(() => figureOf({ kind, measure }, pass({}))).not.toThrow();
  expect(() => figureOf({ kind: 'tls', measure: 'days' }, pass({}))).toThrow(RangeError);
});

test('each source has its document, but Prometheus; the access log is read from the sample before', () => {
  const [share, prometheus, sentry, times] = settings.bake?.sources ?? [];
  if (!share || !prometheus || !sentry || !times) throw new Error('the document has other sources');
  expect(sourceReading(settings, aim, prometheus, 0)).toBeNull();
  expect(sourceReading(settings, aim, share, 1435781451)).toEqual({
    side: 'host', kind: 'access_log', measure: 'error_share',
    document: { kind: 'access_log', name: 'share', timeout: 5, path: '/var/log/nginx/shop.log', format: '(?<time>a)(?<status>b)', share: 100, least: 0, since: 1435781451 },
  });
  expect(sourceReading(settings, aim, times, 0)).toMatchObject({ side: 'worker', kind: 'path', measure: 'seconds', document: { url: 'https://shop.test/health/', connect: '10.0.0.5:443', status: 200, timeout: 20 } });
  expect(sourceReading(settings, aim, times, 0)?.document).not.toHaveProperty('within_ms');
  const failing = { name: 'up', probe: { name: 'health', measure: 'failing' as const } };
  expect(sourceReading(settings, aim, failing, 0)?.document).toHaveProperty('within_ms', 500);
  expect(sourceReading(settings, aim, { name: 'disk', probe: { name: 'disk' } }, 0)).toMatchObject({ side: 'host', kind: 'disk', measure: 'used' });
  expect(() => sourceReading(settings, aim, { name: 'x', probe: { name: 'gone' } }, 0)).toThrow(new RangeError('there is no probe gone'));
});

test('Sentry is asked about this release, in this environment, since its own record of the deployment: older issues and other releases are no figure [A-49, PD-01]', async () => {
  const queries: (string | null)[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
    const issue = (lastSeen: string, level: string) => ({ title: 'x', level, lastSeen });
    if (pathname.endsWith('/deploys/')) return void response.end(JSON.stringify([{ environment: 'production', dateFinished: '2026-11-22T08:00:00Z' }, { environment: 'staging', dateFinished: '2026-11-22T09:00:00Z' }]));
    queries.push(searchParams.get('query'), searchParams.get('environment'));
    // During the maintenance, and after it.
    response.end(JSON.stringify([issue('2026-11-22T07:50:00Z', 'fatal'), issue('2026-11-22T08:10:00Z', 'error'), issue('2026-11-22T08:10:00Z', 'warning')]));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reading = sourceReading(settings, aim, { name: 'issues', sentry: { url, organization: 'shop', project: 'shop', token: { secret: 'API_KEY' }, measure: 'critical' } }, 1435781451);
  if (reading === null) throw new Error('there is no document');
  const [taken] = await takeReadings([reading.document], { secret: () => 'x' });
  if (taken === undefined) throw new Error('there is no reading');
  expect(figureOf(reading, taken)).toEqual({ value: 1, count: null });
  expect(queries).toEqual(['release:"v2.0.0" lastSeen:>=2026-11-22T08:00:00Z', 'production']);
});

test('the probe program takes every document', async () => {
  const documents = (settings.bake?.sources ?? []).flatMap((source) => {
    const reading = sourceReading(settings, { ...aim, outside: { connect: '127.0.0.1:1' } }, source, 0);
    return reading === null ? [] : [{ ...reading.document, ...('url' in reading.document ? { url: 'http://127.0.0.1:1/' } : {}) }];
  });
  expect(documents).toHaveLength(3);
  const readings = await takeReadings(documents, { secret: () => 'x' });
  expect(readings.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown', 'unknown']);
});
