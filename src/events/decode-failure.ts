import { ActivityFailure, ApplicationFailure, CancelledFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/common';
import type { RecordedFailure } from './recorded';

/** What a person and a program need of a failure. Mirrors src/workflows/sentences.ts, which the workflow's own sentences come from. */
export function readFailure(error: unknown): RecordedFailure {
  if ((error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) && error.cause) return readFailure(error.cause);
  if (error instanceof TimeoutFailure) {
    const within = error.cause ? ` (${readFailure(error.cause).sentence})` : '';
    return { type: 'Timeout', sentence: `no end within its time${within}`, details: [] };
  }
  if (error instanceof ApplicationFailure) return { type: error.type ?? null, sentence: error.message, details: error.details ?? [] };
  if (error instanceof CancelledFailure) return { type: 'Cancelled', sentence: error.message, details: error.details };
  return { type: null, sentence: error instanceof Error ? error.message : String(error), details: [] };
}
