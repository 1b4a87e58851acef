/** Probes that read services, logs and the machine. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { describe, rule, section } from './field';
import { secretReference } from './probe-request';
import { absolutePath, line, pattern, plainName, relativePath, variableName } from './text';
import { duration, integer, share, size } from './values';

const dotted = (example: string) => describe(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/), { expects: 'a Python name, with dots', example });
const setting = (example: string, doc: string) => describe(variableName(example), { doc });
export const patterns = (doc: string) =>
  describe(z.array(pattern()).min(1), { doc, expects: 'a list of at least one regular expression', example: "['Traceback', '\\bERROR\\b']" }).prefault([...DEFAULTS.failOn]);
const alias = describe(line({ expects: 'an alias of the settings', example: 'default' }), { doc: 'Its alias in the Django settings.' }).prefault('default');

export const tls = section('The certificate of the site: its chain, its name, and the days that it is still valid.', {
  days: describe(integer(0, 3650, '14'), { doc: 'Days that it must still be valid.' }).prefault(DEFAULTS.thresholds.certificate_days),
});

export const staticFile = section('A file that nginx serves, compared byte for byte with the file on disk.', {
  path: describe(relativeUrl(), { doc: 'Its path on the site.' }),
  file: describe(relativePath('staticfiles/css/site.css'), { doc: 'The file in the release.' }),
});

function relativeUrl() {
  return describe(z.string().regex(/^\/[^\s"'`\\{}]*$/), { expects: 'a path of the site, with a slash first and without spaces', example: '/static/css/site.css' });
}

export const celery = section('The Celery workers, asked through the Django project.', {
  app: describe(dotted('backend'), { doc: 'The Celery app, as `celery -A` takes it. Default: the current one of the project.' }).optional(),
  workers: describe(integer(1, 10_000, '1'), { doc: 'Workers that must answer a ping.' }).prefault(1),
  task: describe(dotted('authentication.tasks.test_task'), { doc: 'A task that is sent and waited for, besides the ping.' }).optional(),
  queue: describe(line({ expects: 'the name of a queue', example: 'checks' }), { doc: 'The queue it is sent to, one that a worker serves and that users do not fill: else it stands behind their tasks. Default: where the project sends it.' }).optional(),
});

export const redis = section('Redis: a ping, and what `INFO` says.', {
  env: setting('REDIS_URL', 'Name in the `.env` of the app that holds its URL, password included.').prefault('REDIS_URL'),
  memory: describe(size('1MB', '10TB'), { doc: 'Most memory in use.' }).optional(),
  clients: describe(integer(1, 1_000_000, '1000'), { doc: 'Most connected clients.' }).optional(),
  rejected: describe(integer(0, 1_000_000, '0'), { doc: 'Most connections rejected since it started.' }).optional(),
  evicted: describe(integer(0, 2 ** 31, '0'), { doc: 'Most keys evicted since it started.' }).optional(),
});

export const cache = section('A value written to the cache of Django and read back.', { alias });

export const storage = section('A file written to the storage of Django, read back by its URL, and removed.', {
  alias,
  signed: describe(z.boolean(), { doc: 'The URL must be signed and expire.', expects: 'true or false', example: 'true' }).prefault(false),
});

const countFields = section('Rows of a table, counted through Django.', {
  model: describe(dotted('authentication.CustomUser'), { doc: 'The model, as `app.Model`. This or `table`.' }).optional(),
  table: describe(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), { doc: 'The table. This or `model`.', expects: 'the name of a table', example: 'authentication_customuser' }).optional(),
  least: describe(integer(0, 2 ** 31, '1'), { doc: 'Rows that must be there.' }).prefault(0),
});

export const count = rule(countFields, ['model', 'table'], ({ model, table }, report) => {
  if ((model === undefined) === (table === undefined)) report([], `must have either model or table (got ${model === undefined ? 'neither' : 'both'})`, 'count: { model: authentication.CustomUser } is one');
});

export const manage = section('A command of `manage.py` that must end with exit code 0.', {
  command: describe(z.array(line({ expects: 'one argument of manage.py', example: 'check_db' })).min(1), {
    doc: 'The command and its arguments.',
    expects: 'a list of at least one argument',
    example: '[check_db]',
  }),
});

export const accessLog = section('The share of requests that ended with 5xx, since the release started.', {
  path: describe(absolutePath('/var/log/nginx/access.log'), { doc: 'The access log on the host.' }).prefault('/var/log/nginx/access.log'),
  format: describe(z.string().refine((text) => /\(\?<status>/.test(text) && /\(\?<time>/.test(text) && compiles(text)), {
    doc: 'A regular expression of a line with the groups `status` and `time` (as `$time_local` or ISO 8601). Default: nginx’s `combined`, and what begins like it.',
    expects: 'a regular expression with the groups (?<time>…) and (?<status>…)',
    example: "'^(?<time>\\S+) \\S+ (?<status>\\d+)'",
  }).optional(),
  share: describe(share('0%', '100%'), { doc: 'Highest share of 5xx.' }).prefault('1%'),
  least: describe(integer(1, 1_000_000, '20'), { doc: 'Requests without which nothing can be said: fewer are `unknown`.' }).prefault(20),
});

function compiles(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

const logFields = section('Lines that must not be in a log, among those written since the release started.', {
  path: describe(absolutePath('/var/log/notes/gunicorn.log'), { doc: 'The file on the host. This or `service`.' }).optional(),
  service: describe(plainName('web'), { doc: 'A service of the compose project, whose output is read. This or `path`.' }).optional(),
  fail_on: patterns('Regular expressions; a line that matches one is a failure.'),
  quiet: describe(z.boolean(), { doc: 'No line at all is a pass (an error log), and not `unknown`.', expects: 'true or false', example: 'true' }).prefault(false),
});

export const log = rule(logFields, ['path', 'service'], ({ path, service }, report) => {
  if ((path === undefined) === (service === undefined)) report([], `must have either path or service (got ${path === undefined ? 'neither' : 'both'})`, 'log: { path: /var/log/notes/gunicorn.log } is one');
});

export const samples = section('The response time of a page, over many requests.', {
  path: describe(relativeUrl(), { doc: 'Path and query.' }).prefault('/health/'),
  count: describe(integer(1, 10_000, '30'), { doc: 'Number of requests.' }).prefault(30),
  every: describe(duration('1ms', '10m'), { doc: 'Time from one to the next.' }).prefault('30s'),
  average: describe(duration('1ms', '5m'), { doc: 'Highest average of those answered with 200.' }).prefault('500ms'),
  p95: describe(duration('1ms', '5m'), { doc: 'Highest 95th percentile of these.' }).optional(),
  failures: describe(integer(0, 10_000, '0'), { doc: 'Most requests that are refused, time out, or have another status. They are never counted as a time.' }).prefault(0),
});

export const cpu = section('Processor time in use: 100 % less what was idle.', {
  busy: describe(share('1%', '100%'), { doc: 'Highest share.' }).prefault('70%'),
  over: describe(duration('100ms', '10m'), { doc: 'Time that it is measured over.' }).prefault('10s'),
});

export const memory = section('Memory of the host.', {
  free: describe(size('1MB', '1TB'), { doc: 'Memory that must be available.' }).prefault(DEFAULTS.thresholds.memory_free),
});

export const disk = section('Space on the file systems of the host.', {
  free: describe(share('1%', '90%'), { doc: 'Free share of each.' }).prefault(DEFAULTS.thresholds.disk_free),
  paths: describe(z.array(absolutePath('/var/www')), { doc: 'Paths on them. Default: those of the app and of `paths.state`.', example: '[/, /var]' }).prefault([]),
});

export const mysql = section('MySQL or MariaDB: connections and slow queries. The login is the app’s own, from its `.env`.', {
  host: setting('DB_HOST', 'Name in `.env` of the address.').prefault('DB_HOST'),
  port: setting('DB_PORT', 'Name in `.env` of the port.').prefault('DB_PORT'),
  user: setting('DB_USER', 'Name in `.env` of the user.').prefault('DB_USER'),
  password: setting('DB_PASSWORD', 'Name in `.env` of the password.').prefault('DB_PASSWORD'),
  threads: describe(share('1%', '100%'), { doc: 'Highest share of `max_connections` in use (`Threads_connected`).' }).prefault('80%'),
  peak: describe(share('1%', '100%'), { doc: 'Highest share that was ever in use (`Max_used_connections`).' }).optional(),
  slow_log: describe(absolutePath('/var/log/mysql/slow-query.log'), { doc: 'The slow query log on the host.' }).optional(),
  slow: describe(integer(0, 1_000_000, '10'), { doc: 'Most slow queries since the release started.' }).prefault(10),
});

export const containers = section('Resources of each container of the compose project.', {
  memory: describe(share('1%', '100%'), { doc: 'Highest share of its memory limit.' }).optional(),
  cpu: describe(share('1%', '100%'), { doc: 'Highest share of one processor, or more than one: `100%` is one whole.' }).optional(),
});

export const sentry = section('Errors that Sentry has of this release, since it was deployed. Asked by the worker.', {
  url: describe(z.string().regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+\/?$/), { doc: 'Where Sentry is.', expects: 'an http(s):// address without a path', example: 'https://sentry.io' }).prefault('https://sentry.io'),
  organization: describe(slug('notes'), { doc: 'Slug of the organization.' }),
  project: describe(slug('backend'), { doc: 'Slug of the project.' }),
  token: secretReference('The token: an internal integration’s, with `project:releases`, `event:read` and `org:read`.'),
  critical: describe(integer(0, 10_000, '0'), { doc: 'Most issues of level fatal or error.' }).prefault(0),
  warnings: describe(integer(0, 10_000, '4'), { doc: 'Most issues of level warning.' }).prefault(4),
});

function slug(example: string) {
  return describe(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/), { expects: 'a slug: small letters, digits, hyphens and _', example });
}
