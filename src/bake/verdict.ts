import type { Judgement } from './judge';

export interface Verdict {
  readonly state: 'healthy' | 'hold' | 'rollback';
  /** The judgements behind the state, in words, the order of the settings. Of a healthy one: all. */
  readonly because: readonly string[];
  /** What was said of each threshold, in the order of the settings. */
  readonly sentences: readonly string[];
  /** Names of those of which nothing can be said yet. */
  readonly unknown: readonly string[];
}

/**
 * All thresholds together: one that says to roll back is enough, else one that asks. `ending`: a stage is over, and what nobody can say
 * anything of is no pass: it asks. Until then it only has no say.
 * @throws RangeError when there is nothing to go by: that is healthy in no sense
 */
export function verdictOf(judgements: readonly Judgement[], ending = false): Verdict {
  if (judgements.length === 0) throw new RangeError('a verdict needs at least one threshold');
  const of = (...states: Judgement['state'][]): string[] => judgements.filter(({ state }) => states.includes(state)).map(({ sentence }) => sentence);
  const sentences = judgements.map(({ sentence }) => sentence);
  const unknown = judgements.filter(({ state }) => state === 'unknown').map(({ threshold }) => threshold);
  const [back, ask] = [of('rollback'), ending ? of('hold', 'unknown') : of('hold')];
  if (back.length > 0) return { state: 'rollback', because: back, sentences, unknown };
  return ask.length > 0 ? { state: 'hold', because: ask, sentences, unknown } : { state: 'healthy', because: sentences, sentences, unknown };
}
