// Dynamic imports need the extension that the built file has, which the import checks do not know.
/* eslint-disable import-x/no-unresolved */

/** The commands' own code. */
export function loadActions(): Promise<typeof import('./actions')> {
  return import('./actions.js');
}

/** The worker, with Temporal's native library: only for commands that work on hosts. */
export function loadWorker(): Promise<typeof import('../worker')> {
  return import('../worker.js');
}

/** The planning that a worker does. */
export function loadPlanning(): Promise<typeof import('../activities/planning')> {
  return import('../activities/planning.js');
}

/** The worker's log. */
export function loadLogger(): Promise<typeof import('../temporal/logger')> {
  return import('../temporal/logger.js');
}
