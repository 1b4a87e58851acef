// npm run rows [-- [--register DIR] [--out FILE] report.json ...]
// Writes docs/coverage.md from the register (rows/) and the tests' reports (default: test-results/*.json).
// Exit codes: 0 written; 1 a test's title names a row that is not there (nothing written); 2 usage, unreadable input.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { coverage } from './rows/coverage.mjs';
import { Mistake } from './rows/mistake.mjs';
import { readRegister } from './rows/register.mjs';
import { readPassedTests } from './rows/results.mjs';

const root = resolve(import.meta.dirname, '..');

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        register: { type: 'string', default: join(root, 'rows') },
        out: { type: 'string', default: join(root, 'docs/coverage.md') },
      },
    });
  } catch (error) {
    throw new Mistake(`${error.message} Usage: npm run rows -- [--register DIR] [--out FILE] [report.json ...]`);
  }
}

function reportsOfLastRun() {
  const folder = join(root, 'test-results');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith('.json')).sort().map((name) => join(folder, name));
}

function main() {
  const { values, positionals } = readArguments();
  const reports = positionals.length > 0 ? positionals : reportsOfLastRun();
  if (reports.length === 0) throw new Mistake('test-results/ holds no report; run `npm test` first, or name the reports.');
  const register = readRegister(values.register);
  const { markdown, total } = coverage(register.groups, readPassedTests(reports, register.rows, root));
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, markdown);
  console.log(`${values.out}: ${Object.entries(total).map(([state, rows]) => `${rows} ${state}`).join(', ')}`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof Mistake)) throw error;
  console.error(`rows: ${error.message}`);
  process.exitCode = error.exitCode;
}
