import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 20;

/** What `look`, asked every so many milliseconds, gives as soon as it gives something. @throws Error when that takes longer than `seconds` */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>, seconds: number, every = LOOK_MS): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(every)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}
