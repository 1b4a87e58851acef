import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

type Nothing = undefined | null | false | '';

/** Waits until the condition gives something. @throws when it has not within `limit` milliseconds */
export async function waitFor<T>(what: string, condition: () => T | Nothing | Promise<T | Nothing>, limit = 20_000): Promise<T> {
  const deadline = Date.now() + limit;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== null && value !== false && value !== '') return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limit} ms`);
    await pause(20);
  }
}

/** Whether the process runs (one that has ended and that nobody has waited for does not). */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}
