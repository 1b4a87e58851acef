import type { ReleaseNotes } from '../config/release-notes';

/** Raised when an event changes its meaning; new types and new fields do not raise it, so readers ignore what they do not know. */
export const EVENT_VERSION = 1;

interface At<Type extends string> {
  readonly v: typeof EVENT_VERSION;
  /** When it happened, by the Temporal server's clock: ISO 8601, UTC. */
  readonly at: string;
  readonly type: Type;
}

/** What the hosts are at the end, and why they are not what was asked for. */
export type EndOutcome = 'deployed' | 'rolled-back' | 'incomplete' | 'unchanged' | 'unknown';
export type EndCause = 'failure' | 'deadline' | 'signal' | 'cancel' | 'threshold';

export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly phase: string;
  readonly kind: 'change' | 'check';
  readonly hosts: readonly string[];
  /** False where a change leaves nothing to take back, as a backup does: its undo then only sees that it has ended. */
  readonly undo?: false;
}

/** A task: one step on one host. `task` is what `sternway decide` takes. */
export interface TaskName {
  /** `07-stop-the-app@web-1` */
  readonly task: string;
  readonly step: string;
  readonly title: string;
  readonly phase: string;
  readonly kind: 'change' | 'check';
  readonly host: string;
}

export interface TaskEnd extends TaskName {
  /** `stopped`: cut short because the run turned back. */
  readonly result: 'done' | 'failed' | 'stopped';
  /** Seconds from the moment it was asked for until its end was known, retries included. */
  readonly seconds: number;
  /** Seconds the program itself took, measured on the host; null where none ran or it is not known. */
  readonly program: number | null;
  /** How often it was tried; more than 1 after a lost worker or connection. The program still ran at most once. */
  readonly attempts: number;
  /** The program had been begun by an earlier attempt, and was waited for or read. */
  readonly adopted: boolean;
  /** Why it failed, in one sentence; null when it did not. */
  readonly sentence: string | null;
  /** The last lines the program printed, as it printed them: escape before showing. */
  readonly output: string;
}

/** Work of the run itself, beside the plan's steps. */
export type Stage = 'claim' | 'read' | 'gates' | 'store' | 'read-head' | 'weigh' | 'close';

export interface Question {
  readonly task: string;
  readonly title: string;
  readonly host: string;
  readonly sentence: string;
}

