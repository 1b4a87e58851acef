// Adds up what the parts of a test run said of themselves, and ends with `N passed, N failed`.
// node tools/total.mjs FILE...: each holds the output of one part, whose last such line counts; a part without one has failed.
import { readFileSync } from 'node:fs';

let [passed, failed] = [0, 0];
for (const file of process.argv.slice(2)) {
  const lines = [...readFileSync(file, 'utf8').matchAll(/^(\d+) passed, (\d+) failed$/gm)];
  const [, p, f] = lines.at(-1) ?? [undefined, 0, 1];
  passed += Number(p);
  failed += Number(f);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
