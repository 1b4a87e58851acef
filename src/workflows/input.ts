import { ApplicationFailure } from '@temporalio/workflow';
import type { Override } from '../activities/contract';
import { FAILURE } from './outcome';

/** Who asked, by which way, and why; whoever types into the bare Temporal CLI may leave it out. */
export interface AskedInput {
  by?: string;
  via?: string;
  reason?: string;
  /** Ends a claim that another run left open on the hosts. */
  takeOver?: boolean;
}

/**
 * Checks what a person may have typed: `names` must be there, and whatever becomes part of a file name must be one.
 * @throws ApplicationFailure Refused: a run that fails with a sentence, not a task that is tried for ever
 */
export function checkInput(input: unknown, names: readonly string[]): void {
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const wrong = names.filter((name) => typeof given[name] !== 'string' || given[name] === '');
  if (wrong.length > 0) throw refused(`the input lacks ${wrong.join(', ')}: it is ${JSON.stringify(Object.fromEntries(names.map((name) => [name, '...'])))}`);
  for (const name of ['app', 'environment', 'deployment']) {
    const value = given[name];
    if (value !== undefined && !(typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value))) {
      throw refused(`${name} must begin with a letter or digit and hold only those and . _ - (64 at most); it is ${JSON.stringify(value)}`);
    }
  }
}

/** Who lets a deployment through closed gates, and why: whoever asks, with a reason. @throws ApplicationFailure Refused for one without */
export function overrideOf(input: AskedInput & { override?: unknown }): Override | null {
  const { override } = input;
  if (override === undefined || override === null) return null;
  if (typeof override !== 'string' || override.trim() === '') throw refused('override says in a few words why closed gates are passed: it is a text that is not empty');
  return { by: asked(input, '').by, reason: override.trim().slice(0, 300) };
}

/** With defaults for what was left out. */
export function asked(input: AskedInput, reason: string): { by: string; via: string; reason: string; takeOver?: boolean } {
  return { by: input.by ?? 'somebody', via: input.via ?? 'temporal', reason: input.reason ?? reason, ...(input.takeOver ? { takeOver: true } : {}) };
}

export function refused(sentence: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(sentence, FAILURE.refused);
}
