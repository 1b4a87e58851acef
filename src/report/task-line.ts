import type { TaskEnd } from '../events/events';
import { lastLines, oneLine } from './escape';

/** Where a task ran, for people: the worker looks at the site as users do. */
export function place(host: string): string {
  return host === 'worker' ? 'from outside' : host;
}

/** What was not plain about a task's end: `adopted`, `3 attempts`; empty when all was. */
export function remarks(end: TaskEnd): string[] {
  return [...(end.attempts > 1 ? [`${end.attempts} attempts`] : []), ...(end.adopted ? ['adopted'] : []), ...(end.result === 'stopped' ? ['let go'] : [])];
}

/** The last lines that a failed task's program printed, without the one that its sentence already tells. */
export function outputOf(end: TaskEnd, count: number): string[] {
  const lines = lastLines(end.output, count);
  const last = lines.at(-1)?.trim();
  return last !== undefined && oneLine(end.sentence ?? '').endsWith(last) ? lines.slice(0, -1) : lines;
}
