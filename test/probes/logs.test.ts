import { appendFileSync, chmodSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { markLogs, markRelease } from '../../src/commands/logs';
import { sh } from '../../src/commands/remote-command';
import { must } from '../commands/support/run';
import { FAIL, PASS, take, UNKNOWN } from './support/take';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'probe-logs-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const START = Date.UTC(2026, 10, 22, 9) / 1000;

/** nginx's `$time_local`, in a zone of its own. */
function local(at: number, zone = '+0000'): string {
  const minutes = (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)));
  const date = new Date((at + minutes * 60) * 1000);
  const month = date.toUTCString().slice(8, 11);
  return `${String(date.getUTCDate()).padStart(2, '0')}/${month}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} ${zone}`;
}

const line = (seconds: number, status: number, { bytes = 612, path = '/', zone = '+0000' } = {}): string =>
  `203.0.113.9 - - [${local(START + seconds, zone)}] "GET ${path} HTTP/1.1" ${status} ${bytes} "-" "Mozilla/5.0 (a b) [c]" \n`;

function accessLog(text: string): { path: string; probe: (more?: object) => object } {
  const path = join(folder(), 'access.log');
  writeFileSync(path, text);
  return { path, probe: (more = {}) => ({ kind: 'access_log', name: 'errors', path, share: 1, least: 20, since: START, ...more }) };
}

test('the share of 5xx is counted by the status field, among requests since the release [A-29, MN-03, MN-04, VF-16]', async () => {
  const good = Array.from({ length: 99 }, (_, n) => line(n, n % 2 ? 200 : 404, { bytes: 500 + n, path: '/a?b=%22 500 ' })).join('');
  const { path, probe } = accessLog(line(-10, 502).repeat(200) + good + line(5, 503));
  expect(await take(probe())).toMatchObject({ ...PASS, value: { requests: 100, '5xx': 1, share: 1, statuses: { '200': 49, '404': 50, '503': 1 } } });
  appendFileSync(path, line(6, 500));
  expect(await take(probe())).toMatchObject({ ...FAIL, why: '1.98 % of 101 requests ended with 5xx, more than 1 %' });
});

test('a body of 512 bytes is no 5xx, and no line divides nothing by zero [A-29]', async () => {
  const { probe } = accessLog(line(1, 200, { bytes: 512 }).repeat(50));
  expect(await take(probe())).toMatchObject({ ...PASS, value: { '5xx': 0 } });
  expect(await take(accessLog('').probe())).toMatchObject({ ...UNKNOWN, why: expect.stringContaining('0 requests since the release started') as string });
});

test('too few requests, other lines, no file and no start of the release are unknown, never a pass [A-28, A-29]', async () => {
  const { path, probe } = accessLog(line(-5, 200).repeat(1000) + line(1, 200).repeat(19));
  expect(await take(probe())).toMatchObject({ ...UNKNOWN, value: { requests: 19 } });
  appendFileSync(path, line(1, 200));
  expect(await take(probe())).toMatchObject(PASS);
  appendFileSync(path, '{"time": "2026-11-22T09:00:01Z", "status": 500}\n'.repeat(5));
  expect(await take(probe())).toMatchObject({ ...UNKNOWN, why: `5 lines of ${path} are not in the format that was given, 20 are` });
  expect(await take(probe({ path: `${path}.none` }))).toMatchObject(UNKNOWN);
  expect(await take(probe({ since: `${path}.none` }))).toMatchObject({ ...UNKNOWN, why: expect.stringContaining('when the release started is not known') as string });
  expect(await take(probe({ format: '(' }))).toMatchObject(UNKNOWN);
});

test('another format, other zones, and a file that was rotated since are read as they are', async () => {
  const { path, probe } = accessLog('');
  writeFileSync(path, Array.from({ length: 30 }, (_, n) => `${new Date((START + n) * 1000).toISOString()} GET / ${n === 7 ? 500 : 200}\n`).join(''));
  expect(await take(probe({ format: '^(?<time>\\S+) \\S+ \\S+ (?<status>\\d+)$', share: 3 }))).toMatchObject({ ...FAIL, value: { requests: 30, '5xx': 1 } });
  writeFileSync(path, line(1, 200, { zone: '+0530' }).repeat(10) + line(-1, 500, { zone: '-0800' }).repeat(10) + line(2, 200, { zone: '-0800' }).repeat(10));
  expect(await take(probe())).toMatchObject({ ...PASS, value: { requests: 20 } });
  renameSync(path, `${path}.1`);
  writeFileSync(path, line(3, 500).repeat(2));
  expect(await take(probe())).toMatchObject({ ...FAIL, value: { requests: 22, '5xx': 2 } });
  utimesSync(`${path}.1`, START - 1, START - 1);
  expect(await take(probe({ least: 1 }))).toMatchObject({ ...FAIL, value: { requests: 2 } });
});

test('only the end of a long log is read, whole lines of it', async () => {
  const { probe } = accessLog(line(-1000, 500).repeat(60_000) + line(1, 200).repeat(12_000));
  const begun = Date.now();
  expect(await take(probe({ timeout: 60 }))).toMatchObject({ ...PASS, value: { requests: 12_000, '5xx': 0, unread: 0 } });
  expect(Date.now() - begun).toBeLessThan(30_000);
});

