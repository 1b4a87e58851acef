import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Approval, Blocked, PlanSeen, Verdict } from '../activities/contract';
import type { BakeAnswer } from '../bake/stages';
import type { ReleaseNotes } from '../config/release-notes';
import type { Phase } from '../plan/plan';
import type { BakeInput } from './bake';

/** May be empty, so that the bare Temporal CLI and UI can send it. `deployment` set: meant for that one only. */
export interface RollbackRequest {
  deployment?: string;
  by?: string;
  reason?: string;
}

export const ANSWERS = ['retry', 'skip', 'resolved'] as const;
export type Answer = (typeof ANSWERS)[number];

/** A person's answer to a blocked undo: try it again, leave it as it is, or "I have done it by hand". */
export interface Decision {
  /** As in {@link Blocked}: `07-stop-the-app@web-1`. */
  task: string;
  answer: Answer;
  by: string;
  reason: string;
}

/** Somebody has heard of it and sees to it, or the test alert has arrived: nobody else has to be called. */
export interface Acknowledgement {
  by: string;
  reason?: string;
}

export interface Progress {
  deployment: string;
  release: string;
  phase: Phase;
  direction: 'forward' | 'back';
  /** Title of the step begun last. */
  step: string | null;
  blocked: Blocked[];
  startedBy: string;
}

/** A person's answer to a bake that holds. */
export interface BakeDecision {
  task: 'bake';
  answer: BakeAnswer;
  by: string;
  reason: string;
}

/**
 * Another change of the environment begins: `deployment` is what makes it, `why` what it is. `returns`: if that is taken back, what was watched is to be
 * watched again, so the bake says where it left off.
 */
export interface Yield {
  deployment?: string;
  why?: string;
  returns?: boolean;
}

export const yieldSignal = defineSignal<[Yield?]>('yield');
/** A bake's answer to the run that made it yield: with what it can be begun again. */
export const yieldedSignal = defineSignal<[BakeInput?]>('yielded');
export const decideBakeUpdate = defineUpdate<string, [BakeDecision]>('decide');
export const rollbackSignal = defineSignal<[RollbackRequest?]>('rollback');
export const decideUpdate = defineUpdate<string, [Decision]>('decide');
export const acknowledgeUpdate = defineUpdate<string, [Acknowledgement]>('acknowledge');
export const progressQuery = defineQuery<Progress>('progress');

/** Who says it, and why; may be empty, so that the bare Temporal CLI and UI can send it. */
export interface Said {
  by?: string;
  reason?: string;
}

/** Where a deployment stands that waits at its gates. Times are ISO, UTC. */
export interface Waiting {
  deployment: string;
  release: string;
  requestedAt: string;
  noticeGivenAt: string | null;
  /** What approvers sign; null until it is made. */
  plan: PlanSeen | null;
  /** What a person wrote for the release; absent in requests of before it was asked for. */
  releaseNotes?: ReleaseNotes | null;
  verdicts: readonly Verdict[];
  approved: readonly string[];
  rejected: readonly string[];
  /** The earliest start that clocks alone allow. */
  next: string | null;
  /** What else is to be known, a sentence each. */
  remarks: readonly string[];
}

/** An approval or a rejection: counted at once, or the update fails with a sentence. Returns where approvals stand. */
export const approveUpdate = defineUpdate<string, [Approval]>('approve');
/** Look again now. */
export const wakeSignal = defineSignal('wake');
/** The deployment is not wanted any more. */
export const withdrawSignal = defineSignal<[Said?]>('withdraw');
/** Deployments may start again. */
export const thawSignal = defineSignal<[Said?]>('thaw');
export const requestQuery = defineQuery<Waiting>('request');
