import type { EndCause, EndOutcome } from './events';
import { field, oneOf, text, texts } from './read';
import type { RecordedEnd } from './recorded';

export interface Ending {
  readonly failure: string | null;
  readonly outcome: EndOutcome;
  readonly cause: EndCause | null;
  readonly sentence: string;
  readonly deployment: string | null;
  readonly release: string | null;
  readonly skipped: readonly string[];
  readonly schemaAhead: readonly string[];
}

const OUTCOMES = ['deployed', 'rolled-back', 'incomplete', 'unchanged'] as const;
const CAUSES = ['failure', 'deadline', 'signal', 'cancel', 'threshold'] as const;

/** What a failure type means where the details cannot be read. */
const BY_TYPE: Readonly<Record<string, EndOutcome>> = { Refused: 'unchanged', Busy: 'unchanged', Withdrawn: 'unchanged', RolledBack: 'rolled-back', Incomplete: 'incomplete' };

/** What the hosts are at the end of a run. `memo`: what the run had written there; a cancelled run's only words. */
export function readEnding(ended: RecordedEnd, memo: Readonly<Record<string, unknown>>): Ending {
  const told = ended.status === 'completed' ? ended.result : ended.status === 'failed' ? ended.failure?.details[0] : ended.status === 'cancelled' ? memo : undefined;
  const failure = ended.status === 'failed' ? (ended.failure?.type ?? 'unknown') : null;
  const outcome = oneOf(OUTCOMES, field(told, 'outcome')) ?? (failure ? BY_TYPE[failure] : undefined) ?? 'unknown';
  return {
    failure,
    outcome,
    cause: oneOf(CAUSES, field(told, 'cause')),
    sentence: text(told, 'sentence') ?? sentenceFor(ended),
    deployment: text(told, 'deployment'),
    release: text(told, 'release'),
    skipped: texts(told, 'skipped'),
    schemaAhead: texts(told, 'schemaAhead'),
  };
}

function sentenceFor(ended: RecordedEnd): string {
  switch (ended.status) {
    case 'completed':
      return 'the run completed without saying what the hosts are';
    case 'failed':
      return ended.failure?.sentence ?? 'the run failed without saying why';
    case 'cancelled':
      return 'the run was cancelled and did not say what the hosts are';
    case 'terminated':
      return `terminated by ${ended.identity || 'somebody'}${ended.reason ? ` (${ended.reason})` : ''}: nothing was taken back, the hosts are as the last step left them`;
    case 'timed-out':
      return 'Temporal ended the run at a time limit that Sternway does not set: nothing was taken back, the hosts are as the last step left them';
    case 'continued':
      return 'the run goes on under a new run id';
  }
}
