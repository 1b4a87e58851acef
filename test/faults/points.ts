import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './until';

/** A line of `passed`: who went through which point, when (seconds since 1970). */
export interface Passage {
  readonly at: number;
  readonly pid: number;
  readonly point: string;
}

/** One side's failpoints, as src/failpoints.ts and src/hosts/helper/failpoint.py find them in a folder. */
export class Points {
  constructor(private readonly folder: string) {
    for (const name of ['armed', 'reached']) mkdirSync(join(folder, name), { recursive: true });
  }

  arm(point: string, what: 'hold' | 'kill'): void {
    // A half-written file must not strike: written aside, then moved in as a whole.
    writeFileSync(join(this.folder, 'armed', point), what);
  }

  /** The name of the file of a point that has struck: on the worker's side its pid is the ending. */
  struck(point: string): string | undefined {
    return readdirSync(join(this.folder, 'reached')).find((name) => name === point || (name.startsWith(`${point}.`) && /^\d+$/.test(name.slice(point.length + 1))));
  }

  /** Waits until the point has struck, or `over` says that it never will: then undefined. */
  async reached(point: string, over: () => boolean, seconds: number): Promise<string | undefined> {
    return await until(`the point ${point} strikes`, () => this.struck(point) ?? (over() ? null : undefined), seconds).then((name) => name ?? undefined);
  }

  /** Lets go who is held at it. */
  release(name: string): void {
    rmSync(join(this.folder, 'reached', name), { force: true });
  }

  /** Everything that was passed, oldest first. */
  passed(): Passage[] {
    let text = '';
    try {
      text = readFileSync(join(this.folder, 'passed'), 'utf8');
    } catch {
      return []; // nobody has passed anything yet
    }
    return text.split('\n').filter(Boolean).map((line) => {
      const [at = '', pid = '', ...words] = line.split(' ');
      return { at: Number(at), pid: Number(pid), point: words.join(' ') };
    });
  }

  /** Lets everybody go and forgets all. */
  clear(): void {
    for (const name of ['armed', 'reached']) {
      for (const file of readdirSync(join(this.folder, name))) rmSync(join(this.folder, name, file), { force: true });
    }
    rmSync(join(this.folder, 'passed'), { force: true });
  }
}
