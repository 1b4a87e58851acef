import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { closedPort, http, useless } from './support/servers';
import { FAIL, PASS, take, UNKNOWN } from './support/take';

const samples = (port: number, more: object = {}): object => ({ kind: 'samples', name: 'times', url: `http://127.0.0.1:${port}/health/`, count: 8, every: 0.01, average_ms: 2000, failures: 0, timeout: 5, ...more });

test('response times are averaged over many requests, with the 95th percentile beside it [MN-02, A-30]', async () => {
  let count = 0;
  const port = await http((_, response) => void setTimeout(() => response.end('ok'), ++count === 4 ? 400 : 0));
  const found = await take(samples(port));
  expect(found).toMatchObject({ ...PASS, value: { samples: 8, failures: 0 } });
  const { average_ms: average, p95_ms: p95 } = found.value as { average_ms: number; p95_ms: number };
  expect(p95).toBeGreaterThanOrEqual(400);
  expect(average).toBeLessThan(p95);
  count = 0;
  expect(await take(samples(port, { p95_ms: 399 }))).toMatchObject({ ...FAIL, why: expect.stringMatching(/^the 95th percentile is \d+ ms, more than 399$/) as string });
  expect(await take(samples(port, { average_ms: 0 }))).toMatchObject({ ...FAIL, why: expect.stringMatching(/^the average is/) as string });
});

test('a quick refusal or a quick 502 is a failure and never a fast time [A-28, A-30, MN-02]', async () => {
  let count = 0;
  const port = await http((_, response) => void (++count % 4 === 0 ? response.writeHead(502).end() : setTimeout(() => response.end('ok'), 60)));
  const found = await take(samples(port, { failures: 2 }));
  expect(found).toMatchObject({ ...PASS, value: { failures: 2 } });
  expect((found.value as { average_ms: number }).average_ms).toBeGreaterThanOrEqual(60);
  expect(await take(samples(port, { failures: 1 }))).toMatchObject({ ...FAIL, why: '2 of 8 requests failed, more than 1: status 502' });
});

test('a site that is gone, silent or broken has no time at all: unknown [A-28]', async () => {
  expect(await take(samples(await closedPort(), { failures: 8 }))).toMatchObject({ ...UNKNOWN, value: { average_ms: null, failures: 8 } });
  for (const [what, port] of Object.entries(await useless())) expect({ what, ...(await take(samples(port, { count: 2, timeout: 0.3 }))) }).toMatchObject({ what, ...UNKNOWN });
});

test('processors in use are 100 % less idle over an interval, not one sample of one field [MN-05, A-30]', async () => {
  const found = await take({ kind: 'cpu', name: 'cpu', busy: 100, over: 0.3 });
  expect(found).toMatchObject(PASS);
  expect((found.value as { busy: number }).busy).toBeGreaterThanOrEqual(0);
  expect((found.value as { busy: number }).busy).toBeLessThanOrEqual(100);
  expect(await take({ kind: 'cpu', name: 'cpu', busy: -1, over: 0.3 })).toMatchObject({ ...FAIL, why: expect.stringMatching(/% of the processors are in use, more than -1 %$/) as string });
  expect(await take({ kind: 'cpu', name: 'cpu', busy: 70, over: 5, timeout: 0.2 })).toMatchObject(UNKNOWN);
});

test('what two readings of the processors come to: none without time between them, and never more than all [MN-05, A-28]', () => {
  const judged = (before: number[], after: number[]): string => {
    const program = `import sys; sys.path.insert(0, sys.argv[1]); import probe_machine, json
try:
    print(json.dumps(probe_machine.judged_cpu({"busy": 70}, *json.loads(sys.argv[2]))["busy"]))
except Exception as error:
    print(type(error).__name__, error)`;
    return execFileSync('python3', ['-I', '-c', program, join(__dirname, '../../src/hosts/helper'), JSON.stringify([before, after])], { encoding: 'utf8' }).trim();
  };
  expect(judged([10, 0, 100], [10, 0, 100])).toBe('Unsaid no time has passed between the two readings');
  expect(judged([10, 0, 100], [60, 0, 200])).toBe('50.0');
  expect(judged([10, 0, 100], [300, 0, 200])).toBe('0.0');
  expect(judged([10, 0, 100], [5, 0, 200])).toBe('Wrong 100.0 % of the processors are in use, more than 70 %');
});

test('memory and disks are recorded and judged; a path that is not there is unknown [MN-06, MN-07]', async () => {
  expect(await take({ kind: 'memory', name: 'memory', free: 1 })).toMatchObject(PASS);
  expect(await take({ kind: 'memory', name: 'memory', free: 2 ** 60 })).toMatchObject(FAIL);
  const disk = await take({ kind: 'disk', name: 'disk', free: 0.001, paths: ['/', '/tmp'] });
  expect(disk).toMatchObject(PASS);
  expect(Object.keys(disk.value as object)).toEqual(['/', '/tmp']);
  expect(await take({ kind: 'disk', name: 'disk', free: 100.1, paths: ['/'] })).toMatchObject({ ...FAIL, why: expect.stringMatching(/^\/ has [\d.]+ % free/) as string });
  expect(await take({ kind: 'disk', name: 'disk', free: 1, paths: ['/nowhere/at/all'] })).toMatchObject(UNKNOWN);
});
