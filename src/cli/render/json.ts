import type { Event } from '../../events/events';
import type { Renderer, Screen } from './renderer';

/** One event a line, as in docs/cli.md. Notices are no events, so they go where people look. */
export function jsonRenderer(out: Screen, err: Screen): Renderer {
  return {
    event: (event: Event) => out.write(`${jsonLine(event)}\n`),
    notice: (sentence) => err.write(`sternway: ${sentence}\n`),
    close: () => undefined,
  };
}

/** JSON that is safe on a terminal too: what JSON leaves as it is but a terminal obeys is escaped. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
