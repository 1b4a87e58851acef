/** A valid document with every field of the schema in it; each call makes a new one. */
export type Doc = Record<string, unknown>;

export const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK8SUWQwhOK0O2+BFajWQ7xTunHxayEOoW5J/aEUVz+M';
export const ECDSA =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEXm1lSYyYbNALXhLhwGwgAe4483Ktq/PU6nKP7QpPJnEM5qDLfayI+UYgSAdQQHRoe70ax/As1JSzOhkhuF/iM=';

function endpoints(): Doc {
  return {
    health: '/healthz', status: '/status/', login: '/login/', email: 'test@shop.test', password: { secret: 'API_KEY' }, protected: ['/orders/'], websocket: '/ws/',
    upload: { path: '/upload/', id: 'id', delete: '/upload/{document}/' }, payments: { create: '/pay/', order: 'order_id', cancel: '/pay/{order}/cancel/', mode_path: '/pay/', mode: 'key_id' },
    model: 'shop.User', task: 'shop.tasks.test', log: '/var/log/shop/web.log', fail_on: ['ERROR'], access_log: '/var/log/nginx/shop.log', error_log: '/var/log/nginx/shop-error.log', slow_log: '/var/log/mysql/slow.log', containers: true, without: ['storage'],
    sentry: { url: 'https://sentry.test', organization: 'shop', project: 'shop', token: { secret: 'API_KEY' }, critical: 0, warnings: 4 },
  };
}

/** A probe of every other kind, and of every way to send something. */
function kinds(): Doc[] {
  const file = { field: 'file', name: 'test_document.pdf', type: 'application/pdf', size: '1KB' };
  const answer = { status: 201, json: { id: '{release}' }, contains: 'id' };
  const bearer = { Authorization: 'Bearer {access}' };
  const steps = [
    { path: '/api/login/', method: 'POST', send: { json: {} }, ...answer, within: '4s', capture: { access: 'access' } },
    { path: '/api/orders/', headers: bearer, send: { text: 'x' }, test_mode: 'test' },
    { path: '/upload/', send: { form: { title: 'x' }, file } },
    { path: '/ws/', websocket: true, headers: bearer, subprotocols: ['jwt', '{access}'] },
  ];
  const cleanup = steps;
  return [
    { name: 'order', path: '/order', method: 'POST', headers: { Accept: 'text/html' }, send: { form: { title: 'x' }, file }, where: 'worker', tier: 2 },
    { name: 'body', path: '/order', send: { json: {} } },
    { name: 'text', path: '/order', send: { text: 'x' } },
    { name: 'login', scenario: { steps, cleanup } },
    { name: 'socket', websocket: { path: '/ws/', headers: { Origin: 'https://shop.test' }, subprotocols: ['jwt'], status: 101, send: 'ping', contains: 'pong' } },
    { name: 'tls', tls: { days: 14 } },
    { name: 'style', static: { path: '/static/style.css', file: 'static/style.css' } },
    { name: 'celery', celery: { app: 'backend', workers: 1, task: 'backend.tasks.test_task', queue: 'checks' }, within: '10s' },
    { name: 'redis', redis: { env: 'REDIS_URL', memory: '512MB', clients: 100, rejected: 0, evicted: 0 } },
    { name: 'cache', cache: { alias: 'default' } },
    { name: 'storage', storage: { alias: 'default', signed: true } },
    { name: 'users', count: { model: 'auth.User', least: 1 } },
    { name: 'items', count: { table: 'items', least: 1 } },
    { name: 'check-db', manage: { command: ['check_db'] } },
    { name: 'errors', access_log: { path: '/var/log/nginx/access.log', format: '(?<time>a)(?<status>b)', share: '1%', least: 20 } },
    { name: 'app-log', log: { path: '/var/log/shop/app.log', fail_on: ['ERROR'], quiet: true } },
    { name: 'web-log', log: { service: 'web', fail_on: ['ERROR'], quiet: true } },
    { name: 'times', samples: { path: '/', count: 30, every: '30s', average: '500ms', p95: '2s', failures: 0 } },
    { name: 'cpu', cpu: { busy: '70%', over: '10s' } },
    { name: 'memory', memory: { free: '64MB' } },
    { name: 'disk', disk: { free: '10%', paths: ['/srv'] } },
    { name: 'mysql', mysql: { host: 'DB_HOST', port: 'DB_PORT', user: 'DB_USER', password: 'DB_PASS', threads: '80%', peak: '90%', slow_log: '/var/log/mysql/slow.log', slow: 10 } },
    { name: 'containers', containers: { memory: '90%', cpu: '90%' } },
    { name: 'runbook', preset: 'django', endpoints: endpoints() },
    { name: 'sentry', sentry: { url: 'https://sentry.test', organization: 'shop', project: 'shop', token: { secret: 'API_KEY' }, critical: 0, warnings: 4 } },
  ];
}

