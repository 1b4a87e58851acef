/** The limits of a threshold as numbers, and its figures as people write them. */
import { formatLimit, limitOf } from '../config/limits';
import type { Threshold } from '../config/schema';

export interface Limits {
  /** Healthy up to and including this, in base units. */
  readonly accept: number;
  /** Taken back beyond this; null: by nothing. */
  readonly rollback: number | null;
  /** Was it beyond `rollback` before the deployment? */
  readonly redBefore: boolean;
  /** A figure in words. */
  readonly show: (value: number) => string;
  /** What it was before the deployment, for a sentence; empty where that says nothing. */
  readonly origin: string;
}

/**
 * `baseline`: what the figure was before the deployment, null when nobody knows. Null for a threshold against a baseline that
 * nobody knows.
 */
export function limitsOf(threshold: Threshold, baseline: number | null): Limits | null {
  const { accept, rollback, against } = threshold;
  const [low, high] = [limitOf(accept), rollback === undefined ? null : limitOf(rollback).value];
  const show = (value: number): string => formatLimit(value, low.unit);
  const origin = baseline === null ? '' : ` (before the deployment ${show(baseline)})`;
  if (against === undefined) return { accept: low.value, rollback: high, redBefore: high !== null && baseline !== null && baseline > high, show, origin: baseline !== null && baseline > low.value ? origin : '' };
  if (baseline === null) return null;
  // So many times nothing is nothing: the first error of a day would take the release back. It may only ask.
  return { accept: baseline * low.value, rollback: high === null || baseline === 0 ? null : baseline * high, redBefore: false, show, origin };
}
