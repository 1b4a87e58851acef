import { expect, test } from 'vitest';
import { search } from './search/search';

const trials = Number(process.env['LEDGER_TRIALS'] ?? 120);
const seed = Number(process.env['LEDGER_SEED'] ?? Date.now() % 1_000_000);
const first = Number(process.env['LEDGER_FIRST'] ?? 0);

test(`${trials} random interleavings of clients and faults (seed ${seed}) break no invariant of the ledger [F01][F02][F03][F05][F23]`, async () => {
  const failures = await search(seed, trials, first, (line) => process.stderr.write(`${line}\n`));
  const lines = failures.flatMap(({ trial, broken }) => [`node tools/ledger-search.mjs --seed ${seed} --first ${trial} --trials 1`, ...broken.map((one) => `  ${one}`)]);
  expect(lines).toEqual([]);
}, 60_000 + trials * 3_000);
