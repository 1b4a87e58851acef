/**
 * Named points around every side effect of the worker, where the fault tests hold or kill it; free while they are off.
 *
 * On only where STERNWAY_FAILPOINTS names a folder. `passed` there gets a line for every point. A file `armed/<point>` strikes once, whichever
 * worker takes it first: with the text `kill` the process dies at once, with `hold` it waits until the file, which lies in
 * `reached/<point>.<pid>` by then, is deleted.
 */
import { appendFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = process.env['STERNWAY_FAILPOINTS'];

/** Milliseconds between looks whether a held point is let go. */
const LOOK = 5;

/** Passes a point; resolves at once unless the tests hold it. */
export const reach: (point: string) => Promise<void> = folder ? (point) => strike(folder, point) : () => Promise.resolve();

async function strike(home: string, point: string): Promise<void> {
  appendFileSync(join(home, 'passed'), `${(Date.now() / 1000).toFixed(3)} ${process.pid} ${point}\n`);
  const reached = join(home, 'reached', `${point}.${process.pid}`);
  try {
    renameSync(join(home, 'armed', point), reached);
  } catch {
    return; // not armed
  }
  if (readFileSync(reached, 'utf8').trim() === 'kill') process.kill(process.pid, 'SIGKILL');
  while (existsSync(reached)) await sleep(LOOK);
}
