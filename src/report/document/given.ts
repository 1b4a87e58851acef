// What a report may be given beside the events: measured or kept elsewhere, so nothing of it is needed.
import type { ItemState } from './checklist-items';

/** One reading of a series; `value` null: asked for and not got. */
export interface Point {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly value: number | null;
}

/** A line that a series is held against, such as `roll back` above 5. */
export interface Line {
  readonly name: string;
  readonly value: number;
  /** On which side of the line it is bad. */
  readonly bad: 'above' | 'below';
}

/** A measured figure over time, such as the error rate in percent or the latency in milliseconds. */
export interface Series {
  readonly name: string;
  /** As it stands behind the value: `%`, `ms`. Empty where there is none. */
  readonly unit: string;
  /** Any order; readings whose time cannot be read are left out. */
  readonly samples: readonly Point[];
  readonly thresholds: readonly Line[];
  /** What it was before the deployment; null where that is not known. */
  readonly baseline: number | null;
  /** Seconds between two readings from which on nothing is known in between; by default three times the usual distance. */
  readonly gap?: number;
}

export interface Contact {
  readonly role: string;
  readonly name: string;
  /** How to reach them: telephone, mail. */
  readonly reach: string;
}

/** What is known of an item of the checklist by other ways than the events, such as that the team was told. */
export interface ItemMark {
  /** 1 to 18, as in the runbook. */
  readonly item: number;
  readonly state: ItemState;
  readonly why: string;
}

/** Somebody's decision that stands in no event of this run, such as an approval. */
export interface GivenDecision {
  readonly at: string;
  readonly who: string;
  readonly what: string;
  readonly why: string;
}

/** Moments that series are marked with where they are not of this run: a release that is taken back later, or was switched to earlier. ISO 8601. */
export interface Marks {
  readonly switchedAt: string | null;
  readonly turnedAt: string | null;
}

export interface Given {
  readonly series?: readonly Series[];
  readonly marks?: Marks;
  readonly contacts?: readonly Contact[];
  readonly checklist?: readonly ItemMark[];
  readonly decisions?: readonly GivenDecision[];
  /** Requests that users sent and that failed while it ran; `source`: who counted them. */
  readonly failedRequests?: { readonly count: number; readonly total: number | null; readonly source: string };
  /** The instant at which the report is written, ISO 8601 UTC. */
  readonly written?: string;
}
