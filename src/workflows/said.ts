import type { Said } from './messages';

/** People type this into the Temporal UI: a bare text counts as the reason, anything unfit was not said, and never is the signal lost. */
export function readSaid(said: unknown): Required<Said> {
  const { by, reason } = typeof said === 'string' ? { by: undefined, reason: said } : ((said ?? {}) as { by?: unknown; reason?: unknown });
  return { by: filled(by) ?? 'somebody through Temporal', reason: filled(reason) ?? '' };
}

/** `withdrawn by ada@shop.test: the customer called`. */
export function sentenceOf(what: string, { by, reason }: Required<Said>): string {
  return `${what} by ${by}${reason === '' ? '' : `: ${reason}`}`;
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
