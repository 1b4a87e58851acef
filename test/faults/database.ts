import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Megabytes: a run of the till takes one or two. */
const SIZE = 128;
/** Milliseconds from one filling of the disk to the next: what the server frees meanwhile is taken as well. */
const REFILL = 50;

/** The database of a Temporal server, on a small disk of its own that can be filled. Nobody can lock it against the server, which holds it alone. */
export class Database {
  readonly #folder: string;
  /** For the server's `dataFile`. */
  readonly file: string;

  /** Its disk is mounted below `parent`. */
  constructor(parent: string) {
    this.#folder = join(parent, 'temporal-disk');
    this.file = join(this.#folder, 'temporal.db');
    mkdirSync(this.#folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}m,mode=700`, 'tmpfs', this.#folder]);
  }

  /** Nothing can be added on its disk. The function that it gives ends that. */
  fill(): () => void {
    const filler = join(this.#folder, 'filler');
    const file = openSync(filler, 'a');
    const fill = (): void => {
      for (const block of [Buffer.alloc(1 << 20), Buffer.alloc(1 << 12)]) while (written(file, block));
    };
    fill();
    const again = setInterval(fill, REFILL);
    return () => {
      clearInterval(again);
      closeSync(file);
      rmSync(filler, { force: true });
    };
  }

  /** After its server has ended; whoever still has a file open there keeps it a little longer. */
  remove(): void {
    execFileSync('umount', ['--lazy', this.#folder]);
  }
}

function written(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
