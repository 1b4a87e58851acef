import type { HttpProbe, Probe, Settings } from '../config/schema';
import { isPlain, kindOf } from '../config/schema/probes';
import { bytes, milliseconds, percent, seconds } from '../config/units';
import type { LogScan } from '../commands/logs';
import type { Compose, Expected, ProbeDocument, Runner, ScenarioStep, Send, Way } from '../commands/probe';
import type { HostFacts } from '../facts/facts';
import type { OutsideProbe } from './plan';

/** What probes of one deployment are made for, beside the settings. */
export interface ProbeAim {
  readonly deployment: string;
  readonly tag: string;
  /** Where the new release lies on the host. */
  readonly release: string;
  /** Where this deployment keeps its marks on the host: `…/<deployment>`. */
  readonly folder: string;
  /** How `manage.py` of the release is run on the host; null: probes that need it are `unknown`. */
  readonly runner: Runner | null;
  readonly compose: Compose | null;
  /** How the worker reaches the site as users do. */
  readonly outside: { readonly connect?: string; readonly ca?: string };
}

/** Who takes which readings when, in the order of the settings. */
export interface ProbeDocuments {
  /** First tier, on each host, before users are let in, through the local way in. */
  readonly closed: readonly ProbeDocument[];
  /** By tier, when users are in. */
  readonly open: Readonly<Record<1 | 2 | 3, { readonly host: readonly ProbeDocument[]; readonly worker: readonly ProbeDocument[] }>>;
}

type Side = 'host' | 'worker';
/** Kinds with something to read only when users are in. */
const NEEDS_USERS = ['access_log', 'samples', 'sentry'];

export function probeDocuments(s: Settings, aim: ProbeAim): ProbeDocuments {
  const made = s.probes.map((probe) => ({ tier: probe.tier, sides: sidesOf(probe), late: NEEDS_USERS.includes(kindOf(probe)), probe }));
  const ofTier = (tier: number, side: Side) =>
    made
      .filter((one) => one.tier === tier && one.sides.includes(side) && (side === 'worker' || tier > 1 || one.late))
      .map(({ probe }) => document(s, aim, probe, side === 'worker' ? outsideWay(s, aim.outside) : publicPort(s), side));
  return {
    closed: made
      .filter((one) => one.tier === 1 && one.sides.includes('host') && !one.late)
      .map(({ probe }) => document(s, aim, probe, localWay(s), 'host', seconds(s.timeouts.check))),
    open: { 1: { host: ofTier(1, 'host'), worker: ofTier(1, 'worker') }, 2: { host: ofTier(2, 'host'), worker: ofTier(2, 'worker') }, 3: { host: ofTier(3, 'host'), worker: ofTier(3, 'worker') } },
  };
}

/** The default follows the kind: a request of the first tier on both sides, of a later tier and what users do from the worker. */
function sidesOf(probe: Probe): readonly Side[] {
  if (probe.where) return [probe.where];
  const kind = kindOf(probe);
  if (kind === 'path') return probe.tier === 1 ? ['host', 'worker'] : ['worker'];
  return ['scenario', 'websocket', 'tls', 'samples', 'sentry'].includes(kind) ? ['worker'] : ['host'];
}

/** Log files whose length is to be remembered before the release starts, for the probes that read on from there. */
export function probeMarks(s: Settings, folder: string): LogScan[] {
  return s.probes.flatMap((probe) => {
    const path = probe.log?.path ?? probe.mysql?.slow_log;
    return path ? [{ path, failOn: [], mark: markOf(folder, probe) }] : [];
  });
}

/** The file that holds when the release started, in seconds; null when no probe asks for it. */
export function startMark(s: Settings, folder: string): string | null {
  return s.probes.some((probe) => probe.access_log ?? probe.log?.service) ? `${folder}/marks/release` : null;
}

const markOf = (folder: string, probe: Probe): string => `${folder}/marks/probe-${probe.name}`;

/** Through nginx's loopback copy of the vhost, while users still get the maintenance page. */
export function localWay(s: Settings): Way {
  const port = new URL(s.url).protocol === 'https:' ? s.nginx.local_port : s.nginx.local_http_port;
  return { connect: `127.0.0.1:${port}`, verify: false };
}

function publicPort(s: Settings): Way {
  return { connect: `127.0.0.1:${portOf(s)}`, verify: false };
}

