/** Prometheus by its published contract: https://prometheus.io/docs/prometheus/latest/querying/api/ */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readPrometheus } from '../../src/activities/metrics';

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const queryOf = (request: IncomingMessage): string => new URL(request.url ?? '/', 'http://x').searchParams.get('query') ?? '';
const success = (data: unknown): string => JSON.stringify({ status: 'success', data });
const sample = (value: string, metric: object = {}) => ({ metric, value: [1435781451.781, value] });
const vector = (...values: string[]): string => success({ resultType: 'vector', result: values.map((value, index) => sample(value, { instance: `web-${index}` })) });
/** A Prometheus that says this to everything. */
const saying = (body: string, status = 200) => answering((_, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body));
const read = async (url: string | Promise<string>, over: object = {}) => readPrometheus({ url: await url, query: 'x', ...over });
const why = async (url: string | Promise<string>) => {
  const { value, count, why: said } = await read(url);
  expect([value, count]).toEqual([null, null]);
  return said;
};

test('one series is a figure: the query is sent as it is, to the path of the API, under a path of its own too', async () => {
  const asked: unknown[] = [];
  const url = await answering((request, response) => {
    asked.push([request.method, new URL(request.url ?? '', 'http://x').pathname, queryOf(request), request.headers.authorization]);
    response.end(vector('0.0125'));
  });
  const query = 'sum(rate(http_requests_total{status=~"5.."}[1m])) / sum(rate(http_requests_total[1m])) > 0 & 1 + 2';
  expect(await readPrometheus({ url: `${url}/prometheus/`, query })).toEqual({ value: 0.0125, count: null });
  expect(asked).toEqual([['GET', '/prometheus/api/v1/query', query, undefined]]);
});

test('a scalar is a figure, and so are all spellings of a number', async () => {
  expect(await read(saying(success({ resultType: 'scalar', result: [1435781451.781, '4'] })))).toEqual({ value: 4, count: null });
  for (const [text, value] of [['1e-05', 0.00001], ['-3', -3], ['1.5E+3', 1500]] as const) expect(await read(saying(vector(text)))).toEqual({ value, count: null });
});

test('the requests behind it are asked for beside it', async () => {
  const url = answering((request, response) => void response.end(queryOf(request) === 'requests' ? vector('120') : vector('0.5')));
  expect(await read(url, { count: 'requests' })).toEqual({ value: 0.5, count: 120 });
});

test('a share of no requests is low traffic; where nobody counts them it is no data', async () => {
  const url = answering((request, response) => void response.end(queryOf(request) === 'requests' ? vector('0') : vector('NaN')));
  expect(await read(url, { count: 'requests' })).toEqual({ value: 0, count: 0 });
  expect(await why(url)).toBe('Prometheus: the value is NaN');
});

test.each([
  ['an empty vector', vector(), 'the query finds nothing'],
  ['NaN', vector('NaN'), 'the value is NaN'],
  ['infinity', vector('+Inf'), 'the value is Infinity'],
  ['several series', vector('1', '2', '3'), 'the query comes to 3 series, not to one: put a sum() or max() around it'],
  ['a matrix', success({ resultType: 'matrix', result: [{ metric: {}, values: [[1, '1']] }] }), 'the query comes to a matrix, not to one number'],
  ['a text', success({ resultType: 'string', result: [1, 'foo'] }), 'the query comes to a string, not to one number'],
  ['a histogram', success({ resultType: 'vector', result: [{ metric: {}, histogram: [1, { count: '60', sum: '33', buckets: [] }] }] }), 'the query comes to something that is no number'],
  ['a number that is none', vector('12abc'), 'the query comes to something that is no number'],
  ['an empty text in place of a number', vector(''), 'the query comes to something that is no number'],
  ['success without data', success(null), 'the query comes to nothing that is understood, not to one number'],
  ['garbage', '<html>Bad gateway</html>', 'status 200, and no answer of Prometheus'],
  ['half an answer', vector('1').slice(0, -3), 'status 200, and no answer of Prometheus'],
  ['an empty answer', '', 'status 200, and no answer of Prometheus'],
  ['JSON that is no object', '[]', 'status 200, and no answer of Prometheus'],
])('%s is no data, with its reason', async (_, body, reason) => {
  expect(await why(saying(body))).toBe(`Prometheus: ${reason}`);
});

test('an error of Prometheus is no data, in its own words; they are cut', async () => {
  const error = { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected end of input' };
  expect(await why(saying(JSON.stringify(error), 400))).toBe('Prometheus: bad_data: parse error: unexpected end of input');
  expect((await why(saying(JSON.stringify({ ...error, error: 'x'.repeat(5000) }), 422)))?.length).toBeLessThan(300);
});

test('an error page, and a value under another status than 200, are no data', async () => {
  expect(await why(saying('Service Unavailable', 503))).toBe('Prometheus: status 503, and no answer of Prometheus');
  expect(await why(saying(vector('0'), 500))).toBe('Prometheus: status 500, and no answer of Prometheus');
});

test('a redirect is not followed: the token would go with it', async () => {
  const paths: unknown[] = [];
  const url = answering((request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect(await why(url)).toBe('Prometheus: status 302, and no answer of Prometheus');
  expect(paths).toEqual(['/api/v1/query?query=x']);
});

test('a server that does not answer, or stops in the middle, is given up in time', async () => {
  for (const begun of ['', '{"status": "success", "data": ']) {
    const url = await answering((_, response) => void (begun === '' ? undefined : response.write(begun)));
    const started = performance.now();
    expect((await readPrometheus({ url, query: 'x' }, { within: 200 })).why).toBe('Prometheus: no answer within 200 ms');
    expect(performance.now() - started).toBeLessThan(5000);
  }
});

test('nobody listening is no data', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  expect(await why(`http://127.0.0.1:${port}`)).toBe('Prometheus: no answer: ECONNREFUSED');
});

test('an answer of 10 MB is not read to its end', async () => {
  let sent = 0;
  const fill = (response: ServerResponse): void => {
    const chunk = Buffer.alloc(1 << 16, ' ');
    while (sent < 10 << 20 && !response.destroyed) {
      sent += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', () => fill(response));
    }
    response.end(vector('1'));
  };
  const url = answering((_, response) => fill(response));
  expect(await why(url)).toBe('Prometheus: the answer is longer than 1048576 bytes');
  expect(sent).toBeLessThan(10 << 20);
});

test('a token is a secret: sent as a bearer, asked for at the last moment, never in a reason', async () => {
  const seen: unknown[] = [];
  const url = await answering((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401).end('no');
  });
  const query = { url, query: 'x', token: { secret: 'METRICS' } };
  expect(await readPrometheus(query, { secret: (name) => `hunter2-${name}` })).toEqual({ value: null, count: null, why: 'Prometheus: status 401, and no answer of Prometheus' });
  expect(seen).toEqual(['Bearer hunter2-METRICS']);
  expect((await readPrometheus(query, { secret: () => 'hunter2\nX: y' })).why).toBe('Prometheus: the token METRICS holds characters that no header takes');
  await expect(readPrometheus(query)).rejects.toThrow('the secret METRICS is needed and nobody gives it');
  expect(seen).toHaveLength(1);
});

test('a cancel ends it by its reason, and is not taken for no data', async () => {
  const stop = new AbortController();
  const url = await answering(() => stop.abort(new Error('cancelled')));
  await expect(readPrometheus({ url, query: 'x' }, { signal: stop.signal })).rejects.toThrow('cancelled');
});
