// What `npm run faults -- --random 300 --seed 1` begins with; `npm run test:stack-b` runs it, for it takes minutes.
import { expect, test } from 'vitest';
import { campaign } from './campaign';

const COUNT = 30;

test('thirty drawn cases of several faults at once, most of them also on the way back, leave one whole release, nothing run twice and nothing behind [F23]', { timeout: 1_500_000 }, async () => {
  const said: string[] = [];
  const done = await campaign({ what: { draw: 'random', count: COUNT, seed: 1 }, lanes: 2, say: (line) => said.push(line) });
  expect(done.flatMap(({ id, violations }) => violations.map((sentence) => `${id}: ${sentence}`))).toEqual([]);
  expect(done.map(({ id }) => id).sort()).toEqual(Array.from({ length: COUNT }, (_, n) => `random/1/${n}`).sort());
  // Each had its faults, and both ends of a run are among them.
  expect(done.every(({ fired }) => fired.length > 0)).toBe(true);
  expect(new Set(done.map(({ outcome }) => outcome))).toEqual(new Set(['deployed', 'rolled-back']));
});
