import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds after which a test that hangs has noticed: several times what the longest takes. */
const HANGS = 40_000;

/** What tests draw is the same for every line: the trials of the ledger's search, fewer than by itself. */
const FIXED = { LEDGER_SEED: '1', LEDGER_TRIALS: '24' };

/**
 * Runs the tests on a copy in which one line is broken.
 * @param {string} folder the copy, whole again afterwards
 * @param {{ file: string, source: string, tests: string[][] }} mutant `source`: the broken file
 * @param {{ limit: number, signal: AbortSignal, compiles?: (file: string, source: string) => boolean }} options `limit`: seconds for one group of
 *   tests; past them they hang. `compiles`: asked first, where it is there
 * @returns {Promise<{ outcome: 'red' | 'hung' | 'refused' | 'survived', by: string | null }>} `by`: the first test that noticed;
 *   `refused`: it does not compile, and no test was asked
 */
export async function tryOne(folder, { file, source, tests }, { limit, signal, compiles }) {
  if (compiles && file.endsWith('.ts') && !compiles(file, source)) return { outcome: 'refused', by: null };
  const path = join(folder, file);
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, source);
  try {
    for (const group of tests) {
      const { code, output, late } = await vitest(folder, group, limit, signal);
      if (late) return { outcome: 'hung', by: null };
      if (code !== 0) return { outcome: 'red', by: firstFailure(output) };
    }
    return { outcome: 'survived', by: null };
  } finally {
    writeFileSync(path, whole);
  }
}

const vitest = (folder, files, limit, signal) => program(process.execPath, [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(folder, 'vitest.config.mts'), '--bail=1', `--testTimeout=${HANGS}`, '--reporter=default', ...files], folder, limit, signal);

const firstFailure = (output) => /FAIL\s+(.+)/.exec(output)?.[1]?.trim() ?? output.trim().split('\n').at(-1) ?? null;

/** With all that it has started: a broken program may leave others behind, or never end. */
function program(command, args, cwd, limit, signal) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, detached: true, env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', STERNWAY_TEST_WORKERS: '2', ...FIXED }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let late = false;
    const end = () => { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* all gone */ } };
    const timer = setTimeout(() => { late = true; end(); }, limit * 1000);
    signal.addEventListener('abort', end, { once: true });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-20_000)));
    child.once('error', failed);
    child.once('close', (code) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      end();
      if (signal.aborted) failed(signal.reason);
      else done({ code, output, late });
    });
  });
}
