import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readJson } from './register.mjs';
import { Mistake } from './mistake.mjs';

/**
 * Reads `mutations.json`: for a row, the line that implements it, what breaks that line, and the tests that must notice.
 * @param {string} file its path
 * @param {Map<string, unknown>} register the known rows by id
 * @returns {Mutation[]} in the order of the file, where a Mutation is `{ row, file, find, replace, tests, stack, build }`:
 *   `tests` holds, for each test file, a piece of the title of every test that is claimed as a proof; `stack` is 'a' or 'b';
 *   `build` says that those tests run what is compiled
 * @throws {Mistake} naming the row that is wrong
 */
export function readMutations(file, register) {
  return Object.entries(readJson(file)).map(([row, entry]) => {
    const mutation = { row, stack: 'a', build: false, ...entry };
    const wrong = mistakeIn(mutation, register);
    if (wrong) throw new Mistake(`${file}: ${row}: ${wrong}`);
    return mutation;
  });
}

function mistakeIn({ row, file, find, replace, tests, stack, build }, register) {
  if (!register.has(row)) return 'it is not a row of the register';
  if (typeof file !== 'string' || typeof replace !== 'string' || !find) return 'it needs file, find and replace';
  if (find === replace) return 'it changes nothing';
  if (!['a', 'b'].includes(stack) || typeof build !== 'boolean') return 'stack is a or b, build is true or false';
  const claims = Object.entries(tests ?? {});
  if (claims.length === 0) return 'it names no test that must go red';
  if (claims.some(([, titles]) => !Array.isArray(titles) || titles.length === 0)) return 'each test file needs a list of titles';
  if (stack === 'a' && claims.some(([name]) => name.startsWith('test/stack-b/'))) return 'tests of stack B need "stack": "b"';
  return undefined;
}

/**
 * Compares a mutation with the sources and tests as they are, without running anything.
 * @returns {string[]} one sentence for each thing that does not fit any more
 */
export function outdated({ row, file, find, tests }, root) {
  const wrong = [];
  const times = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8').split(find).length - 1 : 0;
  if (times !== 1) wrong.push(`${row}: the text to break is found ${times} times in ${file}, not once: ${JSON.stringify(find)}`);
  for (const [name, titles] of Object.entries(tests)) {
    const naming = linesOf(join(root, name)).filter((line) => idsOf(line).includes(row));
    for (const title of titles.filter((text) => !naming.some((line) => line.includes(text)))) {
      wrong.push(`${row}: ${name} has no test '${title}' whose title names the row`);
    }
  }
  return wrong;
}

/** Lines of a test file and of what it shares with others below test/, where titles may stand as well. */
function linesOf(path) {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const shared = [...text.matchAll(/from '(\.\.?\/[^']+)'/g)].map(([, name]) => resolve(dirname(path), `${name}.ts`)).filter((file) => /[/\\]test[/\\]/.test(file) && existsSync(file));
  return [text, ...shared.map((file) => readFileSync(file, 'utf8'))].flatMap((each) => each.replaceAll("\\'", "'").split('\n'));
}

/** Rows in the brackets of a line of source, where other brackets may stand around them. */
const idsOf = (line) => [...line.matchAll(/\[([A-Z]{1,2}-\d\d(?:, [A-Z]{1,2}-\d\d)*)\]/g)].flatMap(([, list]) => list.split(', '));
