import { ApplicationFailure } from '@temporalio/common';
import { ConnectionLost, HostRefused, LedgerRefused } from '../hosts/failures';
import { oneLine } from '../report/escape';

// A sentence may quote a host. It goes on to histories, logs, the Temporal UI and terminals: from here on it is one line in which nothing is obeyed.

/** A step's program ended, and not well. */
export function stepFailed(sentence: string, type: 'StepFailed' | 'Drift' | 'Unknown' | 'CheckFailed', details: object): ApplicationFailure {
  return ApplicationFailure.create({ message: oneLine(sentence), type, nonRetryable: true, details: [details] });
}

/** Nothing was changed and nothing will be: all reasons at once. */
export function refused(reasons: readonly string[]): ApplicationFailure {
  return ApplicationFailure.nonRetryable(oneLine(reasons.join('; ')), 'Refused', { reasons: reasons.map(oneLine) });
}

/** The ledger's words as failure types. What is not here (`host`, `bug`, `not-started`) may pass, so it is tried again. */
const FINAL: Readonly<Record<string, string>> = { claimed: 'Busy', closed: 'Refused', stale: 'Stale', settled: 'Settled', conflict: 'Refused', malformed: 'Refused' };

/** Any error of src/hosts as the failure that the workflow acts on; anything else passes through as the bug it is. */
export function asFailure(error: unknown): unknown {
  if (error instanceof LedgerRefused) {
    const type = Object.hasOwn(FINAL, error.code) ? FINAL[error.code] : undefined;
    return ApplicationFailure.create({ message: oneLine(error.message), type: type ?? 'HostTrouble', nonRetryable: type !== undefined, details: [error.details] });
  }
  if (error instanceof HostRefused) return ApplicationFailure.nonRetryable(oneLine(error.message), 'HostRefused');
  if (error instanceof ConnectionLost) return ApplicationFailure.retryable(oneLine(error.message), 'ConnectionLost');
  return error;
}
