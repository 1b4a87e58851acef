import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks again and again until the condition gives a value, and returns it.
 * @throws Error `<what> did not happen within <n> s` plus what `explain` adds
 */
export async function until<T>(what: string, condition: () => Promise<T | undefined> | T | undefined, options: { seconds?: number; everyMs?: number; explain?: () => string } = {}): Promise<T> {
  const { seconds = 60, everyMs = 10, explain } = options;
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} s${explain ? `: ${explain()}` : ''}`);
    await pause(everyMs);
  }
}
