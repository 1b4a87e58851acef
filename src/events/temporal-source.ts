import type { Client } from '@temporalio/client';
import type { HistorySource } from './follow';

/** gRPC codes that a restart, a cut line or a busy server may give (https://grpc.io/docs/guides/status-codes/). */
const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const PASSING = [CANCELLED, 2, 4, 8, 10, 13, 14];

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5_000;

/** The history of one run at a real server. `signal`: ends the wait at once, wherever it is. */
export function temporalSource(client: Client, execution: { workflowId: string; runId: string }, signal: AbortSignal): HistorySource {
  return {
    page: async (token, wait) => {
      // A call adds a listener to its signal and never takes it off, so each gets a signal of its own.
      const own = new AbortController();
      const abort = (): void => own.abort();
      // It does not look whether its signal has already been given.
      if (signal.aborted) throw Object.assign(new Error('no longer followed'), { code: CANCELLED });
      signal.addEventListener('abort', abort);
      try {
        const { history, nextPageToken } = await client.connection.withAbortSignal(own.signal, () =>
          client.workflowService.getWorkflowExecutionHistory({
            namespace: client.options.namespace,
            execution,
            waitNewEvent: wait,
            skipArchival: wait,
            nextPageToken: token ?? new Uint8Array(),
          }),
        );
        return { events: history?.events ?? [], next: nextPageToken ?? null };
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    mayPass: (error) => PASSING.includes(codeOf(error)),
    isStale: (error) => codeOf(error) === INVALID_ARGUMENT,
    again: (failed) => (signal.aborted ? Promise.resolve(false) : pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failed, 10)), signal)),
  };
}

/** The gRPC code of an error; -1 when it has none. */
export function codeOf(error: unknown): number {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'number' ? code : -1;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const ended = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', ended);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(ended, milliseconds);
    signal.addEventListener('abort', ended);
  });
}
