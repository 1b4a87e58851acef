import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryOne } from './try-one.mjs';

/**
 * Tests that are red by themselves would notice everything: all of them are run once with nothing taken out, and then once in a while,
 * for what load turns red is no answer either.
 * @param {string} folder a whole copy
 * @param {{ target: string, file: string, tests: string[][] }[]} mutants to be tried there
 * @throws {Error} with the first test that is not green
 */
export async function insistOnGreen(folder, mutants, options) {
  const groups = new Map(mutants.map((one) => [JSON.stringify(one.tests), one]));
  for (const { target, file, tests } of groups.values()) {
    const { outcome, by } = await tryOne(folder, { file, tests, source: readFileSync(join(folder, file), 'utf8') }, options);
    if (outcome !== 'survived') throw new Error(`the tests of ${target} are ${outcome} without any line taken out (${by ?? 'no test says why'}): mend that first`);
  }
}
