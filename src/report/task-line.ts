import type { TaskEnd } from '../events/events';

/** Where a task ran, for people: the worker looks at the site as users do. */
export function place(host: string): string {
  return host === 'worker' ? 'from outside' : host;
}

/** What was not plain about a task's end: `adopted`, `3 attempts`; empty when all was. */
export function remarks(end: TaskEnd): string[] {
  return [...(end.attempts > 1 ? [`${end.attempts} attempts`] : []), ...(end.adopted ? ['adopted'] : []), ...(end.result === 'stopped' ? ['let go'] : [])];
}
