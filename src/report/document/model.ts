import type { ReleaseNotes } from '../../config/release-notes';
import type { Item } from './checklist-items';
import type { Contact, Marks, Series } from './given';

// Every text of a document is on one line and shows what terminals obey (`\x1b`); it is not yet escaped for Markdown or HTML.

/** `incident`: it went back, or is in doubt. */
export type Layout = 'deployment' | 'incident';
export type Tone = 'good' | 'back' | 'bad' | 'open';

/** A task from its start to its end, one try of it. */
export interface Span {
  readonly task: string;
  readonly step: string;
  readonly title: string;
  readonly host: string;
  readonly phase: string;
  readonly kind: 'change' | 'check';
  readonly back: boolean;
  readonly from: string;
  /** Null while it runs. */
  readonly to: string | null;
  readonly seconds: number | null;
  readonly result: 'done' | 'failed' | 'stopped' | 'running';
  /** A change whose undo is done. */
  readonly undone: boolean;
  /** `3 attempts`, `adopted`. */
  readonly remarks: readonly string[];
  /** Why it failed; null when it did not. */
  readonly sentence: string | null;
  /** The last lines that a failed task's program printed. */
  readonly output: readonly string[];
}

/** Users got the maintenance page, on one host at least. */
export interface Closed {
  readonly from: string;
  /** Null: they still did when the run, or what is told of it, ended. */
  readonly to: string | null;
  readonly seconds: number;
  /** It was closed before this run began; its start is the run's. */
  readonly earlier: boolean;
}

export interface Downtime {
  /** Null where the plan has no maintenance page, or none was made: nothing tells. */
  readonly seconds: number | null;
  readonly closed: readonly Closed[];
  readonly sentence: string;
}

export interface Wait {
  readonly title: string;
  readonly host: string;
  readonly task: string;
  readonly hold: boolean;
  readonly sentence: string;
  readonly from: string;
  readonly to: string | null;
}

export interface Moment {
  readonly at: string;
  /** Seconds since the run began. */
  readonly after: number;
  readonly mark: 'plain' | 'failed' | 'switch' | 'back' | 'person' | 'closed' | 'open' | 'end';
  readonly text: string;
}

/** A message to people. */
export interface Sent {
  readonly at: string;
  /** `rollback start`. */
  readonly what: string;
  readonly to: string;
  readonly delivered: boolean;
  /** The server's own word, or why it was not delivered. */
  readonly word: string;
}

export interface Decision {
  readonly at: string;
  readonly who: string;
  readonly what: string;
  /** Empty where none was given. */
  readonly why: string;
}

/** A series as it stood when it was decided to go back, or at the end. */
export interface Metric {
  readonly name: string;
  /** `7.5 %`, or `no data`. */
  readonly value: string;
  readonly at: string | null;
  readonly baseline: string;
  /** The thresholds that it had crossed, by name. */
  readonly crossed: readonly string[];
  readonly limits: string;
}

/** One of the five parts of an incident report. */
export interface Part {
  readonly name: 'What happened' | 'Why' | 'Impact' | 'Resolution' | 'Prevention';
  readonly facts: readonly string[];
  /** What only a person can write, as questions; empty where the record says it all. */
  readonly toFill: readonly string[];
}

export interface RunDocument {
  readonly format: 1;
  readonly layout: Layout;
  readonly workflow: 'deploy' | 'rollback';
  readonly title: string;
  /** Two or three words: `ROLLED BACK`. */
  readonly word: string;
  readonly tone: Tone;
  /** The outcome in one sentence. */
  readonly outcome: string;
  readonly app: string;
  readonly environment: string;
  readonly deployment: string;
  readonly run: string;
  readonly hash: string;
  readonly startedAt: string;
  /** The end; of a run that goes on the last event's time. */
  readonly endedAt: string;
  readonly over: boolean;
  readonly seconds: number;
  readonly hosts: readonly string[];
  readonly versions: { readonly asked: string; readonly commit: string; readonly before: string; readonly after: string };
  readonly notes: readonly string[];
  /** What a person wrote for the release; null where nobody did. */
  readonly releaseNotes: ReleaseNotes | null;
  /** What happened, why, impact, resolution, prevention. */
  readonly parts: readonly Part[];
  readonly downtime: Downtime;
  readonly failedRequests: string;
  /** When the new release took over, and when the way back began; null where it did not. */
  readonly switchedAt: string | null;
  readonly turnedAt: string | null;
  readonly timeline: readonly Moment[];
  readonly decisions: readonly Decision[];
  readonly messages: readonly Sent[];
  /** Whether alerts arrive, by the test alert; null where none was sent. */
  readonly alerting: string | null;
  /** Where this report is kept; empty where it is not, or not yet. */
  readonly keptAt: readonly string[];
  readonly spans: readonly Span[];
  readonly waits: readonly Wait[];
  readonly metrics: readonly Metric[];
  readonly series: readonly Series[];
  /** The switch and the way back on the series, of whichever run they are. */
  readonly marks: Marks;
  readonly notTakenBack: readonly string[];
  readonly schemaAhead: readonly string[];
  readonly contacts: readonly Contact[];
  /** Empty for a rollback: the list is one of deployments. */
  readonly checklist: readonly Item[];
  readonly written: string | null;
}
