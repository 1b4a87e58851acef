import { readEnding } from './ending';
import { EVENT_VERSION, type Ended, type Event } from './events';
import { secondsBetween, text } from './read';

/** The end that a run is about to have: its result, and the failure type with which it closes (null: none). */
export interface Closing {
  readonly result: unknown;
  readonly failure: string | null;
}

/** The last event of a run a moment before its history has it, for a report that the run itself has written. */
export function endOf(events: readonly Event[], { result, failure }: Closing, at: string): Ended {
  const started = events.find((event) => event.type === 'started');
  const status = failure === null ? 'completed' : text(result, 'cause') === 'cancel' ? 'cancelled' : 'failed';
  const told = { type: failure, sentence: text(result, 'sentence') ?? '', details: [result] };
  const ending = readEnding({ kind: 'ended', id: 0, at, status, result, failure: status === 'failed' ? told : null, identity: '', reason: '' }, result as Record<string, unknown>);
  return { v: EVENT_VERSION, at, type: 'ended', workflow: started?.workflow ?? '', status, ...ending, seconds: started ? secondsBetween(started.at, at) : 0 };
}
