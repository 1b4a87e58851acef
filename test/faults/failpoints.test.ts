import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Points } from './points';

const run = promisify(execFile);
const HELPER = resolve(__dirname, '../../src/hosts/helper');
const LOADER = resolve(__dirname, '../../tools/lib/typescript.mjs');

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'sternway-failpoints-')), 'points');
  mkdirSync(folder, { mode: 0o700 });
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

/** Whether the host's helper takes the folder for the fault tests'. */
async function on(path: string): Promise<string> {
  return (await run('python3', ['-I', '-B', '-c', `import sys; sys.path.insert(0, ${JSON.stringify(HELPER)}); import failpoint; failpoint.FOLDER = ${JSON.stringify(path)}; print(failpoint.ON, failpoint._allowed())`])).stdout.trim();
}

test('the helper\'s failpoints are off by default, and nobody but root can switch them on', async () => {
  expect(await on(join(folder, 'missing'))).toBe('False False');
  expect(await on(folder)).toBe('False True');
  chmodSync(folder, 0o770);
  expect(await on(folder)).toBe('False False');
  chmodSync(folder, 0o707);
  expect(await on(folder)).toBe('False False');
  chmodSync(folder, 0o700);
  symlinkSync(folder, `${folder}-link`);
  expect(await on(`${folder}-link`)).toBe('False False');
  chownSync(folder, 65534, 65534);
  expect(await on(folder)).toBe('False False');
});

/** Passes two points of the worker's side in a process of its own. */
function worker(environment: Record<string, string>) {
  return spawn(process.execPath, ['-e', `import(${JSON.stringify(LOADER)}).then(async ({ load }) => { const { reach } = load('src/failpoints.ts'); await reach('one'); await reach('two'); })`], {
    stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...environment },
  });
}

test('the worker\'s failpoints leave no trace while the variable is not set', async () => {
  const child = worker({ STERNWAY_FAILPOINTS: '' });
  expect((await once(child, 'exit'))[0]).toBe(0);
  expect(existsSync(join(folder, 'passed'))).toBe(false);
});

test('a held point lets go when it is told to, and strikes only once', async () => {
  const points = new Points(folder);
  points.arm('two', 'hold');
  const child = worker({ STERNWAY_FAILPOINTS: folder });
  const name = await points.reached('two', () => false, 30);
  expect(name).toBe(`two.${child.pid}`);
  expect(points.passed().map(({ point, pid }) => [point, pid])).toEqual([['one', child.pid], ['two', child.pid]]);
  expect(child.exitCode).toBeNull();
  points.release(name ?? '');
  expect((await once(child, 'exit'))[0]).toBe(0);
  const second = worker({ STERNWAY_FAILPOINTS: folder });
  expect((await once(second, 'exit'))[0]).toBe(0);
});

test('a killing point ends the worker at once', async () => {
  const points = new Points(folder);
  points.arm('one', 'kill');
  const child = worker({ STERNWAY_FAILPOINTS: folder });
  expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
  expect(points.passed().map(({ point }) => point)).toEqual(['one']);
});
