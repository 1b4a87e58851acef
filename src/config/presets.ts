import type { Endpoints } from './schema/preset';

/**
 * The runbook's three tiers for a Django app, as they would be written in sternway.yml. Pure text to text: the schema that reads
 * sternway.yml reads these as well, and `sternway plan` shows what they came to.
 */
export function djangoProbes(e: Endpoints): object[] {
  const wanted = [...immediate(e), ...(e.password ? functional(e, e.password) : []), certificate, ...monitoring(e)];
  return wanted.filter(({ name }) => !e.without.includes(name));
}

type Written = { readonly name: string } & Record<string, unknown>;

const certificate = { name: 'certificate', tier: 2, tls: {} };

/** Tier 1: minutes 0 to 5. */
function immediate(e: Endpoints): Written[] {
  return [
    { name: 'home', path: '/' },
    // The runbook knows two contracts, one flat and one nested: whichever the app has must hold.
    { name: 'health', path: e.health, json: { status: 'healthy', 'services.database|database': 'connected', 'services.cache|cache': 'connected' } },
    { name: 'status', path: e.status, json: { status: 'operational', version: ['{release}', '{version}'] } },
    { name: 'users', count: { model: e.model } },
    { name: 'redis', redis: { rejected: 0 } },
    { name: 'cache', cache: {} },
    { name: 'celery', celery: { task: e.task } },
    { name: 'storage', storage: { signed: true } },
    { name: 'check-db', manage: { command: ['check_db'] } },
    ...(e.log ? [{ name: 'app-log', log: { path: e.log, fail_on: e.fail_on, quiet: true } }] : []),
    { name: 'nginx-log', log: { path: e.error_log, fail_on: ['\\[(crit|alert|emerg)\\]'], quiet: true } },
  ];
}

/** Tier 2: minutes 5 to 15, what users do. */
function functional(e: Endpoints, password: { secret: string }): Written[] {
  const headers = { Authorization: 'Bearer {access}' };
  const login = { path: e.login, send: { json: { email: e.email, password } }, capture: { access: 'access' } };
  const upload = {
    name: 'upload', tier: 2,
    scenario: {
      steps: [
        login,
        { path: e.upload.path, headers, send: { form: { title: 'Test Document' }, file: { field: 'file', name: 'test_document.pdf', type: 'application/pdf' } }, status: 201, capture: { document: e.upload.id } },
      ],
      cleanup: [{ path: e.upload.delete, method: 'DELETE', headers, status: 204 }],
    },
  };
  return [
    { name: 'functions', tier: 2, scenario: { steps: [login, ...e.protected.map((path) => ({ path, headers })), { path: e.websocket, websocket: true, headers }] } },
    upload,
    ...(e.payments ? [payment(e.payments, login, headers)] : []),
  ];
}

function payment(p: NonNullable<Endpoints['payments']>, login: object, headers: object): Written {
  const asks = p.mode_path ? [{ path: p.mode_path, headers, capture: { mode: p.mode } }] : [];
  const order = { path: p.create, headers, test_mode: p.mode_path ? '{mode}' : p.mode, send: { json: { plan_id: 1, amount: 999 } }, status: 201, capture: { order: p.order } };
  return { name: 'payments', tier: 2, scenario: { steps: [login, ...asks, order], cleanup: [{ path: p.cancel, method: 'POST', headers }] } };
}

/** Tier 3: minutes 15 to 30. */
function monitoring(e: Endpoints): Written[] {
  return [
    ...(e.sentry ? [{ name: 'sentry', tier: 3, sentry: e.sentry }] : []),
    { name: 'times', tier: 3, samples: { path: e.health } },
    { name: 'errors', tier: 3, access_log: { path: e.access_log } },
    { name: 'cpu', tier: 3, cpu: {} },
    { name: 'memory', tier: 3, memory: {} },
    { name: 'disk', tier: 3, disk: {} },
    { name: 'mysql', tier: 3, mysql: e.slow_log ? { slow_log: e.slow_log } : {} },
    ...(e.containers ? [{ name: 'containers', tier: 3, containers: {} }] : []),
  ];
}
