import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { Mistake } from './mistake.mjs';

/**
 * Reads reports of `vitest --reporter=json` and gives the tests that passed, each with the rows and faults that its title names.
 * A test that failed in any of the reports has not passed; one that was skipped proves nothing.
 * @param {string[]} files the reports
 * @param {{ rows: Map<string, unknown>, faults: Map<string, unknown> }} known rows and faults by id
 * @param {string} root paths of test files are shown relative to it
 * @returns {{ file: string, title: string, name: string, ids: string[], faults: string[] }[]} sorted by file and title; `name`
 *   is the title behind those of its groups
 * @throws {Mistake} with exit code 1, naming every test whose title is wrong
 */
export function readPassedTests(files, known, root) {
  const tests = new Map();
  const wrong = new Set();
  for (const { file, test } of files.flatMap((report) => readReport(report, root))) {
    const key = `${file} > ${[...(test.ancestorTitles ?? []), test.title].join(' > ')}`;
    const rows = idsIn(test, known.rows);
    const faults = faultsIn(test, known.faults);
    for (const mistake of [...rows.mistakes, ...faults.mistakes]) wrong.add(`${key}: ${mistake}`);
    const title = withoutIds(test.title);
    const name = [...(test.ancestorTitles ?? []), title].join(' ');
    const found = tests.get(key) ?? { file, title, name, ids: rows.ids, faults: faults.ids, passed: false, failed: false };
    found.passed ||= test.status === 'passed';
    found.failed ||= test.status === 'failed';
    tests.set(key, found);
  }
  if (wrong.size > 0) throw new Mistake([...wrong].sort().join('\n'), 1);
  return [...tests.entries()]
    .filter(([, test]) => test.passed && !test.failed)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { file, title, name, ids, faults }]) => ({ file, title, name, ids, faults }));
}

/**
 * Every test of one report, as vitest tells it, with the path of its file relative to `root`.
 * @throws {Mistake} when it is no such report
 */
export function readReport(report, root) {
  let content;
  try {
    content = JSON.parse(readFileSync(report, 'utf8'));
  } catch (error) {
    throw new Mistake(`${report}: cannot be read as a test report (${error.message}); run the tests again to write it anew`);
  }
  if (!Array.isArray(content?.testResults)) {
    throw new Mistake(`${report}: is no report of vitest --reporter=json (it has no testResults)`);
  }
  return content.testResults.flatMap(({ name, assertionResults }) => {
    const file = isAbsolute(name) ? inRepository(name, root) : name;
    return assertionResults.map((test) => ({ file, test }));
  });
}

/** Of a report that another checkout wrote: the path that the file has in both. */
function inRepository(name, root) {
  const parts = name.split(sep);
  const suffixes = parts.map((_, at) => parts.slice(at).join('/'));
  return name.startsWith(`${root}${sep}`) ? relative(root, name) : (suffixes.find((path) => path !== '' && existsSync(join(root, path))) ?? relative(root, name));
}

/**
 * What a title may name in brackets. Anything in brackets that looks like the start of an id is meant as a list of them:
 * `[ ]`, `[object Object]` and `[UTF-8]` are not.
 */
const ROW = { bracket: /\s*\[([^\]]*\b[A-Z]{1,2}-\d[^\]]*)\]/gi, id: /^[A-Z]{1,2}-\d+$/i, word: 'row', list: 'the register' };
const FAULT = { bracket: /\s*\[([^\]]*\bF\d[^\]]*)\]/gi, id: /^F\d+$/i, word: 'fault', list: 'rows/faults.json' };

const withoutIds = (title) => title.replace(ROW.bracket, '').replace(FAULT.bracket, '');

/** The rows that a test's title names, and what is wrong with how it names them. */
export const idsIn = (test, rows) => namedIn(test, rows, ROW);

/** The same for faults, which stand in brackets of their own. */
const faultsIn = (test, faults) => namedIn(test, faults, FAULT);

function namedIn(test, known, { bracket, id: form, word, list }) {
  const ids = [];
  const mistakes = [];
  for (const [, names] of test.title.matchAll(bracket)) {
    for (const id of names.split(',').map((part) => part.trim())) {
      if (known.has(id)) ids.push(id);
      else if (form.test(id)) mistakes.push(`${id} is not a ${word} of ${list}`);
      else mistakes.push(`"${id}" is not one ${word} id; name each ${word}, separated by commas`);
    }
  }
  const above = (test.ancestorTitles ?? []).find((title) => title.match(bracket));
  if (above) mistakes.push(`"${above}" is the title of a group; put ${word} ids into the title of the test that proves them`);
  return { ids: [...new Set(ids)], mistakes };
}