test('lines after the mark count, lines before it never do; none at all is unknown, except in a log that must be quiet [VF-11, VF-12, VF-15, A-27]', async () => {
  const path = join(folder(), 'gunicorn.log');
  writeFileSync(path, 'ERROR of the old release\n');
  const mark = join(folder(), 'marks/log');
  must(sh([...markLogs([{ path, failOn: [], mark }]), ...markRelease(join(folder(), 'marks/release'))]));
  const probe = (more: object = {}): object => ({ kind: 'log', name: 'log', path, mark, fail_on: ['Traceback', '\\bERROR\\b'], quiet: false, ...more });
  expect(await take(probe())).toMatchObject({ ...UNKNOWN, why: `${path} has no line since the release started, so nothing can be said` });
  expect(await take(probe({ quiet: true }))).toMatchObject(PASS);
  appendFileSync(path, 'INFO listening, no ERRORS\n');
  expect(await take(probe())).toMatchObject({ ...PASS, value: { lines: 1, found: 0 } });
  appendFileSync(path, 'ERROR \u001b[31mred\u001b[0m\nTraceback (most recent call last):\n');
  expect(await take(probe())).toMatchObject({ ...FAIL, why: `${path} has 2 lines since the release started that must not be there, first: ERROR [31mred [0m` });
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'a fresh file, shorter\n');
  expect(await take(probe())).toMatchObject({ ...PASS, value: { lines: 1 } });
  rmSync(path);
  expect(await take(probe())).toMatchObject(UNKNOWN);
  expect(statSync(mark).size).toBeGreaterThan(0);
  expect(await take(probe({ mark: `${mark}.none` }))).toMatchObject(UNKNOWN);
});

/** `docker` and `docker-compose` as far as a probe asks them; the real ones are in test/stack-b. */
function docker(logs: string, ids = 'c0ffee', stats = ''): { path: string; record: string } {
  const path = folder();
  const record = join(path, 'record');
  const program = (name: string, script: string): void => (writeFileSync(join(path, name), `#!/bin/sh\nprintf '%s\\n' "$*" >> ${record}\n${script}\n`), chmodSync(join(path, name), 0o755));
  program('docker-compose', `printf '${ids}'`);
  program('docker', `case $1 in logs) ${logs} ;; stats) cat <<'END'\n${stats}\nEND\n;; esac`);
  return { path, record };
}

test("a container's log is read since the release, from both of its outputs [VF-13, A-26]", async () => {
  const since = join(folder(), 'release');
  writeFileSync(since, `${START}\n`);
  const read = async (logs: string, ids?: string): Promise<unknown> => {
    const { path } = docker(logs, ids);
    return await take({ kind: 'log', name: 'web', service: 'web', compose: { argv: [join(path, 'docker-compose'), '-p', 'notes'], cwd: '/' }, since, fail_on: ['ERROR'], quiet: false }, {}, path);
  };
  expect(await read('echo booted; echo ready >&2')).toMatchObject({ ...PASS, value: { lines: 2 } });
  expect(await read('echo booted; echo "ERROR no broker" >&2')).toMatchObject(FAIL);
  expect(await read('true')).toMatchObject(UNKNOWN);
  expect(await read('echo "Cannot connect to the Docker daemon" >&2; exit 1')).toMatchObject({ ...UNKNOWN, why: 'the log of web cannot be read: Cannot connect to the Docker daemon' });
  expect(await read('true', '')).toMatchObject({ ...UNKNOWN, why: 'web has no container' });
});

test('resources of every container are recorded and judged; one that is not listed, or garbage, is unknown [MN-08]', async () => {
  const row = (name: string, memory: string): string => JSON.stringify({ Name: name, CPUPerc: '12.50%', MemPerc: memory, MemUsage: '12.5MiB / 1GiB' });
  const read = async (stats: string, ids: string): Promise<unknown> => {
    const { path } = docker('true', ids, stats);
    return await take({ kind: 'containers', name: 'containers', compose: { argv: [join(path, 'docker-compose')], cwd: '/' }, memory: 90, cpu: 90 }, {}, path);
  };
  expect(await read(`${row('web', '1.5%')}\n${row('db', '20%')}`, 'a\\nb')).toMatchObject({ ...PASS, value: { web: { cpu: 12.5, memory: 1.5, bytes: 13107200 } } });
  expect(await read(row('web', '91%'), 'a')).toMatchObject({ ...FAIL, why: 'web has 91 % of its memory in use, more than 90 %' });
  expect(await read(row('web', '1%'), 'a\\nb')).toMatchObject({ ...UNKNOWN, why: 'docker stats knows 1 of 2 containers' });
  expect(await read(row('web', '0.00%').replace('12.5MiB / 1GiB', '0B / 0B'), 'a')).toMatchObject({ ...UNKNOWN, why: 'docker stats does not count the memory of web' });
  expect(await read(row('web', '--'), 'a')).toMatchObject(UNKNOWN);
  expect(await read('garbage', 'a')).toMatchObject(UNKNOWN);
});