/** Every kind of source, each with a threshold. */
function bake(): Doc {
  return {
    watch: ['30m', '2h', '1d'], every: '30s', preset: 'runbook', no_data: 'hold',
    thresholds: [
      { name: 'errors', metric: 'share', accept: '1%', rollback: '10%', for: '5m', least: 10 },
      { name: 'slower', metric: 'times', accept: 1.5, rollback: 3, against: 'baseline' },
      { name: 'issues', metric: 'issues', accept: 0 },
      { name: 'alarms', metric: 'alarms', accept: 0, least: 1 },
    ],
    sources: [
      { name: 'share', access_log: { path: '/var/log/nginx/shop.log', format: '(?<time>a)(?<status>b)', measure: 'error_share' } },
      { name: 'times', prometheus: { url: 'http://127.0.0.1:9090', query: 'shop_seconds', count: 'shop_requests', token: { secret: 'API_KEY' } } },
      { name: 'issues', sentry: { url: 'https://sentry.test', organization: 'shop', project: 'shop', token: { secret: 'API_KEY' }, measure: 'critical' } },
      { name: 'response-time', probe: { name: 'health', measure: 'seconds' } },
      { name: 'alarms', program: { run: ['/usr/local/bin/alarms', 'shop'], env: { REGION: 'eu-central-1' }, counts: true, within: '10s' } },
    ],
  };
}

/** Whom to tell what, over every kind of channel. */
function messages(): Doc {
  const person = { name: 'Ada Lovelace', phone: '+44 20 7946 0000', email: 'ada@shop.test' };
  const roles = ['on_call', 'deployment_lead', 'operations_lead', 'security_lead', 'technical_director', 'infrastructure_manager', 'security_manager'];
  return {
    product: 'Shop',
    channels: [
      { name: 'team-chat', slack: { url: { secret: 'SLACK_URL' } } },
      { name: 'board', webhook: { url: 'https://hooks.shop.test/deployments', headers: { 'X-Board': 'shop' } } },
      { name: 'pager', webhook: { secret: 'PAGER_URL', headers: {} } },
      { name: 'mail', email: { host: 'smtp.shop.test', port: 465, tls: 'tls', user: 'shop', password: { secret: 'SMTP_PASSWORD' }, from: 'deployments@shop.test' } },
    ],
    to: [
      { audience: 'team', channel: 'team-chat' },
      { audience: 'team', channel: 'pager', moments: ['blocked'] },
      { audience: 'users', channel: 'board' },
      { audience: 'stakeholders', channel: 'mail', addresses: ['board@shop.test'], moments: ['notice', 'done'] },
    ],
    contacts: { team: 'team@shop.test', ...Object.fromEntries(roles.map((role) => [role, { ...person }])) },
    every: '2m',
    escalate: '15m',
    duration: { least: '30m', most: '45m' },
    downtime: { least: '5m', most: '10m' },
  };
}

