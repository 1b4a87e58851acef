/** Figures over time, as the bake has read them. */
import { instant } from '../config/instant';

/** One reading of a source. */
export interface Sample {
  /** When it was taken: ISO 8601. */
  readonly at: string;
  /** In base units (a fraction, seconds, a number); null: no data. */
  readonly value: number | null;
  /** Requests that it rests on; null where nobody counts them. */
  readonly count: number | null;
  /** Why there is no data, in words. */
  readonly why?: string;
  /** It is at least so much, as the time of an answer that was wrong or never came: it can show that something is bad, and never that it is good. */
  readonly atLeast?: true;
}

/** In any order; samples may be missing, and the same one may be there twice. */
export type Series = readonly Sample[];

/** A sample that says something, with its instant in milliseconds since 1970. */
export interface Evidence {
  readonly time: number;
  readonly value: number;
  readonly count: number | null;
}

/** Those of the time from `from` to `to` (milliseconds, both included), the oldest first. */
export function between(series: Series, from: number, to: number): (Sample & { readonly time: number })[] {
  return series
    .map((sample) => ({ ...sample, time: instant(sample.at) }))
    .filter(({ time }) => time >= from && time <= to)
    .sort((left, right) => left.time - right.time);
}

/** A value that can be compared: NaN and the infinities are no data. */
export const isData = (value: number | null): value is number => value !== null && Number.isFinite(value);

/** Does it rest on enough requests? None are never enough, nor are some that nobody counted where they are asked for. */
export const isEnough = (count: number | null, least: number | undefined): boolean => (count === null ? least === undefined : count >= (least ?? 1));

/**
 * What a figure was before the deployment: the middle one of its samples that say something, so that one odd sample is not taken
 * for the rule. Null when there is none.
 */
export function baselineOf(before: Series, least?: number): number | null {
  const values = before.flatMap(({ value, count }) => (isData(value) && isEnough(count, least) ? [value] : [])).sort((left, right) => left - right);
  const [low, high] = [values[Math.floor((values.length - 1) / 2)], values[Math.floor(values.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/**
 * One sample of several hosts: a share by the requests of each, anything else by the worst host. A host that says nothing makes it
 * no data: nobody can know what it would have said.
 */
export function together(at: string, samples: readonly Omit<Sample, 'at'>[], share: boolean): Sample {
  const silent = samples.find(({ value, count }) => !isData(value) && !(share && count === 0));
  if (samples.length === 0 || silent !== undefined) return { at, value: null, count: null, why: silent?.why ?? 'no host was read' };
  const counted = samples.every(({ count }) => count !== null);
  const count = counted ? samples.reduce((sum, one) => sum + (one.count ?? 0), 0) : null;
  const values = samples.flatMap(({ value }) => (isData(value) ? [value] : []));
  const unsure = samples.find(({ atLeast }) => atLeast);
  if (!share || count === null) return { at, value: Math.max(...values), count, ...(unsure ? { atLeast: true, ...(unsure.why === undefined ? {} : { why: unsure.why }) } : {}) };
  // No request at all is not the same as no data: the hosts were read.
  return { at, value: count === 0 ? 0 : samples.reduce((sum, one) => sum + (one.value ?? 0) * (one.count ?? 0), 0) / count, count };
}
