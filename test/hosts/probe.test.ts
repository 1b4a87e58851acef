import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const helper = join(__dirname, '..', '..', 'src', 'hosts', 'helper');
const folder = mkdtempSync(join(tmpdir(), 'probe-'));
const open: { close(): unknown }[] = [];
let plain: number;
let tls: number;
let requests = 0;

const site: RequestListener = (request, response) => {
  requests++;
  if (request.url === '/slow') return;
  if (request.url === '/drip') {
    response.writeHead(200, { 'content-length': 1000 });
    const timer = setInterval(() => response.write('.'), 100);
    return void response.on('close', () => clearInterval(timer));
  }
  if (request.url === '/third') return void response.writeHead(requests < 3 ? 503 : 200).end('up');
  response.writeHead(request.url === '/status' ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ release: 'v2', checks: { db: true, nodes: [1, 'two'] }, host: request.headers.host }));
};

const listen = (server: Server | ReturnType<typeof createTcp>, where: number | string = 0): Promise<number> =>
  new Promise((resolve) => {
    open.push(server);
    server.listen(...((typeof where === 'number' ? [where, '127.0.0.1'] : [where]) as [number, string]), () => resolve((server.address() as AddressInfo).port));
  });

beforeAll(async () => {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(folder, 'key'), '-out', join(folder, 'cert'), '-days', '2', '-subj', '/CN=shop.test', '-addext', 'subjectAltName=DNS:shop.test'], { stdio: 'ignore' });
  plain = await listen(createHttp(site));
  tls = await listen(createHttps({ key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'cert')) }, site));
});

afterAll(() => {
  for (const server of open) server.close();
  rmSync(folder, { recursive: true });
});

interface Reading {
  code: number;
  verdict: string;
  why: string | null;
  status: number | null;
  ms: number | null;
}

function probe(spec: object): Promise<Reading> {
  return new Promise((resolve) => {
    const child = execFile('python3', ['-I', '-B', helper, 'probe', JSON.stringify(spec)], (_, stdout) => resolve({ ...(JSON.parse(stdout) as Omit<Reading, 'code'>), code: child.exitCode ?? -1 }));
  });
}

const secure = (path = '/status', more: object = {}): object => ({ url: `https://shop.test${path}`, connect: `127.0.0.1:${tls}`, ca: join(folder, 'cert'), ...more });

test('a reading passes when status, JSON fields, text and time are as expected, under the name in the URL', async () => {
  const found = await probe(secure('/status', { json: { release: 'v2', 'checks.db': 'true', 'checks.nodes.1': 'two', host: 'shop.test' }, contains: 'checks', deny: 'error', within_ms: 5000 }));
  expect(found).toMatchObject({ code: 0, verdict: 'pass', why: null, status: 200 });
  expect(found.ms).toBeGreaterThanOrEqual(0);
});

test('an answer through a Unix socket passes', async () => {
  await listen(createHttp(site), join(folder, 'socket'));
  expect(await probe({ url: 'http://shop.test/status', connect: `unix:${join(folder, 'socket')}` })).toMatchObject({ code: 0, verdict: 'pass' });
});

test.each([
  ['another status', { status: 201 }, 'status 200 instead of 201'],
  ['another value', { json: { release: 'v1' } }, "release is 'v2' instead of 'v1'"],
  ['a missing field', { json: { 'checks.cache': 'true' } }, 'checks.cache is missing'],
  ['a missing text', { contains: 'Welcome' }, "does not contain 'Welcome'"],
  ['a text that must not be there', { deny: 'release' }, "contains 'release'"],
  ['a slow answer', { within_ms: -1 }, 'more than -1'],
])('an answer with %s fails', async (_, wrong, why) => {
  const found = await probe(secure('/status', wrong));
  expect(found).toMatchObject({ code: 1, verdict: 'fail' });
  expect(found.why).toContain(why);
});

test('a certificate that nobody vouches for, or for another name, fails; without verification it is not looked at', async () => {
  expect(await probe({ url: 'https://shop.test/status', connect: `127.0.0.1:${tls}` })).toMatchObject({ code: 1, verdict: 'fail', why: expect.stringContaining('certificate') as string });
  const other = await probe({ ...secure(), url: 'https://other.test/status' });
  expect(other).toMatchObject({ code: 1, verdict: 'fail', why: expect.stringContaining('other.test') as string });
  expect(await probe({ url: 'https://other.test/status', connect: `127.0.0.1:${tls}`, verify: false })).toMatchObject({ code: 0 });
});

test('nobody there, silence, a drip, an empty reply, garbage and a broken handshake are unknown, each in bounded time', async () => {
  const broken = (answer: (socket: Socket) => void): Promise<number> => listen(createTcp((socket) => { socket.on('error', () => undefined); socket.once('data', () => answer(socket)); }));
  const gone = await broken(() => undefined);
  await new Promise((resolve) => (open.at(-1) as Server).close(resolve));
  const empty = await broken((socket) => socket.end());
  const garbage = await broken((socket) => socket.end('\x1b[2Jverdict: pass\n\n'));
  const begun = Date.now();
  const found = await Promise.all([
    probe({ url: `http://127.0.0.1:${gone}/` }),
    probe({ url: `http://127.0.0.1:${plain}/slow`, timeout: 0.5 }),
    probe({ url: `http://127.0.0.1:${plain}/drip`, timeout: 0.5 }),
    probe({ url: `http://127.0.0.1:${empty}/` }),
    probe({ url: `http://127.0.0.1:${garbage}/` }),
    probe({ url: `https://shop.test/`, connect: `127.0.0.1:${garbage}` }),
    probe({ url: `http://127.0.0.1:nowhere/` }),
  ]);
  expect(found.map(({ code, verdict, status }) => ({ code, verdict, status }))).toEqual(found.map(() => ({ code: 3, verdict: 'unknown', status: null })));
  expect(Date.now() - begun).toBeLessThan(15_000);
});

test('with `until` it reads again until it passes, or those seconds are over', async () => {
  requests = 0;
  expect(await probe({ url: `http://127.0.0.1:${plain}/third`, until: 20 })).toMatchObject({ code: 0 });
  expect(requests).toBe(3);
  const begun = Date.now();
  expect(await probe({ url: `http://127.0.0.1:${plain}/none`, until: 0.7 })).toMatchObject({ code: 1, why: 'status 404 instead of 200' });
  expect(Date.now() - begun).toBeGreaterThan(400);
});

test('a malformed request is refused with exit 2 and no verdict', () => {
  for (const text of ['{', '[]', '{}', '{"url":"http://x/","stauts":200}']) {
    try {
      execFileSync('python3', ['-I', '-B', helper, 'probe', text], { stdio: 'pipe' });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ status: 2, stdout: Buffer.from('') });
    }
  }
});
