import type { ProbeDocument, ScenarioStep, Send, Way } from '../../commands/probe';
import type { HttpProbe, Probe, Settings } from '../../config/schema';
import { bytes, milliseconds, percent, seconds } from '../../config/units';
import type { ProbeAim, Side } from './aim';
import { expectations, filled, wantedOf } from './expected';
import { markOf } from './marks';

/** One probe of the settings as a document, its placeholders filled. */
export function document(s: Settings, aim: ProbeAim, probe: Probe, way: Way, side: Side, until?: number): ProbeDocument {
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

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}
