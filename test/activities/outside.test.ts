import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { TaskInput } from '../../src/activities/contract';
import { firstFailure, readOutside, takeReadings } from '../../src/activities/outside';
import type { ProbeDocument } from '../../src/commands/probe';
import type { OutsideProbe } from '../../src/plan/plan';
import { temporary, tool } from '../commands/support/run';

async function listening(server: Server | TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const answering = (listener: RequestListener): Promise<number> => listening(createHttpServer(listener));
const probe = (port: number, over: Partial<OutsideProbe> = {}): OutsideProbe => ({ name: 'page', url: `http://shop.test:${port}/status?a=b`, connect: '127.0.0.1', status: 200, ...over });
/** One reading, no second try. */
const once_ = (over: OutsideProbe): Promise<string | undefined> => firstFailure([over], 0);

test('a site that answers as it should passes: by its name, at the address that was given, every expectation met', async () => {
  const asked: unknown[] = [];
  const port = await answering((request, response) => {
    asked.push([request.method, request.headers.host, request.url]);
    response.end(JSON.stringify({ version: 'v1', services: { database: 'connected' }, count: 3, ok: true }));
  });
  const input = { outside: { probes: [probe(port, { json: { version: 'v1', 'services.database': 'connected', count: '3', ok: 'true' }, contains: '"v1"', within: 5000 })], seconds: 0 } } as unknown as TaskInput;
  expect(await readOutside(input)).toEqual({ state: 'ended', seconds: null, tail: 'page: pass', adopted: false, at: null });
  expect(asked).toEqual([['GET', `shop.test:${port}`, '/status?a=b']]);
});

test('an answer that differs is no pass, and the difference is named: status, text, field, time [A-28]', async () => {
  let delay = 0;
  const port = await answering((_, response) => void setTimeout(() => response.writeHead(200).end('{"version": "v0", "nested": {"a": 1}}'), delay));
  expect(await once_(probe(port, { status: 503 }))).toBe(`http://shop.test:${port}/status?a=b: status 200 instead of 503`);
  expect(await once_(probe(port, { contains: 'v1' }))).toMatch(/: the answer does not contain 'v1'$/);
  expect(await once_(probe(port, { json: { version: 'v1' } }))).toMatch(/: version is 'v0' instead of 'v1'$/);
  expect(await once_(probe(port, { json: { 'version.x': 'v1' } }))).toMatch(/: version\.x is missing instead of 'v1'$/);
  expect(await once_(probe(port, { json: { nested: '1' } }))).toMatch(/: nested is '\{"a": 1\}' instead of '1'$/);
  expect(await once_(probe(port, { json: { constructor: 'x' } }))).toMatch(/: constructor is missing/);
  delay = 60;
  expect(await once_(probe(port, { within: 20 }))).toMatch(/: it took \d+ ms, more than 20$/);
});

test('an answer of 500 is no pass, nor is a redirect followed to one that would be [A-28]', async () => {
  const port = await answering((request, response) => {
    if (request.url === '/ok') response.end('fine');
    else response.writeHead(request.url === '/moved' ? 302 : 500, { location: '/ok' }).end('fine');
  });
  expect(await once_(probe(port, { contains: 'fine' }))).toMatch(/: status 500 instead of 200$/);
  expect(await once_(probe(port, { url: `http://shop.test:${port}/moved` }))).toMatch(/: status 302 instead of 200$/);
});

test('no answer is no pass: nobody there, hung up, garbage, an empty answer where something is expected [A-28]', async () => {
  const gone = await answering(() => undefined);
  expect(await once_(probe(1))).toMatch(/: no answer: .*Connection refused/);
  const raw = (reply: (socket: Socket) => void): Promise<number> => listening(createTcpServer((socket) => { socket.on('error', () => undefined); reply(socket); }));
  expect(await once_(probe(await raw((socket) => socket.destroy())))).toMatch(/: (no answer|its certificate does not hold): /);
  expect(await once_(probe(await raw((socket) => socket.end('\u0000\u0001 this is no HTTP \r\n\r\n'))))).toMatch(/: no answer: /);
  const cut = await raw((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')));
  expect(await once_(probe(cut))).toMatch(/: no answer: it was cut after 4 bytes$/);
  const empty = await answering((_, response) => response.end());
  expect(await once_(probe(empty, { json: { version: 'v1' } }))).toMatch(/: version is missing instead of 'v1'$/);
  expect(await once_(probe(empty, { contains: 'x' }))).toMatch(/: the answer does not contain 'x'$/);
  expect(gone).toBeGreaterThan(0);
});

test('a site that takes the request and never answers is no pass after five seconds', async () => {
  const port = await answering(() => undefined);
  const begun = Date.now();
  expect(await once_(probe(port))).toMatch(/: no answer: timed out$/);
  expect(Date.now() - begun).toBeLessThan(20_000);
});

/** A certificate authority's files, and a server's certificate for a name. */
function certificates(name: string): { ca: string; key: string; cert: string } {
  const folder = temporary();
  const at = (file: string): string => join(folder, file);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  tool('openssl', 'req', '-x509', ...ec, '-subj', '/CN=authority', '-keyout', at('ca.key'), '-out', at('ca.crt'));
  tool('openssl', 'req', '-x509', '-CA', at('ca.crt'), '-CAkey', at('ca.key'), ...ec, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', at('key'), '-out', at('cert'));
  const read = (file: string): string => readFileSync(at(file), 'utf8');
  return { ca: read('ca.crt'), key: read('key'), cert: read('cert') };
}

test('over TLS the certificate has to hold: for the name, by an authority that is trusted [VF-03, A-28]', async () => {
  const good = certificates('shop.test');
  const other = certificates('other.test');
  const served = (with_: { key: string; cert: string }): Promise<number> => listening(createHttpsServer(with_, (request, response) => response.end((request.socket as unknown as { servername: string }).servername)));
  const [port, wrongName] = [await served(good), await served(other)];
  const at = (port: number, over: Partial<OutsideProbe> = {}): OutsideProbe => probe(port, { url: `https://shop.test:${port}/`, ...over });
  expect(await once_(at(port, { ca: good.ca, contains: 'shop.test' }))).toBeUndefined();
  expect(await once_(at(port))).toMatch(/: its certificate does not hold: self-signed certificate in certificate chain$/);
  expect(await once_(at(port, { ca: other.ca }))).toMatch(/: (no answer|its certificate does not hold): /);
  expect(await once_(at(wrongName, { ca: other.ca }))).toMatch(/: its certificate does not hold: Hostname mismatch/);
  const plain = await answering((_, response) => response.end('shop.test'));
  expect(await once_(at(plain, { ca: good.ca }))).toMatch(/: (no answer|its certificate does not hold): /);
});

test('it is read again until it passes, for the seconds that there are', async () => {
  let count = 0;
  const port = await answering((_, response) => response.writeHead(++count < 4 ? 502 : 200).end());
  expect(await firstFailure([probe(port)], 30)).toBeUndefined();
  expect(count).toBe(4);
  count = -1000;
  expect(await firstFailure([probe(port)], 0.3)).toMatch(/: status 502 instead of 200$/);
});

test('every probe has to pass, the seconds are for all of them, and the first that does not is the reason', async () => {
  const port = await answering((request, response) => response.writeHead(request.url === '/bad' ? 404 : 200).end());
  const at = (path: string): OutsideProbe => probe(port, { name: path, url: `http://shop.test:${port}${path}` });
  expect(await firstFailure([at('/a'), at('/b')], 5)).toBeUndefined();
  const input = { outside: { probes: [at('/a'), at('/bad'), at('/c')], seconds: 0.2 } } as unknown as TaskInput;
  const failure = await readOutside(input).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({ type: 'CheckFailed', nonRetryable: true, message: `http://shop.test:${port}/bad: status 404 instead of 200` });
});

test('a document of another kind is taken the same way, its secrets by stdin at that moment; unknown is no pass [SE-01, A-28]', async () => {
  const asked: unknown[] = [];
  const port = await answering((request, response) => {
    asked.push(request.headers.authorization);
    response.end('{}');
  });
  const document = { name: 'me', url: `http://127.0.0.1:${port}/`, status: 200, headers: { Authorization: { secret: 'TOKEN' } } };
  const step = (over: object): OutsideProbe => ({ name: 'me', url: document.url, status: 200, document: { ...document, ...over } });
  expect(await firstFailure([step({})], 0, (name) => `${name}-canary`)).toBeUndefined();
  expect(asked).toEqual(['TOKEN-canary']);
  const wrong = await firstFailure([step({ json: { a: 'b' } })], 0, (name) => `${name}-canary`);
  expect(wrong).toBe("me: a is missing instead of 'b'");
  expect(await firstFailure([step({ url: 'http://127.0.0.1:1/' })], 0, () => 'x')).toMatch(/^me: no answer/);
  await expect(firstFailure([step({})], 0)).rejects.toThrow('the secret TOKEN is needed and nobody gives it');
});

test('without python3 on the worker nothing passes, and the sentence says what to install', async () => {
  vi.stubEnv('PATH', temporary());
  await expect(firstFailure([probe(1)], 0)).rejects.toThrow("python3 is not installed on the worker's machine, and probes need it (3.7 or newer)");
  vi.unstubAllEnvs();
});

test('readings for a report are all taken, each with its verdict and what was measured', async () => {
  const port = await answering((_, response) => void response.end('fine'));
  const at = (name: string, status: number): ProbeDocument => ({ name, tier: 2, url: `http://127.0.0.1:${port}/`, status });
  expect(await takeReadings([at('a', 200), at('b', 404), { kind: 'memory', name: 'c', free: 1 }])).toMatchObject([
    { name: 'a', tier: 2, verdict: 'pass', why: null }, { name: 'b', verdict: 'fail', why: 'status 200 instead of 404' }, { name: 'c', verdict: 'pass', value: { available: expect.any(Number) as number } },
  ]);
  await expect(takeReadings([{ kind: 'telepathy', name: 'x' } as unknown as ProbeDocument])).rejects.toThrow(/the probes ended with exit code 2 after 0 of 1: .*no such kind: telepathy/);
});
