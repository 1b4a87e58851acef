/** A figure that is bad now and then, each time shorter than it must last, and in all far too often. */
import type { Evidence } from './series';

/** Of the samples that say something, more than this share must be beyond the limit, and without the longest spike still more than that one. */
const [SHARE, BESIDE] = [1 / 5, 1 / 10];
/** So many times `for` is looked back on, so that one spike shorter than `for` is no fifth of it; but no further than this, in milliseconds: all of it is in each look's input. */
const [TIMES, LONGEST] = [6, 2 * 3_600_000];

/** How far back is looked. `needed`: the threshold's `for`. Milliseconds, as everything here. */
export const windowOf = (needed: number): number => Math.max(needed, Math.min(TIMES * needed, LONGEST));

export interface Often {
  readonly beyond: number;
  readonly of: number;
  /** The first sample beyond the limit. */
  readonly since: number;
}

/**
 * Undefined where it is not so: a single spike never is one, however long, nor is what comes to less than `needed` altogether. `evidence`: of the
 * time looked back on, the oldest first.
 */
export function tooOften(evidence: readonly Evidence[], belongs: (value: number) => boolean, { needed, every }: { readonly needed: number; readonly every: number }): Often | undefined {
  let [beyond, longest, spike] = [0, 0, 0];
  let since: number | undefined;
  for (const { time, value } of evidence) {
    spike = belongs(value) ? spike + 1 : 0;
    if (spike === 0) continue;
    [beyond, longest] = [beyond + 1, Math.max(longest, spike)];
    since ??= time;
  }
  const of = evidence.length;
  const often = beyond > SHARE * of && beyond - longest > BESIDE * of && beyond * every >= needed;
  return often && since !== undefined ? { beyond, of, since } : undefined;
}
