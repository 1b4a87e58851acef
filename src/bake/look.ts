/** What one look at the figures came to: an activity's result, so the bake's history holds all that was read, for status and reports. */
import type { LimitUnit } from '../config/limits';
import type { Judgement } from './judge';
import type { Sample } from './series';
import type { Verdict } from './verdict';

/** Samples by the name of their source, the oldest first. */
export type Figures = Readonly<Record<string, readonly Sample[]>>;

/** A threshold as it was applied. */
export interface Bounds {
  /** Name of the threshold, and of the source of its figure. */
  readonly name: string;
  readonly metric: string;
  /** Of the three figures below, which are in base units: a fraction for a share, seconds for a time. */
  readonly unit: LimitUnit;
  /** Null against a baseline that nobody knows. */
  readonly accept: number | null;
  /** Null where it only asks. */
  readonly rollback: number | null;
  /** What the figure was before the deployment; null: nobody knows. */
  readonly baseline: number | null;
}

export interface Look {
  /** When it was taken: ISO 8601. */
  readonly at: string;
  /** By source: the sample taken now. */
  readonly samples: Readonly<Record<string, Sample>>;
  /** By threshold, in the order of the settings. */
  readonly judgements: readonly Judgement[];
  readonly verdict: Verdict;
  readonly bounds: readonly Bounds[];
  /** Milliseconds of samples that the next look needs behind it. */
  readonly keep: number;
}

/** The figures with the newest samples, without those that no judgement needs any more. `from`: ISO 8601. */
export function added(figures: Figures, { at, samples, keep }: Look): Figures {
  const from = Date.parse(at) - keep;
  return Object.fromEntries(Object.entries(samples).map(([source, sample]) => [source, [...(figures[source] ?? []).filter((one) => Date.parse(one.at) >= from), sample]]));
}
