import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that this machine does not have, or that must not be touched: each writes down its call, then runs its sh lines. */
export class Fakes {
  readonly bin: string;
  private readonly log: string;

  constructor(private readonly folder: string) {
    this.bin = join(folder, 'fakes');
    this.log = join(folder, 'calls');
    mkdirSync(this.bin, { recursive: true });
    writeFileSync(this.log, '');
  }

  /** `lines` see their arguments as "$@" and may keep files in `$STATE`. */
  add(name: string, lines = ''): this {
    writeFileSync(join(this.bin, name), `#!/bin/sh\nSTATE=${this.folder}\necho "${name} $*" >> ${this.log}\n${lines}\n`);
    chmodSync(join(this.bin, name), 0o755);
    return this;
  }

  /** Every call so far, in order, with its arguments. */
  get calls(): string[] {
    return readFileSync(this.log, 'utf8').split('\n').slice(0, -1);
  }

  forget(): void {
    writeFileSync(this.log, '');
  }

  set(name: string, content = ''): void {
    appendFileSync(join(this.folder, name), content);
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }
}
