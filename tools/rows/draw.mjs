/**
 * Draws `count` of the items, each at most once: the same seed and items give the same draw, in the same order.
 * @param {readonly T[]} items
 * @param {number} count all of them, shuffled, when there are fewer
 * @param {number} seed a whole number
 * @returns {T[]}
 * @template T
 */
export function draw(items, count, seed) {
  const dice = mulberry32(seed);
  const left = [...items];
  const drawn = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(dice() * left.length), 1));
  return drawn;
}

/** Numbers from 0 to 1 (without 1) that look random and are told by the seed: the generator known by that name. */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
