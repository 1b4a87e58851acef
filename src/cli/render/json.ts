import type { Event } from '../../events/events';
import { safeJson } from '../../report/escape';
import type { Renderer, Screen } from './renderer';

/** One event a line, as in docs/cli.md. Notices are no events, so they go where people look. */
export function jsonRenderer(out: Screen, err: Screen): Renderer {
  return {
    event: (event: Event) => out.write(`${jsonLine(event)}\n`),
    notice: (sentence) => err.write(`sternway: ${sentence}\n`),
    close: () => undefined,
  };
}

/** One line of JSON that is safe on a terminal, too. */
export function jsonLine(value: unknown): string {
  return safeJson(JSON.stringify(value));
}
