import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bodyOf, http, json, tcp, useless } from './support/servers';
import { FAIL, PASS, run, take, UNKNOWN } from './support/take';

/** A site that says what it was asked. */
const mirror = (): Promise<number> =>
  http((request, response) => void bodyOf(request).then((body) => json(response, { method: request.method, url: request.url, type: request.headers['content-type'], token: request.headers['authorization'], body: body.toString('latin1') }, request.method === 'POST' ? 201 : 200)));
const at = (port: number, path = '/', more: object = {}): object => ({ name: 'page', url: `http://probe.test:${port}${path}`, connect: `127.0.0.1:${port}`, status: 200, ...more });

test('a request goes out with its method, headers and JSON body, and the answer is judged', async () => {
  const port = await mirror();
  const more = { send: { json: { plan: 1, deep: { list: ['a', true] } } }, headers: { Authorization: 'Bearer x' }, status: 201, json: { method: 'POST', type: 'application/json', token: 'Bearer x', body: '{"plan": 1, "deep": {"list": ["a", true]}}' } };
  expect(await take(at(port, '/a?b=c', more))).toMatchObject({ ...PASS, name: 'page', tier: 1, why: null });
  expect(await take(at(port, '/', { method: 'DELETE', tier: 2, json: { method: 'DELETE' } }))).toMatchObject({ ...PASS, tier: 2 });
  expect(await take(at(port, '/', { method: 'PUT', send: { form: { a: 'x y', n: 1 } }, json: { type: 'application/x-www-form-urlencoded', body: 'a=x+y&n=1' } }))).toMatchObject(PASS);
});

test('a file is made for the request and sent as multipart, with the first bytes of its type [VF-33, A-40]', async () => {
  const port = await mirror();
  const send = { form: { title: 'Test "quoted"' }, file: { field: 'file', name: 'test_document.pdf', type: 'application/pdf', size: 1000 } };
  const [pdf, wrong] = [await take(at(port, '/', { send, status: 201, contains: 'filename=\\"test_document.pdf\\"\\r\\nContent-Type: application/pdf\\r\\n\\r\\n%PDF-1.4' })), await take(at(port, '/', { send, status: 201, contains: 'GIF89a' }))];
  expect([pdf.verdict, wrong.verdict]).toEqual(['pass', 'fail']);
});

test('the health contract may be flat or nested, and every place that there is must be right [A-38, VF-35, VF-36]', async () => {
  let health: unknown;
  const port = await http((_, response) => json(response, health, (health as { status: string }).status === 'healthy' ? 200 : 503));
  const wanted = { json: { status: 'healthy', 'services.database|database': 'connected', 'services.celery|celery': ['running', 'warning: no workers'] } };
  const read = async (said: unknown): Promise<string | null> => ((health = said), (await take(at(port, '/', wanted))).why);
  expect(await read({ status: 'healthy', database: 'connected', celery: 'running' })).toBeNull();
  expect(await read({ status: 'healthy', services: { database: 'connected', celery: 'warning: no workers' } })).toBeNull();
  expect(await read({ status: 'healthy', database: 'connected', services: { database: 'error: connection refused', celery: 'running' } })).toBe("services.database|database is 'error: connection refused' instead of 'connected'");
  expect(await read({ status: 'healthy', celery: 'running' })).toBe("services.database|database is missing instead of 'connected'");
  expect(await read({ status: 'healthy', database: 'connected', celery: 'error: refused' })).toBe("services.celery|celery is 'error: refused' instead of 'running' or 'warning: no workers'");
  expect(await read({ status: 'unhealthy', services: { database: 'error: connection refused' } })).toBe('status 503 instead of 200');
});

test('5xx is a failure, whatever the body says; HEAD is never used in place of reading the body [A-28, VF-08, VF-09]', async () => {
  const methods: (string | undefined)[] = [];
  const port = await http((request, response) => (methods.push(request.method), json(response, { status: 'healthy' }, 502)));
  expect(await take(at(port, '/', { json: { status: 'healthy' } }))).toMatchObject({ ...FAIL, why: 'status 502 instead of 200' });
  expect(methods).toEqual(['GET']);
});

test('an answer that was cut short says nothing, though its status is right [A-28]', async () => {
  const cut = await tcp((socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')));
  const chunk = await tcp((socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf')));
  for (const port of [cut, chunk]) expect(await take(at(port))).toMatchObject(UNKNOWN);
});

test('a service that says nothing is unknown, in the time that it has [A-28]', async () => {
  for (const [what, port] of Object.entries(await useless())) expect({ what, ...(await take(at(port, '/', { timeout: 0.5 }))) }).toMatchObject({ what, ...UNKNOWN, ms: null });
});

test('a secret goes where it belongs, comes by stdin alone, and is in nothing that is printed, though the site sends it back [SE-01]', async () => {
  const port = await http((request, response) => void bodyOf(request).then((body) => json(response, { said: `${body.toString()} ${String(request.headers['x-key'])}` }, 401)));
  const document = at(port, '/', { send: { json: { password: { secret: 'TEST_PASSWORD' } } }, headers: { 'X-Key': { secret: 'KEY' } }, status: 401, json: { said: 'nothing' } });
  const found = await take(document, { TEST_PASSWORD: 'hunter2-canary', KEY: 'key-canary' });
  expect(found).toMatchObject(FAIL);
  expect(found.printed).not.toContain('canary');
  expect(found.why).toBe(`said is '{"password": "[secret]"} [secret]' instead of 'nothing'`);
});

test('a secret that nobody gave is unknown, and none is guessed', async () => {
  const port = await mirror();
  const document = at(port, '/', { headers: { Authorization: { secret: 'TOKEN' } } });
  expect(await take(document)).toMatchObject({ ...UNKNOWN, why: 'the secret TOKEN was not given' });
  expect(await run([JSON.stringify(document), 'TOKEN'], '')).toMatchObject({ code: 2, out: '' });
});

test("values of the app's own .env are read on the host, and never shown [SE-01]", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'probe-env-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, '.env'), 'export TEST_USER_PASSWORD="canary \\"1\\"" # for tests\n');
  const port = await mirror();
  const ask = (json: string): object => at(port, '/', { send: { json: { password: { env: 'TEST_USER_PASSWORD' } } }, env_file: join(folder, '.env'), status: 201, json: { body: json } });
  expect(await take(ask('{"password": "canary \\"1\\""}'))).toMatchObject(PASS);
  const wrong = await take(ask('x'));
  expect(wrong).toMatchObject(FAIL);
  expect(await take({ ...ask('x'), env_file: join(folder, 'none') })).toMatchObject(UNKNOWN);
});

test('several readings in one run: each has its line, the seconds are for all, and unknown is no pass', async () => {
  const port = await mirror();
  const batch = (...probes: object[]): Promise<{ code: number; out: string }> => run(['-'], JSON.stringify({ probes, until: 0.3 }));
  const verdicts = (out: string): string[] => out.trim().split('\n').map((line) => (JSON.parse(line) as { verdict: string }).verdict);
  const [good, bad, gone] = [at(port), at(port, '/', { status: 404 }), { name: 'gone', url: 'http://127.0.0.1:1/' }];
  const all = await batch(good, bad, gone);
  expect([all.code, verdicts(all.out)]).toEqual([1, ['pass', 'fail', 'unknown']]);
  expect((await batch(good, good)).code).toBe(0);
  expect((await batch(good, gone)).code).toBe(3);
  expect(await run(['-'], '{"probes": [{"kind": "telepathy"}]}')).toMatchObject({ code: 2, out: '' });
});