function outsideWay(s: Settings, outside: ProbeAim['outside']): Way {
  return { ...(outside.connect ? { connect: `${bracketed(outside.connect)}:${portOf(s)}` } : {}), ...(outside.ca ? { ca_pem: outside.ca } : {}) };
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function portOf(s: Settings): string {
  const site = new URL(s.url);
  return site.port || (site.protocol === 'https:' ? '443' : '80');
}

/** One probe of the settings as a document, its placeholders filled. */
function document(s: Settings, aim: ProbeAim, probe: Probe, way: Way, side: Side, until?: number): ProbeDocument {
  const fill = <T>(value: T): T => filled(value, { release: aim.tag, version: aim.tag.replace(/^v(?=\d)/, ''), deployment: aim.deployment });
  const within = probe.within === undefined ? undefined : milliseconds(probe.within);
  const common = { name: probe.name, ...(probe.tier === 1 ? {} : { tier: probe.tier }) };
  const polled = until === undefined ? {} : { until };
  const timed = { ...common, ...polled, timeout: (within ?? defaultTime(probe)) / 1000 };
  const at = (path: string): string => new URL(path, s.url).href;
  const onHost = { env_file: `${s.paths.app}/${s.env.file}` };
  if (probe.path !== undefined) {
    const { method, headers, send } = probe;
    return fill({
      ...common, url: at(probe.path), ...way, status: probe.status, ...expectations(probe, aim), ...polled, within_ms: milliseconds(probe.within),
      ...(method ? { method } : {}), ...(headers ? { headers } : {}), ...(send ? { send: sendOf(send) } : {}), ...(side === 'host' && (headers ?? send) ? onHost : {}),
    });
  }
  const values = side === 'host' ? onHost : {};
  const { scenario, websocket, tls, celery, redis, cache, storage, count, manage, access_log: access, log, samples, cpu, memory, disk, mysql, containers, sentry } = probe;
  if (scenario) return fill({ kind: 'scenario', ...common, ...polled, url: s.url, ...way, ...values, steps: scenario.steps.map(stepOf), cleanup: scenario.cleanup.map(stepOf) });
  if (websocket) return fill({ kind: 'websocket', ...timed, ...without(websocket, 'path'), url: at(websocket.path), ...way, ...values });
  if (tls) return { kind: 'tls', ...timed, url: s.url, ...way, ...(side === 'host' ? { verify: true } : {}), days: tls.days };
  if (probe.static) return { kind: 'static', ...timed, url: at(probe.static.path), ...way, file: `${aim.release}/${probe.static.file}` };
  if (celery) return { kind: 'celery', ...timed, runner: aim.runner, ...celery };
  if (cache) return { kind: 'cache', ...timed, runner: aim.runner, ...cache };
  if (storage) return { kind: 'storage', ...timed, runner: aim.runner, ...storage };
  if (count) return { kind: 'count', ...timed, runner: aim.runner, ...count };
  if (manage) return fill({ kind: 'manage', ...timed, runner: aim.runner, command: manage.command });
  if (redis) return { kind: 'redis', ...timed, ...onHost, ...redis, ...(redis.memory ? { memory: bytes(redis.memory) } : {}) } as ProbeDocument;
  if (access) return { kind: 'access_log', ...timed, ...access, share: percent(access.share), since: `${aim.folder}/marks/release` };
  if (log?.service) return { kind: 'log', ...timed, service: log.service, compose: aim.compose, since: `${aim.folder}/marks/release`, fail_on: log.fail_on, quiet: log.quiet };
  if (log?.path) return { kind: 'log', ...timed, path: log.path, mark: markOf(aim.folder, probe), fail_on: log.fail_on, quiet: log.quiet };
  if (samples) {
    const { path, count: number, every, average, p95, failures } = samples;
    return { kind: 'samples', ...timed, url: at(path), ...way, count: number, every: seconds(every), average_ms: milliseconds(average), ...(p95 ? { p95_ms: milliseconds(p95) } : {}), failures };
  }
  if (cpu) return { kind: 'cpu', ...timed, busy: percent(cpu.busy), over: seconds(cpu.over) };
  if (memory) return { kind: 'memory', ...timed, free: bytes(memory.free) };
  if (disk) return { kind: 'disk', ...timed, free: percent(disk.free), paths: disk.paths.length > 0 ? disk.paths : [...new Set([s.paths.app, s.paths.releases, s.paths.state])] };
  if (mysql) {
    const { threads, peak, slow_log: slowLog, ...rest } = mysql;
    return { kind: 'mysql', ...timed, ...onHost, ...rest, threads: percent(threads), ...(peak ? { peak: percent(peak) } : {}), ...(slowLog ? { slow_log: slowLog, mark: markOf(aim.folder, probe) } : {}) };
  }
  if (containers) {
    const { memory: most, cpu: busiest } = containers;
    return { kind: 'containers', ...timed, compose: aim.compose, ...(most ? { memory: percent(most) } : {}), ...(busiest ? { cpu: percent(busiest) } : {}) };
  }
  if (sentry) return { kind: 'sentry', ...timed, ...sentry, environment: s.environment, release: aim.tag };
  throw new RangeError(`the probe ${probe.name} is of no kind`);
}

/** Milliseconds for one reading of a kind. */
function defaultTime(probe: Probe): number {
  if (probe.celery?.task) return 10_000;
  if (probe.cpu) return milliseconds(probe.cpu.over) + 5000;
  return probe.manage || probe.containers || probe.celery || probe.storage || probe.cache || probe.count ? 30_000 : 5000;
}

type ConfiguredStep = NonNullable<Probe['scenario']>['steps'][number];

function stepOf({ send, within, json, ...step }: ConfiguredStep): ScenarioStep {
  return { ...step, ...(json ? { json: wantedOf(json) } : {}), ...(send ? { send: sendOf(send) } : {}), within_ms: milliseconds(within) } as ScenarioStep;
}

function sendOf(send: NonNullable<HttpProbe['send']>): Send {
  return { ...send, ...(send.file ? { file: { ...send.file, size: bytes(send.file.size) } } : {}) } as Send;
}

type Wanted = string | number | boolean | (string | number | boolean)[];

function wantedOf(json: Readonly<Record<string, Wanted>>): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(json).map(([field, value]) => [field, Array.isArray(value) ? value.map(String) : String(value)]));
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}

