import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { Mistake } from './mistake.mjs';

/**
 * Reads reports of `vitest --reporter=json` and gives the tests that passed, each with the rows that its title names.
 * A test that failed in any of the reports has not passed; one that was skipped proves nothing.
 * @param {string[]} files the reports
 * @param {Map<string, unknown>} register the known rows by id
 * @param {string} root paths of test files are shown relative to it
 * @returns {{ file: string, title: string, ids: string[] }[]} sorted by file and title
 * @throws {Mistake} with exit code 1, naming every test whose title is wrong
 */
export function readPassedTests(files, register, root) {
  const tests = new Map();
  const wrong = new Set();
  for (const { file, test } of files.flatMap((report) => readReport(report, root))) {
    const key = `${file} > ${[...(test.ancestorTitles ?? []), test.title].join(' > ')}`;
    const { ids, mistakes } = idsIn(test, register);
    for (const mistake of mistakes) wrong.add(`${key}: ${mistake}`);
    const known = tests.get(key) ?? { file, title: withoutIds(test.title), ids, passed: false, failed: false };
    known.passed ||= test.status === 'passed';
    known.failed ||= test.status === 'failed';
    tests.set(key, known);
  }
  if (wrong.size > 0) throw new Mistake([...wrong].sort().join('\n'), 1);
  return [...tests.entries()]
    .filter(([, test]) => test.passed && !test.failed)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { file, title, ids }]) => ({ file, title, ids }));
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
    const file = isAbsolute(name) ? relative(root, name) : name;
    return assertionResults.map((test) => ({ file, test }));
  });
}

// Anything in brackets that looks like the start of a row id is meant as a list of rows; `[ ]` and `[object Object]` are not.
const bracket = /\s*\[([^\]]*\b[A-Z]{1,2}-\d[^\]]*)\]/gi;

const withoutIds = (title) => title.replace(bracket, '');

/** The rows that a test's title names, and what is wrong with how it names them. */
export function idsIn(test, register) {
  const ids = [];
  const mistakes = [];
  for (const [, list] of test.title.matchAll(bracket)) {
    for (const id of list.split(',').map((part) => part.trim())) {
      if (register.has(id)) ids.push(id);
      else if (/^[A-Z]{1,2}-\d+$/i.test(id)) mistakes.push(`${id} is not a row of the register`);
      else mistakes.push(`"${id}" is not one row id; name each row, separated by commas`);
    }
  }
  const above = (test.ancestorTitles ?? []).find((title) => title.match(bracket));
  if (above) mistakes.push(`"${above}" is the title of a group; put row ids into the title of the test that proves them`);
  return { ids: [...new Set(ids)], mistakes };
}
