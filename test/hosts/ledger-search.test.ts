import { expect, test } from 'vitest';
import { search } from './search/search';

const trials = Number(process.env['LEDGER_TRIALS'] ?? 72);
const seed = Number(process.env['LEDGER_SEED'] ?? Date.now() % 1_000_000);
const first = Number(process.env['LEDGER_FIRST'] ?? 0);

test(`${trials} random interleavings of clients and faults (seed ${seed}) break no invariant of the ledger [F01][F02][F03][F05][F23]`, async () => {
  const told = (line: string): void => void process.stderr.write(`${line}\n`);
  const { failures, tally } = await search(seed, trials, first, told);
  if (process.env['LEDGER_TRIALS']) for (const [what, count] of [...tally].sort()) told(`${String(count).padStart(6)} ${what}`);
  const lines = failures.flatMap(({ trial, broken }) => [`node tools/ledger-search.mjs --seed ${seed} --first ${trial} --trials 1`, ...broken.map((one) => `  ${one}`)]);
  expect(lines).toEqual([]);
  if (trials >= 72) expect([...tally.keys()]).toEqual(expect.arrayContaining(['start: ended', 'start: unknown', 'start: settled', 'undo: undone', 'undo: undo-failed', 'undo: never', 'zombie: settled', 'start: no answer', 'kill-supervisor: struck']));
}, 60_000 + trials * 3_000);
