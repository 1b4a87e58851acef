import { readdirSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeReadings } from '../../src/activities/outside';
import { quote } from '../../src/commands/remote-command';
import type { ProbeDocument, Reading } from '../../src/commands/probe';
import { raiseNotes, type NotesHost } from '../../testbed/notes';

const HELPER = join(__dirname, '..', '..', 'src', 'hosts', 'helper');
const PASS = { verdict: 'pass', why: null };
const FAIL = { verdict: 'fail' };
const UNKNOWN = { verdict: 'unknown' };
const DJANGO = { name: 'django', timeout: 15 };
const APP = '/var/www/notes';

const FORMS = {
  systemd: {
    runner: { argv: ['venv/bin/python', 'manage.py'], cwd: APP, user: 'notes' }, compose: null,
    stop: { celery: 'systemctl stop notes-celery', redis: 'systemctl stop redis-server', db: 'systemctl stop mariadb' },
    start: { celery: 'systemctl start notes-celery', redis: 'systemctl start redis-server', db: 'systemctl start mariadb' },
  },
  compose: {
    runner: { argv: ['docker-compose', '-p', 'notes', 'exec', '-T', 'web', 'python', 'manage.py'], cwd: APP }, compose: { argv: ['docker-compose', '-p', 'notes'], cwd: APP },
    stop: { celery: `cd ${APP} && docker-compose stop celery`, redis: `cd ${APP} && docker-compose stop redis`, db: `cd ${APP} && docker-compose stop db` },
    start: { celery: `cd ${APP} && docker-compose start celery`, redis: `cd ${APP} && docker-compose start redis`, db: `cd ${APP} && docker-compose start db` },
  },
} as const;

