import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Mistake } from './mistake.mjs';
import { readReport } from './results.mjs';

const configs = [
  { config: 'vitest.stack-b.config.mts', has: (file) => file.startsWith('test/stack-b/') },
  { config: 'vitest.config.mts', has: (file) => !file.startsWith('test/stack-b/') },
];

/**
 * Runs test files of a tree, whatever comes of them.
 * @param {string} folder the tree
 * @param {string[]} files test files, relative to it
 * @returns {{ file: string, test: { title: string, status: string } }[]} every test of those files
 * @throws {Mistake} when vitest ends without a report, or a file could not even be loaded: nothing is known then
 */
export function runTests(folder, files) {
  return configs.flatMap(({ config, has }) => runWith(folder, config, files.filter(has)));
}

function runWith(folder, config, files) {
  if (files.length === 0) return [];
  const report = join(folder, 'mutate-report.json');
  rmSync(report, { force: true });
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--config', join(folder, config), '--reporter=json', `--outputFile.json=${report}`, ...files];
  const { stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 1 << 26 });
  if (!existsSync(report)) throw new Mistake(`the tests ended without a report:\n${stderr.slice(-2000)}`, 1);
  const tests = readReport(report, folder);
  const silent = files.filter((file) => !tests.some((test) => test.file === file));
  if (silent.length > 0) throw new Mistake(`${silent.join(', ')} did not even load`, 1);
  return tests;
}

/** Compiles the tree, for tests that run what is compiled. */
export function build(folder) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Mistake(`the copy does not compile:\n${(stdout + stderr).slice(-2000)}`, 1);
}
