// Adds up what the parts of a test run said of themselves, and ends with `N passed, N failed`.
// node tools/total.mjs FILE...: each holds the output of one part, whose last such line counts; a part without one has failed.
// What failed in any part is told once more: a log is often read from its tail only.
import { readFileSync } from 'node:fs';

let [passed, failed] = [0, 0];
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  for (const [failure] of text.matchAll(/^FAILED .*(?:\n  .*)*/gm)) console.log(`${failure}\n`);
  const lines = [...text.matchAll(/^(\d+) passed, (\d+) failed$/gm)];
  const [, p, f] = lines.at(-1) ?? [undefined, 0, 1];
  passed += Number(p);
  failed += Number(f);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