export type Started = At<'started'> & {
  readonly workflow: string;
  readonly run: string;
  readonly app: string | null;
  readonly environment: string | null;
  /** Null until the hosts are claimed where the starter did not choose it, as the bare Temporal CLI. */
  readonly deployment: string | null;
  readonly release: string | null;
  readonly by: string;
  readonly via: string | null;
  readonly reason: string | null;
  /** What a person wrote for the release; absent where nobody did. */
  readonly releaseNotes?: ReleaseNotes;
};
/** `activity`, here and in steps: Temporal's activity id, as its UI shows it. */
export type StageStarted = At<'stage-started'> & { readonly stage: Stage; readonly activity: string };
export type StageEnded = At<'stage-ended'> & {
  readonly stage: Stage;
  readonly result: 'done' | 'failed' | 'stopped';
  readonly seconds: number;
  readonly attempts: number;
  readonly sentence: string | null;
};
/** In a rollback: the plan that is taken back, with the steps that were attempted. */
export type Planned = At<'planned'> & {
  readonly deployment: string;
  readonly release: string;
  readonly commit: string;
  readonly previous: string | null;
  readonly hosts: readonly string[];
  readonly hash: string;
  /** Seconds until the run turns back by itself. */
  readonly deadline: number | null;
  /** Of a rollback: seconds that it will take, by what its steps took on their way forward. Null for a deployment. */
  readonly estimate: number | null;
  /** What stands in nobody's way and is to be known all the same. */
  readonly notes: readonly string[];
  /** Differences from what the last deployment left that this one takes as they are, a sentence each. */
  readonly adopted: readonly string[];
  /** Of a rollback, as its deployment was given them; absent where nobody wrote any. */
  readonly releaseNotes?: ReleaseNotes;
  readonly steps: readonly PlannedStep[];
};
/** The gates that there are let the deployment begin. */
export type GatesPassed = At<'gates-passed'> & {
  readonly verdicts: readonly { readonly gate: string; readonly sentence: string }[];
  /** Principals whose approval counted. */
  readonly approved: readonly string[];
  /** Who let it through gates that were closed. */
  readonly overridden: { readonly by: string; readonly reason: string } | null;
  /** ISO, UTC; what is still under way then is taken back. */
  readonly windowEnd: string | null;
};
export type StepStarted = At<'step-started'> & TaskName & { readonly activity: string };
export type StepEnded = At<'step-ended'> & TaskEnd;
export type UndoStarted = At<'undo-started'> & TaskName & { readonly activity: string };
export type UndoEnded = At<'undo-ended'> & TaskEnd;
/** An attempt failed and is made again; `what`: the task or stage. Seen only while following: history records attempts at their end. */
export type Retrying = At<'retrying'> & { readonly what: string; readonly attempt: number; readonly sentence: string };
export type TurnedBack = At<'turned-back'> & { readonly cause: EndCause; readonly sentence: string };
/** An undo, or a check of the way back, that cannot go on without a person. */
export type BlockedAt = At<'blocked'> & Question;
/** Everything is safe; going further back costs data, so a person decides. */
export type Hold = At<'hold'> & Question;
export type Decided = At<'decided'> & { readonly task: string; readonly answer: string; readonly by: string; readonly reason: string };
/** What became of one message: the server's own word, or why it was not taken. */
export interface Delivery {
  readonly audience: string;
  readonly channel: string;
  /** A mail address; null for a channel that is itself the recipient. */
  readonly recipient: string | null;
  readonly delivered: boolean;
  readonly word: string;
}
/** People were told, or were to be. `number`: counts this moment in the deployment, from 1. `sentence`: why nothing was tried; null where it was. */
export type PeopleTold = At<'told'> & { readonly moment: string; readonly number: number; readonly deliveries: readonly Delivery[]; readonly sentence: string | null };
/** Somebody sees to it, or says that the test alert has arrived. */
export type Acknowledged = At<'acknowledged'> & { readonly by: string; readonly reason: string };
/** The report was written to these places; or not: `sentence` says why. */
export type ReportStored = At<'report-stored'> & { readonly where: readonly string[]; readonly sentence: string | null };
/** All that could go on without an answer has ended: the run stands still now, until a person decides. */
export type Waiting = At<'waiting'> & { readonly questions: readonly Question[] };
/** The worker cannot advance the run (a defect, or code that does not fit its history); it stays open and is tried again. */
export type Stuck = At<'stuck'> & { readonly sentence: string };
export type Ended = At<'ended'> & {
  /** `deploy` or `rollback`. */
  readonly workflow: string;
  readonly status: 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out' | 'continued';
  /** Temporal's failure type: `Refused`, `Busy`, `Withdrawn`, `RolledBack`, `Incomplete`, or another. */
  readonly failure: string | null;
  readonly outcome: EndOutcome;
  readonly cause: EndCause | null;
  readonly sentence: string;
  readonly deployment: string | null;
  readonly release: string | null;
  /** `title@host` of undos that a person skipped. */
  readonly skipped: readonly string[];
  /** Schema changes that stayed although the code went back. */
  readonly schemaAhead: readonly string[];
  readonly seconds: number;
};

export type Event =
  | Started
  | StageStarted
  | StageEnded
  | Planned
  | GatesPassed
  | StepStarted
  | StepEnded
  | UndoStarted
  | UndoEnded
  | Retrying
  | TurnedBack
  | BlockedAt
  | Hold
  | Decided
  | PeopleTold
  | Acknowledged
  | ReportStored
  | Waiting
  | Stuck
  | Ended;
