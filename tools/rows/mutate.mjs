import { Mistake } from './mistake.mjs';
import { draw } from './draw.mjs';
import { outdated } from './mutations.mjs';
import { idsIn } from './results.mjs';
import { build, runTests } from './run-tests.mjs';
import { breakLine, scratchCopy } from './scratch.mjs';

/**
 * Breaks the implementing line of some rows, one after the other, in a scratch copy, and looks whether their tests notice.
 * @param {string} root the working tree; nothing in it is touched
 * @param {Mutation[]} mutations those to draw from
 * @param {{ seed: number, count: number, tell: (line: string) => void, signal: AbortSignal }} options `signal` ends it
 * @returns {Promise<boolean>} true when every test that is claimed as a proof went red
 * @throws {Mistake} when a mutation is outdated, or nothing runs even before anything is broken
 */
export async function mutate(root, mutations, { seed, count, tell, signal }) {
  const drawn = draw(mutations, count, seed);
  const wrong = drawn.flatMap((mutation) => outdated(mutation, root));
  if (wrong.length > 0) throw new Mistake(wrong.join('\n'));
  const copy = scratchCopy(root);
  try {
    const before = await runBefore(copy.folder, drawn, signal);
    const unproven = [];
    for (const mutation of drawn) if (!(await tryOne(copy.folder, mutation, before, { tell, signal }))) unproven.push(mutation.row);
    tell(`\n${drawn.length} rows broken one by one (seed ${seed}): ${drawn.length - unproven.length} noticed, ${unproven.length} not${unproven.length > 0 ? `: ${unproven.join(', ')}` : ''}`);
    return unproven.length === 0;
  } finally {
    copy.remove();
  }
}

/** All files once, unbroken. */
async function runBefore(folder, drawn, signal) {
  if (drawn.some((mutation) => mutation.build)) await build(folder, signal);
  return await runTests(folder, [...new Set(drawn.flatMap(filesOf))], signal);
}

async function tryOne(folder, mutation, before, { tell, signal }) {
  const alreadyRed = claimed(mutation, before).filter(({ test }) => test.status !== 'passed');
  if (alreadyRed.length > 0) {
    tell(`${mutation.row.padEnd(6)} not green before anything is broken: ${alreadyRed.map(name).join('; ')}`);
    return false;
  }
  const { line, mend } = breakLine(folder, mutation);
  try {
    if (mutation.build) await build(folder, signal);
    const green = new Set(before.filter(({ test }) => test.status === 'passed').map(name));
    const after = (await runTests(folder, filesOf(mutation), signal)).filter((test) => green.has(name(test)));
    const proofs = claimed(mutation, after);
    const naming = after.filter((test) => idsOf(test, mutation.row));
    for (const text of table(mutation, line, naming, proofs, after.filter((test) => !naming.includes(test)))) tell(text);
    return titlesOf(mutation).every((claim) => proofs.some((test) => claim.fits(test))) && proofs.every(isRed);
  } catch (error) {
    // A break that keeps the tests from running proves nothing; the other rows are tried all the same.
    if (!(error instanceof Mistake) || signal.aborted) throw error;
    tell(`${mutation.row.padEnd(6)} ${error.message}`);
    return false;
  } finally {
    mend();
  }
}

const filesOf = (mutation) => Object.keys(mutation.tests);
const titlesOf = ({ row, tests }) => Object.entries(tests).flatMap(([file, titles]) => titles.map((title) => ({
  fits: (found) => found.file === file && found.test.title.includes(title) && idsOf(found, row),
})));
const claimed = (mutation, tests) => tests.filter((test) => titlesOf(mutation).some((claim) => claim.fits(test)));
const idsOf = ({ test }, row) => idsIn(test, new Set([row])).ids.length > 0;
const isRed = ({ test }) => test.status === 'failed';
const name = ({ file, test }) => `${file}: ${[...(test.ancestorTitles ?? []), test.title].join(' > ')}`;

function table({ row, file }, line, naming, proofs, others) {
  const broken = `${file}:${line}`.padEnd(44);
  const tests = naming.map((test) => [isRed(test) ? 'red' : proofs.includes(test) ? 'GREEN' : 'green, another part of the row', name(test)]);
  const lines = tests.map(([state, title], index) => `${index === 0 ? `${row.padEnd(6)} ${broken}` : ' '.repeat(51)} ${state.padEnd(6)} ${title}`);
  return [...lines, `${' '.repeat(51)} ${others.filter(isRed).length} of ${others.length} other tests of the same files went red too`];
}
