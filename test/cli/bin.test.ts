import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root = '';
const minute = (count: number): Date => new Date(Date.UTC(2026, 10, 22, 5, count));

/** A file of a checkout, last changed in that minute. */
function file(path: string, text: string, changed: number): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
  utimesSync(join(root, path), minute(changed), minute(changed));
}

function run(command = join(root, 'bin', 'sternway')) {
  const { status, stdout, stderr } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sternway-bin-'));
  cpSync(resolve(__dirname, '../../bin/sternway'), join(root, 'bin', 'sternway'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('what is not built says how to build it: exit 2', () => {
  expect(run()).toEqual({ status: 2, stdout: '', stderr: `sternway: ${root} is not built yet: run \`npm run build\` there\n` });
});

test('what has changed since it was built says so, wherever the change is, rather than run the old', () => {
  file('dist/cli/main.js', 'console.log("built");', 1);
  file('src/cli/main.ts', '', 0);
  expect(run()).toEqual({ status: 0, stdout: 'built\n', stderr: '' });
  file('src/plan/deep/inside/x.ts', '', 2);
  expect(run()).toEqual({ status: 2, stdout: '', stderr: `sternway: ${root} has changed since it was built: run \`npm run build\` there\n` });
});

test('an installed package has no sources, and is found through a link', () => {
  file('dist/cli/main.js', 'console.log("built", process.argv.slice(2).join());', 1);
  symlinkSync(join(root, 'bin', 'sternway'), join(root, 'linked'));
  expect(run(join(root, 'linked'))).toEqual({ status: 0, stdout: 'built --version\n', stderr: '' });
});