describe.each(['systemd', 'compose'] as const)('probes of notes in its %s form', (strategy) => {
  const form = FORMS[strategy];
  let notes: NotesHost;
  beforeAll(async () => {
    notes = await raiseNotes({ strategy, name: `pb-${strategy}` });
    await notes.host.copyIn(HELPER, '/srv/probe');
    await must(`date +%s > /run/probe-start; stat -c '%i %s' /var/log/nginx/error.log > /run/probe-mark`);
  });
  afterAll(async () => { await notes?.remove(); });

  const must = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await notes.host.run(command);
    if (code !== 0) throw new Error(`${command}: ${stderr}${stdout}`);
    return stdout.trim();
  };
  /** One reading by the helper on the host. */
  const take = async (document: object): Promise<Reading> => {
    const { stdout, stderr } = await notes.host.run(`python3 -I /srv/probe probe ${quote(JSON.stringify(document))}`);
    const line = stdout.split('\n').find((text) => text.startsWith('{'));
    if (!line) throw new Error(`no verdict: ${stderr}`);
    return JSON.parse(line) as Reading;
  };
  const django = (kind: string, more: object = {}): object => ({ kind, ...DJANGO, runner: form.runner, ...more });
  const env = { env_file: `${APP}/.env`, timeout: 5 };
  const redis = (more: object = {}): object => ({ kind: 'redis', name: 'redis', env: 'REDIS_URL', ...env, ...more });
  const mysql = (more: object = {}): object => ({ kind: 'mysql', name: 'mysql', host: 'DB_HOST', port: 'DB_PORT', user: 'DB_USER', password: 'DB_PASSWORD', threads: 90, slow: 10, ...env, ...more });
  const celery = (more: object = {}): object => django('celery', { app: 'backend', workers: 1, timeout: 10, ...more });
  /** While a service is down. */
  const without = async (service: 'celery' | 'redis' | 'db', check: () => Promise<void>): Promise<void> => {
    await must(form.stop[service]);
    try {
      await check();
    } finally {
      await must(form.start[service]);
    }
  };

  test('Celery answers a ping, and a task goes round in its ten seconds; an unknown task and too few workers fail [VF-21, VF-22, VF-23, VF-39, A-26, A-40]', async () => {
    expect(await take(celery())).toMatchObject({ ...PASS, value: { workers: [expect.stringMatching(/^notes@/)] } });
    expect(await take(celery({ task: 'authentication.tasks.test_task' }))).toMatchObject({ ...PASS, value: { task_ms: expect.any(Number) as number } });
    expect(await take(celery({ task: 'authentication.tasks.none' }))).toMatchObject({ ...FAIL, why: 'the project has no task authentication.tasks.none' });
    expect(await take(celery({ task: 'authentication.tasks.test_task', queue: 'celery' }))).toMatchObject(PASS);
    const unserved = { task: 'authentication.tasks.test_task', queue: 'nobody-serves' };
    expect(await take(celery({ ...unserved, timeout: 2 }))).toMatchObject({ ...FAIL, why: 'authentication.tasks.test_task was sent and has not ended within 2 s' });
    expect(await take(celery({ ...unserved, timeout: 2 }))).toMatchObject({ ...UNKNOWN, why: expect.stringMatching(/^authentication.tasks.test_task was sent and has not ended within 2 s: 2 tasks wait in the queue nobody-serves; give it/) as string });
    expect(await take(celery({ workers: 2 }))).toMatchObject({ ...FAIL, why: '1 workers answer a ping, fewer than 2' });
    await without('celery', async () => expect(await take(celery({ task: 'authentication.tasks.test_task' }))).toMatchObject({ ...FAIL, why: '0 workers answer a ping, fewer than 1' }));
  });

  test('Redis, the cache and Celery without their Redis are unknown, and pass again with it [VF-19, VF-20, A-28, MN-12]', async () => {
    expect(await take(redis({ rejected: 0, clients: 1000, memory: 2 ** 30 }))).toMatchObject({ ...PASS, value: { redis_version: expect.stringMatching(/^7\./) as string } });
    expect(await take(django('cache', { alias: 'default' }))).toMatchObject({ ...PASS, value: { backend: 'RedisCache' } });
    expect(await take(redis({ memory: 1 }))).toMatchObject(FAIL);
    await must(`sed 's#redis://:[^@]*@#redis://:wrong@#' ${APP}/.env > /run/wrong.env`);
    expect(await take(redis({ env_file: '/run/wrong.env' }))).toMatchObject({ ...FAIL, why: expect.stringContaining('WRONGPASS') as string });
    await without('redis', async () => {
      expect(await take(redis())).toMatchObject(UNKNOWN);
      expect(await take(django('cache', { alias: 'default' }))).toMatchObject(UNKNOWN);
      expect(await take(celery())).toMatchObject(UNKNOWN);
    });
    expect(await take(redis())).toMatchObject(PASS);
  });

  test('rows are counted through Django by model and by table, the database answers its command, and MySQL’s connections are read [VF-17, VF-18, VF-38, MN-10, MN-11, A-42]', async () => {
    expect(await take(django('count', { model: 'authentication.CustomUser', least: 1 }))).toMatchObject({ ...PASS, value: { rows: expect.any(Number) as number } });
    expect(await take(django('count', { table: 'authentication_customuser', least: 1 }))).toMatchObject(PASS);
    expect(await take(django('count', { table: 'authentication_customuser', least: 1_000_000 }))).toMatchObject(FAIL);
    expect(await take(django('count', { model: 'authentication.None', least: 0 }))).toMatchObject({ ...FAIL, why: 'there is no model authentication.None' });
    expect(await take(django('count', { table: 'none', least: 0 }))).toMatchObject({ ...FAIL, why: 'there is no table none' });
    expect(await take(django('manage', { command: ['check_db'] }))).toMatchObject(PASS);
    expect(await take(mysql({ peak: 100 }))).toMatchObject({ ...PASS, value: { max_connections: expect.any(Number) as number } });
    expect(await take(mysql({ threads: 0.01 }))).toMatchObject(FAIL);
    await must(`sed 's/^DB_PASSWORD=.*/DB_PASSWORD=wrong/' ${APP}/.env > /run/wrong.env`);
    expect(await take(mysql({ env_file: '/run/wrong.env' }))).toMatchObject({ ...FAIL, why: expect.stringContaining('Access denied') as string });
    await without('db', async () => {
      expect(await take(mysql())).toMatchObject(UNKNOWN);
      expect(await take(django('count', { table: 'authentication_customuser', least: 1 }))).toMatchObject(UNKNOWN);
      expect(await take(django('manage', { command: ['check_db'] }))).toMatchObject(FAIL);
    });
  });

  test('a user logs in, uses the pages and the WebSocket, uploads, orders in test mode, and leaves nothing [VF-26, VF-28, VF-29, VF-30, VF-31, VF-32, VF-33, A-39]', async () => {
    const way = { url: 'https://notes.test', connect: `${notes.host.address}:443`, ca_pem: readFileSync(notes.caPath, 'utf8') };
    const headers = { Authorization: 'Bearer {access}' };
    const step = (path: string, more: object = {}): object => ({ path, within_ms: 10_000, headers, ...more });
    const login = { path: '/api/v1/auth/login/', within_ms: 10_000, send: { json: { email: 'test@example.com', password: { secret: 'TEST_PASSWORD' } } }, capture: { access: 'access' } };
    const steps = [
      login, step('/api/v1/prompts/'), step('/api/v1/llm-models/'), step('/api/v1/folders/'), step('/ws/prompts/', { websocket: true }),
      step('/api/v1/documents/upload/', { send: { form: { title: 'Test' }, file: { field: 'file', name: 'a.pdf', type: 'application/pdf', size: 1000 } }, status: 201, capture: { document: 'id' } }),
      step('/api/v1/payments/config/', { capture: { key: 'key_id' } }),
      step('/api/v1/payments/create-order/', { test_mode: '{key}', send: { json: { plan_id: 1, amount: 999 } }, status: 201, capture: { order: 'order_id' } }),
    ];
    const cleanup = [step('/api/v1/documents/{document}/', { method: 'DELETE', status: 204 }), step('/api/v1/payments/orders/{order}/cancel/', { method: 'POST' })];
    const documents = { kind: 'scenario', name: 'user', ...way, steps, cleanup } as unknown as ProbeDocument;
    const password = await must(`sed -n 's/^TEST_USER_PASSWORD=//p' ${APP}/.env`);
    const before = await take(django('count', { model: 'documents.Document', least: 0 }));
    expect(await takeReadings([documents, { kind: 'tls', name: 'tls', ...way, days: 14 }, { kind: 'websocket', name: 'no token', ...way, url: 'https://notes.test/ws/prompts/', status: 403 }], { secret: () => password })).toMatchObject([PASS, PASS, PASS]);
    expect((await take(django('count', { model: 'documents.Document', least: 0 }))).value).toEqual(before.value);
    expect(await takeReadings([documents], { secret: () => 'wrong' })).toMatchObject([{ ...FAIL, why: expect.stringMatching(/^POST \/api\/v1\/auth\/login\/: status 40/) as string }]);
    // Nothing of the WebSocket's token is in nginx's log.
    expect(await must("grep -c 'token=' /var/log/nginx/*.log | awk -F: '{s+=$2} END {print s+0}'")).toBe('0');
  });

  test('what nginx serves is the file on disk, and its logs, those of containers too, are judged since the start [VF-02, VF-14, MN-03]', async () => {
    const at = { url: 'https://notes.test/static/style.css', connect: '127.0.0.1:443', verify: false };
    expect(await take({ kind: 'static', name: 'css', ...at, file: `${APP}/staticfiles/style.css` })).toMatchObject(PASS);
    expect(await take({ kind: 'static', name: 'css', ...at, file: `${APP}/manage.py` })).toMatchObject(FAIL);
    const access = (more: object = {}): object => ({ kind: 'access_log', name: 'errors', path: '/var/log/nginx/notes.access.log', share: 100, least: 1, since: '/run/probe-start', ...more });
    expect(await take(access())).toMatchObject({ ...PASS, value: { requests: expect.any(Number) as number, unread: 0 } });
    expect(await take(access({ least: 1_000_000 }))).toMatchObject(UNKNOWN);
  });

  // A test of this form only; in the other one there is nothing to skip.
  const inContainers = strategy === 'compose' ? test : undefined;
  inContainers?.('containers: their output since the start is searched, of web and of worker, their resources are recorded [VF-13, RD-12, MN-08, A-26]', async () => {
    const log = { kind: 'log', name: 'log', service: 'web', compose: form.compose, since: '/run/probe-start', quiet: false, timeout: 10 };
    await must(`cd ${APP} && docker-compose restart web celery && until [ -n "$(docker-compose logs --tail 3 celery)" ]; do sleep 0.2; done`);
    expect(await take({ ...log, fail_on: ['^NEVER SEEN$'] })).toMatchObject({ ...PASS, value: { lines: expect.any(Number) as number } });
    for (const service of ['web', 'celery']) expect(await take({ ...log, service, fail_on: ['.'] })).toMatchObject(FAIL);
    expect(await take({ ...log, fail_on: ['.'], service: 'none' })).toMatchObject(UNKNOWN);
    const resources = { kind: 'containers', name: 'containers', compose: form.compose, timeout: 30 };
    const found = await take(resources);
    const counted = Object.values(found.value as Record<string, { bytes: number }>).every(({ bytes }) => bytes > 0);
    // A Docker Engine inside of a test host may have no memory cgroups, and then it says 0 for everything: never a pass.
    expect(found).toMatchObject(counted ? PASS : { ...UNKNOWN, why: expect.stringMatching(/^docker stats does not count the memory of notes_/) as string });
    expect(Object.keys(found.value as object)).toHaveLength(5);
  });

  test('processors, memory and disks of a real host [MN-05, MN-06, MN-07]', async () => {
    expect(await take({ kind: 'cpu', name: 'cpu', busy: 100, over: 0.5 })).toMatchObject(PASS);
    expect(await take({ kind: 'memory', name: 'memory', free: 1 })).toMatchObject(PASS);
    expect(await take({ kind: 'disk', name: 'disk', free: 0.01, paths: ['/', APP] })).toMatchObject(PASS);
  });

  test('no password of .env is in anything that a probe printed, nor in an argument while it ran [SE-01, A-42]', async () => {
    const names = ['DB_PASSWORD', 'AWS_SECRET_ACCESS_KEY', 'TEST_USER_PASSWORD'];
    const values = (await must(`sed -n -E 's/^(${names.join('|')}|REDIS_PASSWORD)=//p' ${APP}/.env`)).split('\n');
    const watched = `seen=$(mktemp); (while [ -e /run/probing ]; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >> $seen; sleep 0.05; done) & `;
    await must('touch /run/probing');
    const ask = [redis(), mysql(), django('cache', { alias: 'default' })].map((one) => `python3 -I /srv/probe probe ${quote(JSON.stringify(one))} || true`).join('; ');
    const printed = await must(`${watched} { ${ask}; } 2>&1; rm /run/probing; wait; cat $seen; rm $seen`);
    expect(printed).toContain('"verdict": "pass"');
    for (const value of values) expect(printed).not.toContain(value);
  });

  // The last one: S3 does not come back.
  test('a file goes to S3, comes back by its signed URL, and nothing stays; without S3 it is unknown [VF-24, A-39]', async () => {
    const storage = django('storage', { alias: 'default', signed: true });
    expect(await take(storage)).toMatchObject({ ...PASS, value: { backend: 'S3Storage', signed: true } });
    // The objects lie on this machine, and not on the host.
    const objects = readdirSync(notes.s3.directory, { recursive: true }).map(String);
    expect(objects.filter((name) => name.includes('sternway-probe'))).toEqual([]);
    await notes.s3.stop();
    expect(await take({ ...storage, timeout: 8 })).toMatchObject(UNKNOWN);
  });
});
