/** What is known at each moment that people are told of. Times: ISO 8601, UTC. Lengths of time: seconds. */
import type { Moment } from '../config/moments';
import type { Next } from '../report/verdict';
import type { Role } from './people';

export { AUDIENCES, concerns, MOMENTS, type Audience, type Moment } from '../config/moments';

/** Which deployment a message is about. */
export interface Subject {
  readonly app: string;
  readonly environment: string;
  /** The tag: `v2.0.0`. */
  readonly release: string;
  readonly deployment: string;
  /** Of a run that is not the deployment's own, as a rollback days later: what sets its messages apart. */
  readonly holder?: string;
}

/** From the least to the most that is expected. */
export interface Span {
  readonly least: number;
  readonly most: number;
}

interface At<M extends Moment> {
  readonly moment: M;
  readonly at: string;
}

/** What a release changes, as a person wrote it for the team and stakeholders; for users only what was written for them. */
interface Changes {
  readonly changes: readonly string[];
  readonly forUsers: readonly string[];
}

/** `scheduled`: when it begins. `downtime`: null when users notice nothing. `wayBack`: how it can be taken back, in a few words. */
export type Notice = At<'notice'> & Changes & { readonly scheduled: string; readonly duration: Span; readonly downtime: Span | null; readonly wayBack: string };
/** It does not begin when it was to. `scheduled`: when it begins now; null while a person is waited for. */
export type Postponed = At<'postponed'> & { readonly reason: string; readonly scheduled: string | null };
/** A deployment that was announced does not begin at all. `scheduled`: when it was to. */
export type CalledOff = At<'called-off'> & { readonly reason: string; readonly scheduled: string };
export type Start = At<'start'> & { readonly duration: Span; readonly downtime: Span | null };
/** `step`: the title of the one under way. */
export type Progress = At<'progress'> & { readonly done: number; readonly total: number; readonly step: string | null };
/** `expected`: when it will be over, or null where nobody knows. */
export type Delay = At<'delay'> & { readonly reason: string; readonly expected: string | null };
export type Done = At<'done'> & Changes & { readonly seconds: number };
/** `estimate`: seconds until it is over, by what its steps took. `every`: seconds between updates. */
export type RollbackStart = At<'rollback-start'> & { readonly reason: string; readonly by: string; readonly estimate: number | null; readonly every: number };
/** `known`: known problems of the release and ways around them, in a person's words, for the team; absent in runs of before it was asked for. */
export type RollbackUpdate = At<'rollback-update'> & {
  readonly elapsed: number;
  readonly remaining: number | null;
  readonly done: number;
  readonly total: number;
  readonly step: string | null;
  readonly known?: readonly string[];
};
/**
 * `previous`: the release that is live now, null when there was none before. `left`: undos that a person skipped: then it is not
 * complete, and is not called so. `verified`: every check of the way back passed. `report`: where the report is; `postMortem`: when.
 */
export type RollbackComplete = At<'rollback-complete'> & {
  readonly previous: string | null;
  readonly reason: string;
  readonly seconds: number;
  readonly verified: boolean;
  readonly left: readonly string[];
  readonly report: string | null;
  readonly postMortem: string | null;
};
/**
 * A run that waits for a person. `at`: since when, so the same wait has the same text. `answers`: commands to answer with. `host`: null for a
 * bake, which waits over all hosts while the release is live. `waited`: seconds, of a reminder. `over`:
 * why nobody is asked any more.
 */
export type Asking = At<'hold' | 'blocked'> & { readonly title: string; readonly host: string | null; readonly sentence: string; readonly answers: readonly Next[]; readonly waited?: number; readonly over?: string };
/**
 * Nobody has said yet that they see to it. `role`: who is asked now, by a mail of their own; null: all were asked. `since`: when the first
 * was. `about`: what it is about. `confirm`: the command by which they say so. `next`: seconds until the next role is asked.
 */
export type Escalation = At<'escalation'> & { readonly role: Role | null; readonly since: string; readonly about: string; readonly confirm: string; readonly next: number | null };
/** `confirm`: the command by which who reads it confirms that it arrived. */
export type TestAlert = At<'test-alert'> & { readonly confirm: string | null };

/** A follow-up that nobody has done yet. `since`: when it was due. `points`: what is to be done. `confirm`: the command to say that it is. */
export type Due = At<'due'> & { readonly task: string; readonly since: string; readonly points: readonly string[]; readonly confirm: string };
/** A rehearsal did not end as it should, or was not held. `on`: the environment that it took place on, null where it is not known. */
export type DrillFailed = At<'drill-failed'> & { readonly held: boolean; readonly on: string | null; readonly sentence: string };

export type Telling = Notice | Postponed | CalledOff | Start | Progress | Delay | Done | RollbackStart | RollbackUpdate | RollbackComplete | Asking | Escalation | TestAlert | Due | DrillFailed;
