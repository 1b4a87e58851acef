/** A figure of any other system, as a program prints it. */
import { expect, test } from 'vitest';
import { readProgram, type About } from '../../src/activities/program-figure';
import { source } from '../../src/config/schema/bake-sources';

const about: About = { app: 'shop', environment: 'production', release: 'v1.1.0', from: '2026-11-22T12:00:00.000Z', at: '2026-11-22T12:00:30.000Z' };

/** What the source says whose program is this Python. */
async function figure(python: string, more: object = {}, asking: Parameters<typeof readProgram>[2] = {}) {
  const { program } = source.parse({ name: 'it', program: { run: ['python3', '-c', python], ...more } });
  if (program === undefined) throw new Error('the source has no program');
  return await readProgram(program, about, asking);
}

test('a number is a figure, alone or with the requests behind it: the way in for CloudWatch, Datadog, Elasticsearch and others [MN-39, MN-40, MN-41, MN-42]', async () => {
  expect(await figure('print(0.25)')).toEqual({ value: 0.25, count: null });
  expect(await figure(`print('{ "value": 12, "count": 310, "unit": "lines" }')`)).toEqual({ value: 12, count: 310 });
  expect(await figure(`print('{ "value": 0.1, "count": 0 }')`, { counts: true })).toEqual({ value: 0.1, count: 0 });
});

test('it is told what the figure is of, and finds nothing else of the worker than PATH and HOME', async () => {
  process.env['WORKER_ALONE'] = 'secret of the worker';
  const python = `import os; env = os.environ; print(int(${[
    'env["STERNWAY_APP"] == "shop"', 'env["STERNWAY_ENVIRONMENT"] == "production"', 'env["STERNWAY_RELEASE"] == "v1.1.0"', 'env["STERNWAY_FROM"] < env["STERNWAY_AT"]',
    '"WORKER_ALONE" not in env', 'env["REGION"] == "eu-central-1"', 'env["DD_API_KEY"] == "value of KEY"',
  ].join(' and ')}))`;
  const env = { REGION: 'eu-central-1', DD_API_KEY: { secret: 'KEY' } };
  expect(await figure(python, { env }, { secret: (name) => `value of ${name}` })).toEqual({ value: 1, count: null });
  delete process.env['WORKER_ALONE'];
});

test.for([
  ['anything but 0 in the end', 'import sys; print(0.1); print("no such namespace", file=sys.stderr); sys.exit(3)', {}, 'python3 ended with exit code 3: no such namespace'],
  ['a signal', 'import os; os.kill(os.getpid(), 9)', {}, 'python3 ended with a signal'],
  ['silence', 'pass', {}, 'python3 must print a number, or { "value": number, "count": number } (got nothing)'],
  ['words', 'print("about 3")', {}, 'python3 must print a number, or { "value": number, "count": number } (got "about 3")'],
  ['no finite number', 'print("NaN")', {}, 'python3 must print a number, or { "value": number, "count": number } (got "NaN")'],
  ['a count that was promised and is missing', 'print(3)', { counts: true }, 'python3 must print { "value": number, "count": number } (got "3")'],
  ['more than it would take', 'print("7" * 100000)', {}, 'python3 said more than 65536 bytes'],
  ['no answer in time', 'import threading; threading.Event().wait()', { within: '100ms' }, 'python3 gave no answer within 100 ms'],
] as const)('%s is no data, with its reason', async ([, python, more, why]) => {
  expect(await figure(python, more)).toEqual({ value: null, count: null, why });
});

test('a program that is not there is no data', async () => {
  expect(await figure('pass', { run: ['/nowhere/cloudwatch'] })).toEqual({ value: null, count: null, why: '/nowhere/cloudwatch is not there or not a program' });
});

test('a cancel ends it by its reason, and is not taken for no data', async () => {
  const stop = new AbortController();
  const asked = figure('import threading; threading.Event().wait()', {}, { signal: stop.signal });
  stop.abort(new Error('the bake is over'));
  await expect(asked).rejects.toThrow('the bake is over');
});
