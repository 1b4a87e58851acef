// One builder at a time for each part, across processes: `npm test` and `npm run demo` may be started together.
import { mkdirSync, readFileSync, rmSync, writeFileSync, linkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A process's start time in clock ticks since boot: with the pid it names a process for good, as pids repeat. */
export function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Runs `work` while holding the lock file; waits for a living holder, takes over from a dead one. */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}`;
  // The link makes the lock appear with its content already in it, so that no one reads an empty one.
  writeFileSync(mine, `${process.pid} ${startTimeOf(process.pid)}`);
  try {
    for (;;) {
      try {
        linkSync(mine, path);
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
        if (holderIsGone(path)) rmSync(path, { force: true });
        else await pause(200);
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function holderIsGone(path) {
  try {
    const [pid, started] = readFileSync(path, 'utf8').split(' ');
    return startTimeOf(pid) !== started;
  } catch {
    return false;
  }
}
