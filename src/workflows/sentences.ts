import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import { WORKER } from './segments';

/** The one sentence a person needs out of an activity's failure: the innermost cause that is ours. */
export function rootSentence(error: unknown): string {
  if (wraps(error)) return rootSentence(error.cause);
  if (error instanceof TimeoutFailure) return `no end within its time${error.cause ? ` (${rootSentence(error.cause)})` : ''}`;
  return error instanceof Error ? error.message : String(error);
}

/** The failure type that an activity gave, for telling a refusal from a breakdown. */
export function rootType(error: unknown): string | undefined {
  if (wraps(error)) return rootType(error.cause);
  return error instanceof ApplicationFailure ? (error.type ?? undefined) : undefined;
}

/** Says only that something below it failed. */
function wraps(error: unknown): error is (ActivityFailure | ChildWorkflowFailure) & { cause: Error } {
  return (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) && error.cause !== undefined;
}

export function where(host: string): string {
  return host === WORKER ? 'from outside' : `on ${host}`;
}
