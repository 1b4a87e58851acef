/** How a bake goes on after each look, and after what a person said. Pure: the workflow waits, asks and obeys. */
import type { Judgement } from './judge';
import { added, type Figures, type Look } from './look';

/** What a person may say while the bake holds. */
export const BAKE_ANSWERS = ['continue', 'extend', 'rollback'] as const;
export type BakeAnswer = (typeof BAKE_ANSWERS)[number];

/** A hold that nobody has answered. */
export interface Holding {
  /** ISO 8601. */
  readonly since: string;
  readonly because: readonly string[];
  /** The thresholds that ask. */
  readonly thresholds: readonly string[];
}

/** A threshold whose hold a person took: until it was healthy once, or until the stage is over. */
export interface Accepted {
  readonly threshold: string;
  readonly until: 'healthy' | 'stage';
}

/** All that a bake knows, as plain data. */
export interface Standing {
  readonly figures: Figures;
  /** The stage that goes on, from 0; the end of each in milliseconds after the beginning, and how long each was meant to be. */
  readonly stage: number;
  readonly ends: readonly number[];
  readonly lengths: readonly number[];
  readonly accepted: readonly Accepted[];
  readonly holding: Holding | null;
  /** Why the release could not be taken back when that was asked for: from then on a person decides. */
  readonly refused: string | null;
  /** Looks in a row that came to nothing, with the reason of the last. */
  readonly blind: { readonly times: number; readonly why: string };
  readonly last: Look | null;
}

export type Next = { readonly do: 'watch' } | { readonly do: 'ask'; readonly holding: Holding } | { readonly do: 'end stage' } | { readonly do: 'take back'; readonly because: readonly string[] };

/** Stands for a threshold where nobody could look at all. */
const LOOKING = 'bake';
/** So many looks may come to nothing in a row before a person is asked. */
const BLIND = 3;

export const begin = (watch: readonly number[]): Standing => ({ figures: {}, stage: 0, ends: watch, lengths: watch.map((end, stage) => end - (watch[stage - 1] ?? 0)), accepted: [], holding: null, refused: null, blind: { times: 0, why: '' }, last: null });

/** `ending`: the stage's time is over. `look`: what was seen at `at`; a sentence where nobody could look. */
export function after(now: Standing, at: string, ending: boolean, look: Look | string): { readonly standing: Standing; readonly next: Next } {
  const seen = typeof look !== 'string';
  const blind = seen ? { times: 0, why: '' } : { times: now.blind.times + 1, why: look };
  const judgements = seen ? look.judgements : [nobodyLooked(at, blind)];
  const healthy = [...judgements.filter(({ state }) => state === 'healthy').map(({ threshold }) => threshold), ...(seen ? [LOOKING] : [])];
  const accepted = now.accepted.filter(({ threshold, until }) => !healthy.includes(threshold) && !(ending && until === 'stage'));
  const kept: Standing = { ...now, accepted, blind, ...(seen ? { figures: added(now.figures, look), last: look } : {}) };
  if (seen && look.verdict.state === 'rollback' && now.refused === null) return { standing: kept, next: { do: 'take back', because: look.verdict.because } };
  const asks = judgements.filter((one) => isAsking(one, ending) && !accepted.some(({ threshold }) => threshold === one.threshold));
  // What was not seen ends no hold and no stage.
  if (!seen && blind.times < BLIND) return { standing: kept, next: { do: 'watch' } };
  if (asks.length > 0) {
    const before = seen ? null : now.holding;
    const because = [...(now.refused === null ? [] : [now.refused]), ...(before?.because ?? []), ...asks.map(({ sentence }) => sentence)];
    const holding = { since: now.holding?.since ?? at, because: [...new Set(because)], thresholds: [...new Set([...(before?.thresholds ?? []), ...asks.map(({ threshold }) => threshold)])] };
    return { standing: { ...kept, holding }, next: now.holding === null ? { do: 'ask', holding } : { do: 'watch' } };
  }
  const free = { ...kept, holding: null };
  return ending ? { standing: { ...free, stage: now.stage + 1 }, next: { do: 'end stage' } } : { standing: free, next: { do: 'watch' } };
}

/** After `continue` or `extend`. `passed`: milliseconds since the beginning. */
export function answered(now: Standing, answer: Exclude<BakeAnswer, 'rollback'>, passed: number): Standing {
  const until = answer === 'continue' ? 'healthy' : 'stage';
  const accepted = [...now.accepted, ...(now.holding?.thresholds ?? []).map((threshold): Accepted => ({ threshold, until }))];
  const length = now.lengths[now.stage] ?? 0;
  // From now on where the answer came after the end: else it would be asked again at once.
  const ends = answer === 'continue' ? now.ends : now.ends.map((end, stage) => (stage === now.stage ? Math.max(end, passed) + length : end));
  return { ...now, accepted, ends, holding: null };
}

/** One that could not be taken back still serves: what says that it should be asks from now on. */
const isAsking = ({ state }: Judgement, ending: boolean): boolean => state === 'hold' || state === 'rollback' || (ending && state === 'unknown');

function nobodyLooked(at: string, { why }: Standing['blind']): Judgement {
  return { threshold: LOOKING, state: 'hold', sentence: `${LOOKING}: nobody could look: ${why}`, since: at, value: null };
}
