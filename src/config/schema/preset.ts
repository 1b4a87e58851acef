/** What `preset: django` may be told: where the app differs from the runbook's own addresses. */
import { z } from 'zod';
import { describe, rule, section } from './field';
import { secretReference } from './probe-request';
import { patterns, sentry } from './probe-readings';
import { absolutePath, line } from './text';

const PATH = /^\/[^\s"'`\\{}]*$/;
const path = (example: string, doc: string) => describe(z.string().regex(PATH), { doc, expects: 'a path of the site, with a slash first and without spaces', example });
const dotted = (example: string, doc: string) =>
  describe(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/), { doc, expects: 'a Python name, with dots', example });
const flag = (doc: string, value: boolean) => describe(z.boolean(), { doc, expects: 'true or false', example: String(!value) }).prefault(value);
const field = (example: string, doc: string) => describe(z.string().regex(/^[^.\s|{}]+(\.[^.\s|{}]+)*$/), { doc, expects: 'the name of a JSON field', example }).prefault(example);

const payments = section('An order at the payment provider. It is made only in test mode, and cancelled.', {
  create: path('/api/v1/payments/create-order/', 'Makes it.').prefault('/api/v1/payments/create-order/'),
  order: field('order_id', 'Field of the answer with its id.'),
  cancel: describe(z.string().regex(/^\/[^\s"'`\\]*\{order\}[^\s"'`\\]*$/), { doc: 'Cancels it, by POST.', expects: 'a path with {order} in it', example: '"/api/v1/payments/orders/{order}/cancel/"' }),
  mode_path: path('/api/v1/payments/config/', 'Answers with the key or mode of the provider.').optional(),
  mode: describe(line({ expects: 'the name of a JSON field, or without mode_path the mode itself', example: 'key_id' }), {
    doc: 'With `mode_path` the field that holds the key or mode; without it the mode itself, declared: `test`.',
  }),
});

const upload = section('A document that is uploaded and deleted again.', {
  path: path('/api/v1/documents/upload/', 'Takes it, as multipart.').prefault('/api/v1/documents/upload/'),
  id: field('id', 'Field of the answer with its id.'),
  delete: describe(z.string().regex(/^\/[^\s"'`\\]*\{document\}[^\s"'`\\]*$/), { doc: 'Deletes it, by DELETE.', expects: 'a path with {document} in it', example: '"/api/v1/documents/{document}/"' }).prefault(
    '/api/v1/documents/{document}/',
  ),
});

const endpointFields = section('Where the app differs from the runbook; all may be left out.', {
  health: path('/health/', 'The health address.').prefault('/health/'),
  status: path('/api/v1/status/', 'The status address, which says the version.').prefault('/api/v1/status/'),
  login: path('/api/v1/auth/login/', 'Where users log in.').prefault('/api/v1/auth/login/'),
  email: describe(line({ expects: 'an address', example: 'test@example.com' }), { doc: 'The test user.' }).prefault('test@example.com'),
  password: secretReference('The password of the test user. Without it nothing that needs a login is probed.').optional(),
  protected: describe(z.array(path('/api/v1/prompts/', 'A page for users.')), { doc: 'Pages that need a login.', example: '[/api/v1/prompts/]' }).prefault([
    '/api/v1/prompts/',
    '/api/v1/llm-models/',
    '/api/v1/folders/',
  ]),
  websocket: path('/ws/prompts/', 'A WebSocket that takes the token as `Authorization` header.').prefault('/ws/prompts/'),
  upload: upload.prefault({}),
  payments: payments.optional(),
  model: dotted('authentication.CustomUser', 'A model whose rows are counted.').prefault('authentication.CustomUser'),
  task: dotted('authentication.tasks.test_task', 'A Celery task for tests.').prefault('authentication.tasks.test_task'),
  log: describe(absolutePath('/var/log/notes/gunicorn.log'), { doc: 'The log of the app.' }).optional(),
  fail_on: patterns('Lines that must not be in it.'),
  access_log: describe(absolutePath('/var/log/nginx/access.log'), { doc: 'The access log of nginx.' }).prefault('/var/log/nginx/access.log'),
  error_log: describe(absolutePath('/var/log/nginx/error.log'), { doc: 'The error log of nginx.' }).prefault('/var/log/nginx/error.log'),
  slow_log: describe(absolutePath('/var/log/mysql/slow-query.log'), { doc: 'The slow query log.' }).optional(),
  containers: flag('Containers are read, too: for `strategy: compose`.', false),
  sentry: sentry.optional(),
  without: describe(z.array(line({ expects: 'the name of a probe of the preset', example: 'storage' })), { doc: 'Probes of the preset that are left out.', example: '[storage]' }).prefault([]),
});

/** The probes of the preset, which `without` may name and a probe of the same name replaces. */
export const PRESET_NAMES = [
  'home', 'health', 'status', 'users', 'redis', 'cache', 'celery', 'storage', 'check-db', 'app-log', 'nginx-log',
  'functions', 'upload', 'payments', 'certificate', 'sentry', 'times', 'errors', 'cpu', 'memory', 'disk', 'mysql', 'containers',
] as const;

export const endpoints = rule(endpointFields, ['without'], ({ without }, report) => {
  without.forEach((name, index) => {
    if (!(PRESET_NAMES as readonly string[]).includes(name)) report(['without', index], `must be a probe of the preset (got ${name})`, `one of ${PRESET_NAMES.join(', ')}`);
  });
});

export type Endpoints = z.output<typeof endpoints>;