export function settingsDocument(): Doc {
  return {
    repository: 'file:///srv/git/shop.git',
    strategy: 'systemd',
    owner: { user: 'shop', group: 'shop' },
    paths: { app: '/opt/shop', releases: '/opt/shop.releases', state: '/var/lib/sternway' },
    shared: ['.env', 'media', 'data'],
    python: { interpreter: 'python3', version: '>=3.11, <4', requirements: 'requirements.txt', pip: ['--no-index', '--find-links', '/srv/wheels'] },
    units: [
      { name: 'shop.service', source: 'systemd/shop.service', once: false },
      { name: 'shop-mail.timer', source: 'systemd/shop-mail.timer', once: false },
    ],
    nginx: {
      site: 'shop',
      source: 'nginx/sites-available/shop',
      available_dir: '/etc/nginx/sites-available',
      enabled_dir: '/etc/nginx/sites-enabled',
      maintenance: { title: 'Back soon', message: 'We are back in a minute.', retry_after: '120s' },
      local_port: 8443,
      local_http_port: 8480,
      disable_sites: ['default'],
    },
    database: {
      engine: 'sqlite',
      file: 'data/shop.sqlite3',
      status: ['venv/bin/python', 'database.py', 'status'],
      upgrade: ['venv/bin/python', 'database.py', 'upgrade'],
      downgrade: ['venv/bin/python', 'database.py', 'downgrade', '{revision}'],
      plan: ['venv/bin/python', 'database.py', 'plan'],
      accept: 'reversible',
      rehearse: false,
    },
    tests: { run: ['venv/bin/python', '-m', 'pytest'], on: 'worker', directory: '/srv/checkout', within: '10m' },
    offsite: { bucket: 'shop-backups', prefix: 'database', region: 'eu-central-1', endpoint: 'https://s3.test', access_key: { secret: 'S3_ACCESS' }, secret_key: { secret: 'S3_SECRET' } },
    env: { file: '.env', required: ['SECRET_KEY', 'DATABASE_PATH'], required_from: 'deploy/required-env', assert: { DEBUG: 'false' } },
    probes: [
      { name: 'health', path: '/health/', status: 200, json: { status: 'healthy', version: '{release}' }, contains: 'healthy', within: '500ms' },
      { name: 'status', path: '/api/v1/status/', json: { status: 'operational' } },
      ...(JSON.parse(JSON.stringify(kinds())) as Doc[]),
    ],
    verify: 2,
    bake: bake(),
    logs: [{ path: '/var/log/shop/gunicorn.log', fail_on: ['Traceback', '\\bERROR\\b'] }],
    thresholds: { disk_free: '10%', memory_free: '64MB', load_per_cpu: 4, certificate_days: 14 },
    versions: { python: '>=3.11', nginx: '>=1.18', gunicorn: '>=20', git: '>=2.30' },
    retention: { releases: 5 },
    messages: messages(),
    reports: { directory: '/var/lib/sternway-reports', s3: true },
    timeouts: {
      deadline: '30m', undo_budget: '10m', build: '10m', migrate: '10m', service: '60s', switch: '20s', check: '45s', watch: '30m', stable: '4s', fact: '20s', heartbeat: '5s', remind: '15m',
    },
    gates: {
      window: {
        days: ['tue', 'wed', 'thu'], from: '02:00', to: '04:00', zone: 'Europe/Berlin', holidays: ['2026-12-24'], avoid: [{ from: '2026-12-18', to: '2027-01-03', why: 'Christmas sales' }],
        expected: '45m', verification: '30m', reserve: '10m', closed: 'wait',
      },
      notice: '1d',
      staging: { environment: 'staging', within: '14d' },
      approvals: { needed: 2, roles: [{ name: 'operations', people: ['ada@shop.test'] }], authors: { 'ada@laptop': 'ada@shop.test' }, signers: '/etc/sternway/allowed_signers' },
    },
    follow_ups: { preset: 'runbook', tasks: [{ name: 'check-orders', after: '1d', what: ['compare the orders with last week'], on: ['deployed'], remind: '2h' }], remind: '4h' },
    drills: { environment: 'staging', schedule: '0 4 1 * *', restore: true, max_age: '45d', refuse: true },
    secrets: { DB_PASSWORD: { env: 'SHOP_DB_PASSWORD' }, API_KEY: { file: '/run/secrets/api_key' } },
  };
}

export function fullDocument(): Doc {
  return {
    app: 'shop',
    ...settingsDocument(),
    environments: {
      production: {
        url: 'https://shop.test',
        connect: '10.0.0.5',
        ca: './ca.pem',
        hosts: {
          'web-1': {
            address: '10.0.0.5',
            port: 22,
            user: 'deploy',
            key: '~/.ssh/id_ed25519',
            host_key: ED25519,
            roles: ['web'],
            become: 'sudo',
            bastion: { address: 'gate.shop.test', port: 2222, user: 'jump', key: 'keys/gate', host_key: ECDSA },
          },
          'web-2': { address: '10.0.0.6', user: 'root', agent: true, host_key: ED25519, become: 'none', bastion: { address: '10.0.0.1', user: 'jump', agent: true, host_key: ED25519 } },
        },
        overrides: { retention: { releases: 10 } },
      },
    },
  };
}

/** What excludes parts of the other: Compose, Django and a database server. */
export function composeSettings(): Doc {
  const { units: _, ...settings } = settingsDocument();
  const part = { env: 'DB_HOST' };
  return {
    ...settings,
    strategy: 'compose',
    compose: { command: 'docker-compose', files: ['docker-compose.yml', 'docker-compose.prod.yml'], project: 'shop', services: [{ name: 'web', once: false }, { name: 'celery', image_of: 'web', once: true }] },
    django: { project: 'backend', static_root: 'staticfiles', celery: 'backend' },
    database: {
      engine: 'mysql', accept: 'additive', rehearse: true,
      connection: { host: { value: '127.0.0.1' }, port: { ...part }, name: { ...part }, user: { ...part }, password: { env: 'DB_PASSWORD' } },
    },
  };
}

export function composeDocument(): Doc {
  const { units: _units, ...document } = fullDocument();
  return { ...document, ...composeSettings() };
}

/** `document.a.b` by keys; undefined where there is nothing. */
export function at(document: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], document);
}

/** Puts a value there, or takes the key out when it is undefined. */
export function put(document: Doc, keys: readonly (string | number)[], value: unknown): void {
  const parent = at(document, keys.slice(0, -1)) as Record<string | number, unknown>;
  const key = keys.at(-1) ?? '';
  if (value === undefined) delete parent[key];
  else parent[key] = value;
}
