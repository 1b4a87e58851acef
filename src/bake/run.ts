import type { Evidence } from './series';

/** Samples one after another that are all of one sort, up to the latest. */
export interface Run {
  /** The first of them, in milliseconds since 1970. */
  readonly since: number;
  /** From the first to the last, in milliseconds: what was seen, never what is guessed of the time after it. */
  readonly lasted: number;
}

/**
 * The run at the end of `evidence` (oldest first): back from the latest sample as long as each is one of `belongs`, and none is
 * more than `gap` milliseconds after the one before. Undefined when the latest is none.
 */
export function runOf(evidence: readonly Evidence[], belongs: (value: number) => boolean, gap: number): Run | undefined {
  const last = evidence.at(-1);
  if (last === undefined || !belongs(last.value)) return undefined;
  let since = last.time;
  for (const { time, value } of evidence.toReversed()) {
    if (!belongs(value) || since - time > gap) break;
    since = time;
  }
  return { since, lasted: last.time - since };
}
