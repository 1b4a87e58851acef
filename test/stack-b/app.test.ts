import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raiseNotes, type NotesHost } from '../../testbed/notes';
import { until } from '../../testbed/wait';
import { NotesClient } from './app-client';

describe.each(['systemd', 'compose'] as const)('notes in its %s form', (strategy) => {
  let notes: NotesHost;
  let client: NotesClient;
  let token: string;
  beforeAll(async () => {
    notes = await raiseNotes({ strategy, name: `app-${strategy}` });
    client = new NotesClient(notes);
    token = await client.login();
  });
  afterAll(() => notes.remove());

  const run = async (command: string): Promise<string> => {
    const done = await notes.host.run(command);
    if (done.code !== 0) throw new Error(`${command} ended with ${String(done.code)}: ${done.stderr}`);
    return done.stdout.trim();
  };
  const manage = (args: string): Promise<string> =>
    run(strategy === 'systemd' ? `cd /var/www/notes && runuser -u notes -- venv/bin/python manage.py ${args}` : `cd /var/www/notes && docker-compose exec -T web python manage.py ${args}`);
  const service = (verb: string, name: 'db' | 'redis' | 'celery'): Promise<string> =>
    strategy === 'systemd' ? run(`systemctl ${verb} ${{ db: 'mariadb', redis: 'redis-server', celery: 'notes-celery' }[name]}`) : run(`cd /var/www/notes && docker-compose ${verb} ${name} 2>&1`);
  const health = async (): Promise<{ status: number; said: unknown; services: Record<string, string> }> => {
    const answer = await client.ask('/health/');
    const body = answer.json() as { status: string; services: Record<string, string> };
    return { status: answer.status, said: body.status, services: body.services };
  };

  test('is a plain directory with a clean checkout of v1.0.0, settings that only it can read, and static files that nginx can', async () => {
    expect(await run('stat -c "%F %U" /var/www/notes; cd /var/www/notes; stat -c "%a %U" .env')).toBe('directory notes\n600 notes');
    const git = 'runuser -u notes -- git -C /var/www/notes';
    expect(await run(`${git} describe --tags; ${git} status --porcelain`)).toBe('v1.0.0');
    expect((await client.ask('/static/style.css')).text).toBe(`${await run('cat /var/www/notes/staticfiles/style.css')}\n`);
  });

  test('says which release it is, and that all of its services work', async () => {
    expect((await client.ask('/')).text).toContain('<footer>v1.0.0</footer>');
    expect((await client.ask('/api/v1/status/')).json()).toMatchObject({ version: 'v1.0.0', status: 'operational', environment: 'production' });
    expect(await health()).toEqual({ status: 200, said: 'healthy', services: { database: 'connected', cache: 'connected', celery: 'running', storage: 'connected' } });
    expect(await manage('check_db')).toBe('mysql: connected, 1 users');
  });

  test('lets nobody in without a token, with a wrong password, or with a refresh token', async () => {
    for (const path of ['prompts', 'llm-models', 'folders']) expect((await client.ask(`/api/v1/${path}/`)).status, path).toBe(401);
    for (const path of ['payments/create-order', 'documents/upload']) expect((await client.ask(`/api/v1/${path}/`, { json: {} })).status, path).toBe(401);
    expect((await client.ask('/api/v1/auth/login/', { json: { email: 'test@example.com', password: 'wrong' } })).status).toBe(401);
    const password = await run('sed -n s/^TEST_USER_PASSWORD=//p /var/www/notes/.env');
    const { refresh } = (await client.ask('/api/v1/auth/login/', { json: { email: 'test@example.com', password } })).json();
    expect((await client.ask('/api/v1/prompts/', { token: String(refresh) })).status).toBe(401);
  });

  test('gives a user his lists, and keeps a prompt until it is deleted', async () => {
    expect((await client.ask('/api/v1/llm-models/', { token })).json()).toMatchObject({ count: 3 });
    expect((await client.ask('/api/v1/folders/', { token })).json()).toMatchObject({ results: [{ name: 'Drafts' }] });
    const made = await client.ask('/api/v1/prompts/', { token, json: { title: 'Grüße', text: '你好' } });
    expect(made.status).toBe(201);
    const prompts = (await client.ask('/api/v1/prompts/', { token })).json();
    expect(prompts).toMatchObject({ count: 4 });
    expect(prompts['results']).toContainEqual(made.json());
    const path = `/api/v1/prompts/${String(made.json()['id'])}/`;
    expect((await client.ask(path, { token, method: 'DELETE' })).status).toBe(204);
    expect((await client.ask(path, { token })).status).toBe(404);
  });

  test('opens a WebSocket for a token in query or header only, and writes the token down nowhere', async () => {
    const said = { status: 101, messages: [{ type: 'ready', user: 'test@example.com', version: 'v1.0.0' }, { type: 'count', prompts: 3 }] };
    expect(await client.socket(`?token=${token}`)).toEqual(said);
    expect(await client.socket('', { Authorization: `Bearer ${token}` })).toEqual(said);
    expect(await client.socket('')).toMatchObject({ status: 403 });
    const wrong = `${token.slice(0, -3)}xyz`;
    expect(await client.socket(`?token=${wrong}`)).toMatchObject({ status: 403 });
    // With the app gone nginx tells the error log the whole request line of what it could not pass on.
    const web = (verb: string): Promise<string> => run(strategy === 'systemd' ? `systemctl ${verb} notes-web` : `docker ${verb} notes_web_1`);
    await web('stop');
    expect(await client.socket(`?token=${token}`)).toMatchObject({ status: 502 });
    await web('start');
    await until('The health of notes', async () => (await client.ask('/health/')).status === 200 || undefined, { everyMs: 100 });
    expect(await run('grep -c "GET /ws/prompts/ HTTP/1.1\\" 502" /var/log/nginx/notes.access.log')).toBe('1');
    const logs = strategy === 'systemd' ? '/var/log/notes' : '/var/lib/docker/containers';
    for (const secret of [token, wrong]) expect((await notes.host.run(`grep -rlF ${secret.split('.')[2] ?? ''} /var/log/nginx ${logs}`)).stdout).toBe('');
  });

  test('makes a payment order in test mode that Razorpay knows, and gives it up again', async () => {
    expect((await client.ask('/api/v1/payments/config/', { token })).json()).toEqual({ key_id: 'rzp_test_notes', mode: 'test' });
    const made = await client.ask('/api/v1/payments/create-order/', { token, json: { plan_id: 1, amount: 999 } });
    expect(made.status).toBe(201);
    expect(made.json()).toMatchObject({ amount: 99_900, currency: 'INR', mode: 'test', status: 'created' });
    const order = String(made.json()['order_id']);
    const known = await run(`k=$(sed -n s/^RAZORPAY_KEY_SECRET=//p /var/www/notes/.env); curl -s -u rzp_test_notes:$k ${notes.payments.url}/v1/orders/${order}`);
    expect(JSON.parse(known)).toMatchObject({ id: order, amount: 99_900 });
    expect((await client.ask(`/api/v1/payments/orders/${order}/cancel/`, { token, method: 'POST' })).json()).toMatchObject({ status: 'cancelled' });
  });

  test('keeps an uploaded document in S3 behind a presigned URL, and deletes it there', async () => {
    const made = await client.upload(token, 'of a test');
    expect(made.status).toBe(201);
    const { id, url } = made.json() as { id: number; url: string };
    expect(url).toContain('X-Amz-Signature=');
    expect(await run(`curl -sf '${url}'`)).toBe('of a test');
    expect(await run(`curl -s -o /dev/null -w '%{http_code}' '${url.split('?')[0] ?? ''}'`)).toBe('403');
    expect((await client.ask(`/api/v1/documents/${id}/`, { token, method: 'DELETE' })).status).toBe(204);
    expect(await run(`curl -s -o /dev/null -w '%{http_code}' '${url}'`)).toBe('404');
  });

  test('does its tasks in the worker, each once, and beat sends the heartbeat', async () => {
    const said = await manage(`shell -v 0 -c 'from authentication.tasks import *; print(test_task.delay().get(timeout=10)["version"]); [work_task.delay(n) for n in range(20)][-1].get(timeout=30)'`);
    expect(said).toBe('v1.0.0');
    const counted = `shell -v 0 -c 'from authentication.models import TaskEffect as E; import redis; from django.conf import settings as s; print(redis.Redis.from_url(s.REDIS_URL).llen("notes:deliveries"), E.objects.count(), sum(e.times for e in E.objects.all()))'`;
    await until('All 20 tasks', async () => (await manage(counted)) === '20 20 20' || undefined);
    const beat = `shell -v 0 -c 'from django.core.cache import cache; print(cache.get("heartbeat"))'`;
    await until('A heartbeat', async () => (await manage(beat)).startsWith('20') || undefined);
  });

  // Last, because they stop what the others need.
  test.each([
    ['celery', { status: 200, said: 'healthy' }, { celery: 'warning: no workers' }],
    ['redis', { status: 503, said: 'unhealthy' }, { cache: /^error: /, database: 'connected', storage: 'connected' }],
    ['db', { status: 503, said: 'unhealthy' }, { database: /^error: /, cache: 'connected', storage: 'connected' }],
  ] as const)('tells by its health within seconds that %s is gone, and that it is back', async (name, whole, services) => {
    await service('stop', name);
    const started = performance.now();
    const found = await health();
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(found).toMatchObject(whole);
    for (const [service, word] of Object.entries(services)) expect(found.services[service], service).toMatch(word);
    await service('start', name);
    await until(`Health after ${name} is back`, async () => ((found) => (found.status === 200 && found.said === 'healthy') || undefined)(await health()), { everyMs: 200 });
  });

  test('tells by its health that S3 is gone', async () => {
    await notes.s3.stop();
    expect(await health()).toMatchObject({ status: 503, said: 'unhealthy', services: { storage: expect.stringMatching(/^error: /) as string, database: 'connected' } });
  });
});
