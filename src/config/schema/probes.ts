/** Probes: what decides whether a release is good. Each is of one kind, told by the key that it has. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { djangoProbes } from '../presets';
import { unique } from './app';
import { describe, rule, section } from './field';
import { endpoints } from './preset';
import * as readings from './probe-readings';
import { scenario, single, websocket } from './probe-request';
import { plainName } from './text';
import { choice, duration, integer } from './values';

const kinds = {
  scenario: scenario.optional(),
  websocket: websocket.optional(),
  tls: readings.tls.optional(),
  static: readings.staticFile.optional(),
  celery: readings.celery.optional(),
  redis: readings.redis.optional(),
  cache: readings.cache.optional(),
  storage: readings.storage.optional(),
  count: readings.count.optional(),
  manage: readings.manage.optional(),
  access_log: readings.accessLog.optional(),
  log: readings.log.optional(),
  samples: readings.samples.optional(),
  cpu: readings.cpu.optional(),
  memory: readings.memory.optional(),
  disk: readings.disk.optional(),
  mysql: readings.mysql.optional(),
  containers: readings.containers.optional(),
  sentry: readings.sentry.optional(),
};

/** `path` stands for an HTTP probe. */
export const PROBE_KINDS = ['path', ...(Object.keys(kinds) as (keyof typeof kinds)[])] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** Kinds that both sides can take, and the one that only the worker can; all others are read on the host. */
const BOTH: readonly ProbeKind[] = ['path', 'scenario', 'websocket', 'tls', 'samples'];

const fields = section('A reading and what it must be: a request (`path`), or one of the kinds below.', {
  name: describe(plainName('health'), { doc: 'What reports call it.' }),
  tier: describe(integer(1, 3, '2'), { doc: '`1`: at once, decides whether the release goes on. `2`: functions, when it is open. `3`: monitoring, over time.' }).prefault(1),
  where: describe(choice(['host', 'worker']), {
    doc: 'Who takes the reading. Default: a request on each host before the site opens and from the worker afterwards; other readings where their subject is.',
  }).optional(),
  within: describe(duration('1ms', '30m'), { doc: 'How long it may take. Default: 5s; with `celery.task` 10s; `manage` and `containers` 30s.' }).optional(),
  ...single,
  ...kinds,
  preset: describe(choice(['django']), { doc: 'Not one probe, but those of the runbook for such an app, in all three tiers. A probe of the same name replaces one of them; `endpoints` says where the app differs.' }).optional(),
  endpoints: endpoints.optional(),
});

const probe = rule(fields, 'all', (value, report) => {
  if (value.preset !== undefined) {
    const beside = Object.keys(value).find((key) => !['name', 'preset', 'endpoints'].includes(key) && !(key === 'tier' && value.tier === 1));
    if (beside !== undefined) report([beside], `must not stand beside preset (got ${beside})`, 'make it a probe of its own');
    return;
  }
  if (value.endpoints !== undefined) report(['endpoints'], 'must stand beside preset (got no preset)', 'add preset: django, or leave it out');
  const given = PROBE_KINDS.filter((kind) => value[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    report([], `must be of one kind (got ${kind === undefined ? 'none' : given.join(' and ')})`, `give it one of ${PROBE_KINDS.join(', ')}, or preset`);
    return;
  }
  const astray = (['method', 'headers', 'send', 'status', 'json', 'contains'] as const).find((key) => value[key] !== undefined && kind !== 'path');
  if (astray !== undefined) report([astray], `must stand beside path, or in ${kind} (got it beside ${kind})`, 'move it there, or make it a probe of its own');
  const only = kind === 'sentry' ? 'worker' : BOTH.includes(kind) ? undefined : 'host';
  if (value.where !== undefined && only !== undefined && value.where !== only)
    report(['where'], `must be ${only}, where ${kind} can be read (got ${value.where})`, 'leave it out');
}).transform(complete);

type Fields = z.output<typeof fields>;
type Http = Fields & { path: string; status: number; within: string };

/** The defaults of a request, which other kinds do not have. */
function complete(value: Fields): Http | (Fields & { path?: undefined }) {
  const { path } = value;
  return path === undefined ? (value as Fields & { path?: undefined }) : { ...value, path, status: value.status ?? DEFAULTS.status, within: value.within ?? DEFAULTS.within };
}

export const probes = rule(
  describe(z.array(probe).min(1), {
    doc: 'What decides whether a release is good, in this order: on each host before the site opens, from outside afterwards. `{release}` is the tag, `{version}` the tag without a `v` before its number, and `{deployment}` the id of the deployment.',
    expects: 'a list of at least one probe',
    example: '[{ name: health, path: /health/ }]',
  }),
  'items',
  (items, report) => {
    unique(items, report, 'probe');
  },
).transform((items) => items.flatMap((item) => (item.preset === undefined ? [item] : fromPreset(item.endpoints, items))));

/** What a preset stands for, less what the user wrote under the same name. */
function fromPreset(given: Fields['endpoints'], items: readonly Fields[]): z.output<typeof probe>[] {
  return djangoProbes(given ?? endpoints.parse({}))
    .map((one) => probe.parse(one))
    .filter((one) => !items.some(({ name, preset }) => preset === undefined && name === one.name));
}

/** A probe that only asks, and without a name or secret: it may be put to the old release as well. */
export function isPlain<T extends Fields>(probe: T): probe is Extract<T, { path: string }> {
  return probe.path !== undefined && (probe.method ?? 'GET') === 'GET' && probe.send === undefined && probe.headers === undefined;
}

/** The kind of a checked probe. */
export function kindOf(probe: Fields): ProbeKind {
  return PROBE_KINDS.find((kind) => probe[kind] !== undefined) ?? 'path';
}
