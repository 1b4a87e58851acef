/** How the timer of a window's end is called in a history, followed by the end (ISO, UTC). */
export const WINDOW_TIMER = 'window until ';

/** Why a run turned back, in the run's own words and in those of whoever reads its history. `end`: ISO, UTC. */
export function windowEnded(end: string): string {
  return `the deployment window ended at ${end.slice(0, 16).replace('T', ' ')} UTC`;
}
