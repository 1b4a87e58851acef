/** Where the bake's figures come from. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { describe, rule, section } from './field';
import { accessLog, sentry as sentryProbe } from './probe-readings';
import { secretReference } from './probe-request';
import type { ProbeKind } from './probes';
import { absolutePath, line, plainName, template, variableName } from './text';
import { choice, duration } from './values';

/** What a probe of a kind measures, the default first. Every figure is worse the higher it is; shares are fractions, times seconds. */
export const MEASURES: Readonly<Partial<Record<ProbeKind, readonly string[]>>> = {
  path: ['seconds'],
  log: ['lines'],
  cpu: ['busy'],
  memory: ['used'],
  disk: ['used'],
  mysql: ['connections', 'slow'],
  redis: ['memory', 'clients'],
  containers: ['memory', 'cpu'],
  sentry: ['critical', 'warnings'],
};

/** Of every kind: 1 where the probe fails, 0 where it passes. */
export const FAILING = 'failing';

/** `samples` takes longer than the bake's interval, and the bake takes samples itself. */
export const measuresOf = (kind: ProbeKind): readonly string[] => (kind === 'samples' ? [] : [...(MEASURES[kind] ?? []), FAILING]);

const ALL = [FAILING, ...new Set(Object.values(MEASURES).flat())] as const;

const probe = section('A probe of `probes`, read once at each interval.', {
  name: describe(plainName('health'), { doc: 'Its name there.' }),
  measure: describe(choice(ALL), {
    doc: '`seconds` of `path` · `lines` of `log` · `busy` of `cpu` · `used` of `memory` and `disk` · `connections`, `slow` of `mysql` · `memory`, `clients` of `redis` · `memory`, `cpu` of `containers` · `critical`, `warnings` of `sentry` · `failing` of every kind but `samples`: 1 where the probe fails, 0 where it passes. Default: the first of its kind.',
  }).optional(),
});

const access = section('The access log on each host, all hosts together, since the last interval.', {
  path: describe(absolutePath(DEFAULTS.bake.access_log), { doc: 'The access log on the hosts.' }).prefault(DEFAULTS.bake.access_log),
  format: accessLog.shape.format,
  measure: describe(choice(['error_share', 'requests']), { doc: 'The share of requests that ended with 5xx, or how many requests there were.' }).prefault('error_share'),
});

const prometheus = section('An instant query of Prometheus (`/api/v1/query`), asked by the worker.', {
  url: describe(z.string().regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+(\/[A-Za-z0-9._~/-]*)?$/), {
    doc: 'Where Prometheus is, as the worker reaches it.',
    expects: 'an http(s):// address without a user, a query or a password',
    example: 'http://127.0.0.1:9090',
  }),
  query: describe(line({ expects: 'a query in PromQL, on one line', example: 'sum(rate(http_requests_total{status=~"5.."}[1m])) / sum(rate(http_requests_total[1m]))' }), {
    doc: 'Must come to one number, in base units: a fraction, seconds. Several series, none, and NaN are no data.',
  }),
  count: describe(line({ expects: 'a query in PromQL, on one line', example: 'sum(increase(http_requests_total[1m]))' }), {
    doc: 'How many requests the number rests on; needed for `least`.',
  }).optional(),
  token: secretReference('A bearer token, if Prometheus asks for one.').optional(),
});

const { url, organization, project, token } = sentryProbe.shape;

const sentry = section('Issues that Sentry has of this release, since it was deployed. Asked by the worker.', {
  url, organization, project, token,
  measure: describe(choice(['critical', 'warnings']), { doc: 'Issues of level fatal or error, or of level warning.' }).prefault('critical'),
});

const program = section('A program on the machine of the worker, for any other system (CloudWatch, Datadog, Elasticsearch): it prints one number, or `{ "value": 0.02, "count": 310 }`, and ends with 0. Run without a shell; `STERNWAY_APP`, `_ENVIRONMENT`, `_RELEASE`, `_FROM` and `_AT` (ISO 8601, since the sample before) tell what for. The worker takes it from its own sternway.yml, never from a client’s.', {
  run: describe(z.array(template([], { expects: 'one argument of the command', example: '/usr/local/bin/queue-age' }, (text) => text !== '')).min(1), {
    doc: 'Program and arguments.',
    expects: 'a list of at least one item: the program and its arguments',
    example: '[/usr/local/bin/datadog-errors, --service, shop]',
  }),
  env: describe(z.record(variableName('DD_API_KEY'), describe(z.union([line({}), secretReference('A secret.')]), { expects: 'a line of text or { secret: NAME }', example: '{ secret: DD_API_KEY }' })), {
    doc: 'What it finds in its environment beside that, `PATH` and `HOME`.',
    example: '{ DD_API_KEY: { secret: DD_API_KEY } }',
  }).prefault({}),
  counts: describe(z.boolean(), { doc: 'It says how many requests the number rests on; needed for `least`.', expects: 'true or false', example: 'true' }).prefault(false),
  within: describe(duration('100ms', '25s'), { doc: 'How long it may take.' }).prefault(DEFAULTS.bake.program),
});

const KINDS = ['probe', 'access_log', 'prometheus', 'sentry', 'program'] as const;

const fields = section('A figure and where it comes from: one of the kinds below. The higher it is, the worse.', {
  name: describe(plainName('error-rate'), { doc: 'What thresholds call it.' }),
  probe: probe.optional(),
  access_log: access.optional(),
  prometheus: prometheus.optional(),
  sentry: sentry.optional(),
  program: program.optional(),
});

export const source = rule(fields, 'all', (value, report) => {
  const given = KINDS.filter((kind) => value[kind] !== undefined);
  if (given.length !== 1) report([], `must be of one kind (got ${given.length === 0 ? 'none' : given.join(' and ')})`, `give it one of ${KINDS.join(', ')}`);
});

export type Source = z.output<typeof source>;

/** Does it tell how many requests a figure rests on? */
export const counts = (one: Source): boolean => one.access_log?.measure === 'error_share' || one.prometheus?.count !== undefined || one.program?.counts === true;
