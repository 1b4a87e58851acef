import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Mistake } from './mistake.mjs';
import { readReport } from './results.mjs';

/** As vitest.stack-b.config.mts has it. */
const ofStackB = (file) => file.startsWith('test/stack-b/') || file === 'test/faults/drawn.test.ts';
const configs = [
  { config: 'vitest.stack-b.config.mts', has: ofStackB },
  { config: 'vitest.config.mts', has: (file) => !ofStackB(file) },
];

/**
 * Runs test files of a tree, whatever comes of them.
 * @param {string} folder the tree
 * @param {string[]} files test files, relative to it
 * @param {AbortSignal} signal ends the run; its reason is thrown then
 * @returns {Promise<{ file: string, test: { title: string, status: string } }[]>} every test of those files
 * @throws {Mistake} when vitest ends without a report, or a file could not even be loaded: nothing is known then
 */
export async function runTests(folder, files, signal) {
  const found = [];
  for (const { config, has } of configs) found.push(...(await runWith(folder, config, files.filter(has), signal)));
  return found;
}

async function runWith(folder, config, files, signal) {
  if (files.length === 0) return [];
  const report = join(folder, 'mutate-report.json');
  rmSync(report, { force: true });
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--config', join(folder, config), '--reporter=json', `--outputFile.json=${report}`, ...files];
  const { output } = await run(process.execPath, args, folder, signal);
  if (!existsSync(report)) throw new Mistake(`the tests ended without a report:\n${output}`, 1);
  const tests = readReport(report, folder);
  const silent = files.filter((file) => !tests.some((test) => test.file === file));
  if (silent.length > 0) throw new Mistake(`${silent.join(', ')} did not even load`, 1);
  return tests;
}

/** Compiles the tree, for tests that run what is compiled. */
export async function build(folder, signal) {
  const { code, output } = await run('npm', ['run', '--silent', 'build'], folder, signal);
  if (code !== 0) throw new Mistake(`the copy does not compile:\n${output}`, 1);
}

/** The end of the program with the last of what it said. Told to stop, it is ended first, and then the signal's reason is thrown. */
function run(command, args, cwd, signal) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-2000)));
    child.once('error', (error) => child.pid === undefined && failed(error));
    child.once('close', (code) => (signal.aborted ? failed(signal.reason) : done({ code, output })));
  });
}
