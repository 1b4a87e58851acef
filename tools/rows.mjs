// npm run rows [-- [--register DIR] [--out FILE] [--fault-list FILE] report.json ...]
// Writes docs/coverage.md and docs/fault-list.md from the register (rows/) and the tests' reports (default: test-results/*.json).
// npm run rows -- --mutate [--seed S] [--count 20] [--stack-b] [--row ID ...]
// Breaks the lines that implement rows drawn from rows/mutations.json, in a scratch copy, and shows which tests go red.
// Exit codes: 0 written, or every break noticed; 1 a test's title names a row or fault that is not there (nothing written), or a break
// that no test noticed; 2 usage, unreadable or outdated input; 130 ended by a signal.
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { coverage } from './rows/coverage.mjs';
import { faultList } from './rows/fault-list.mjs';
import { readFaults } from './rows/faults.mjs';
import { Mistake } from './rows/mistake.mjs';
import { mutate } from './rows/mutate.mjs';
import { readMutations } from './rows/mutations.mjs';
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
        'fault-list': { type: 'string', default: join(root, 'docs/fault-list.md') },
        mutate: { type: 'boolean', default: false },
        seed: { type: 'string' },
        count: { type: 'string', default: '20' },
        'stack-b': { type: 'boolean', default: false },
        row: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new Mistake(`${error.message} Usage: npm run rows -- [--register DIR] [--out FILE] [--fault-list FILE] [report.json ...], or -- --mutate [--seed S] [--count N] [--stack-b] [--row ID ...]`);
  }
}

function reportsOfLastRun() {
  const folder = join(root, 'test-results');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith('.json')).sort().map((name) => join(folder, name));
}

function wholeNumber(option, text) {
  if (!/^\d{1,9}$/.test(text)) throw new Mistake(`--${option} takes a whole number, not '${text}'`);
  return Number(text);
}

/** Rows that are named are broken whatever stack they are of; else the slow ones of stack B are drawn only when asked for. */
function mutations(values) {
  const register = readRegister(values.register);
  const all = readMutations(join(values.register, 'mutations.json'), register.rows);
  const unknown = values.row?.find((id) => !all.some(({ row }) => row === id));
  if (unknown) throw new Mistake(`${unknown} has no mutation in rows/mutations.json`);
  return all.filter(({ row, stack }) => (values.row ? values.row.includes(row) : stack === 'a' || values['stack-b']));
}

async function breakRows(values) {
  const seed = values.seed === undefined ? randomInt(1_000_000) : wholeNumber('seed', values.seed);
  const drawn = mutations(values);
  const count = values.row ? drawn.length : wholeNumber('count', values.count);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort(new Mistake(`ended by ${name}`, 130)));
  if (!(await mutate(root, drawn, { seed, count, tell: (line) => console.log(line), signal: stop.signal }))) process.exitCode = 1;
}

async function main() {
  const { values, positionals } = readArguments();
  if (values.mutate) return await breakRows(values);
  const reports = positionals.length > 0 ? positionals : reportsOfLastRun();
  if (reports.length === 0) throw new Mistake('test-results/ holds no report; run `npm test` first, or name the reports.');
  const register = readRegister(values.register);
  const list = readFaults(join(values.register, 'faults.json'));
  const tests = readPassedTests(reports, { rows: register.rows, faults: list.faults }, root);
  write(values.out, coverage(register.groups, tests));
  write(values['fault-list'], faultList(list.groups, tests));
}

function write(file, { markdown, total }) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, markdown);
  console.log(`${file}: ${Object.entries(total).map(([state, number]) => `${number} ${state}`).join(', ')}`);
}

main().catch((error) => {
  if (!(error instanceof Mistake)) throw error;
  console.error(`rows: ${error.message}`);
  process.exitCode = error.exitCode;
});