/** `{release}`, `{version}` and `{deployment}` in every text; other words in braces are what a scenario captures. */
function filled<T>(value: T, values: Readonly<Record<string, string>>): T {
  if (typeof value === 'string') return value.replace(/\{(release|version|deployment)\}/g, (_, name: string) => values[name] ?? '') as T;
  if (Array.isArray(value)) return value.map((item: unknown) => filled(item, values)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item as unknown, values)])) as T;
}

/** What the new release must answer. */
export function expectations(probe: HttpProbe, aim: Pick<ProbeAim, 'tag' | 'deployment'>): Omit<Expected, 'status'> {
  const fill = <T>(value: T): T => filled(value, { release: aim.tag, version: aim.tag.replace(/^v(?=\d)/, ''), deployment: aim.deployment });
  return { ...(probe.json ? { json: fill(wantedOf(probe.json)) } : {}), ...(probe.contains ? { contains: fill(probe.contains) } : {}) };
}

/** What the worker reads around the opening, in the first tier: of the new release, and of the old one on the way back. */
export function outsideProbes(s: Settings, aim: ProbeAim, facts: HostFacts): { fresh: OutsideProbe[]; before: OutsideProbe[] } {
  const { outside } = aim;
  const at = (probe: HttpProbe) => ({ name: probe.name, url: new URL(probe.path, s.url).href, ...outside });
  return {
    fresh: s.probes
      .filter((probe) => probe.tier === 1 && sidesOf(probe).includes('worker'))
      .map((probe) =>
        isPlain(probe)
          ? { ...at(probe), status: probe.status, within: milliseconds(probe.within), ...expectations(probe, aim) }
          : { name: probe.name, url: s.url, status: probe.status ?? 200, document: document(s, aim, probe, outsideWay(s, outside), 'worker') },
      ),
    before: s.probes.filter(isPlain).flatMap((probe) => {
      const expected = asBefore(probe, facts);
      return expected ? [{ ...at(probe), ...expected }] : [];
    }),
  };
}

/** What the old release must answer after a way back: just what it answered before. Undefined where it did not answer. */
export function asBefore(probe: HttpProbe, facts: HostFacts): Expected | undefined {
  const found = facts.probes[probe.name];
  if (!found || found.status === null) return undefined;
  const fields = Object.keys(probe.json ?? {}).flatMap((field) => {
    const value = field.split('|').map((place) => place.split('.').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined), found.json)).find((one) => one !== undefined);
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[field, String(value)] as const] : [];
  });
  return { status: found.status, ...(fields.length > 0 ? { json: Object.fromEntries(fields) } : {}), ...(found.contains && probe.contains ? { contains: probe.contains } : {}) };
}

/** The release that the live site says it is, by the probe that compares with `{release}`; else what our own record says. */
export function liveRelease(s: Settings, facts: HostFacts): string | null {
  for (const probe of s.probes.filter(isPlain)) {
    const field = Object.entries(probe.json ?? {}).find(([, value]) => value === '{release}' || (Array.isArray(value) && value.includes('{release}')))?.[0];
    const said = field ? asBefore(probe, facts)?.json?.[field] : undefined;
    if (typeof said === 'string') return said;
  }
  return facts.revision?.release ?? null;
}
