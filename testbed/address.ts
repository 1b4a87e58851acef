import { mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { slotsDirectory } from './record';

const slots = 16_384;

/** A /30 out of 10.214.0.0/16: this machine's end and the host's. */
export function addressesOf(slot: number): { outer: string; inner: string } {
  const block = `10.214.${slot >> 6}`;
  const first = (slot & 63) << 2;
  return { outer: `${block}.${first + 1}`, inner: `${block}.${first + 2}` };
}

/** Takes a free slot. Several processes do this at once: a directory can be made only once. */
export function takeSlot(id: string): number {
  mkdirSync(slotsDirectory, { recursive: true });
  for (let slot = 0; slot < slots; slot++) {
    const directory = join(slotsDirectory, String(slot));
    try {
      mkdirSync(directory);
      writeFileSync(join(directory, id), '');
      return slot;
    } catch (error) {
      // Taken, or taken away again by a late remover of its former holder: the next one.
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`All ${slots} addresses for test hosts are taken: remove stale ones with \`node tools/host.mjs clean\`.`);
}

/** Gives it back, unless somebody else holds it by now. */
export function releaseSlot(slot: number, id: string): void {
  const directory = join(slotsDirectory, String(slot));
  rmSync(join(directory, id), { force: true });
  try {
    rmdirSync(directory); // refuses while another id is in it
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
  }
}
