import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Blocked } from '../activities/contract';

/** May be empty, so that the bare Temporal CLI and UI can send it. `deployment` set: meant for that one only. */
export interface RollbackRequest {
  deployment?: string;
  by?: string;
  reason?: string;
}

/** A person's answer to a blocked undo: try it again, leave it as it is, or "I have done it by hand". */
export interface Decision {
  task: string;
  answer: 'retry' | 'skip' | 'resolved';
  by: string;
  reason: string;
}

export interface Progress {
  deployment: string;
  release: string;
  phase: string;
  direction: 'forward' | 'back';
  step: string | null;
  blocked: Blocked[];
  startedBy: string;
}

export const rollbackSignal = defineSignal<[RollbackRequest?]>('rollback');
export const decideUpdate = defineUpdate<string, [Decision]>('decide');
export const progressQuery = defineQuery<Progress>('progress');
