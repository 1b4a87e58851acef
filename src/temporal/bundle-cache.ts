import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a bundle was made from: it is still right while all of this is. */
export interface Inputs {
  /** Each file that was read, with the SHA-256 of its content. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths that were looked for in vain: a file that appears there would be taken in place of another. */
  readonly absent: readonly string[];
}

interface Entry {
  readonly inputs: Inputs;
  readonly code: string;
}

/** The cached code, if everything that it was made from is as it was then. */
export function readBundle(file: string): string | undefined {
  let entry: Entry;
  try {
    entry = JSON.parse(readFileSync(file, 'utf8')) as Entry;
  } catch {
    return undefined;
  }
  const { files, absent } = entry.inputs;
  const same = Object.entries(files).every(([name, digest]) => digestOf(name) === digest) && !absent.some((name) => existsSync(name));
  return same ? entry.code : undefined;
}

/** Keeps the code; by rename, so that a reader beside us sees all of it or nothing. */
export function writeBundle(file: string, code: string, inputs: Inputs): void {
  const part = `${file}.${process.pid}.part`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(part, JSON.stringify({ inputs, code } satisfies Entry));
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    // An installation may lie where we cannot write: it bundles every time.
    if (!['EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/**
 * The inputs as they are on disk. Undefined when one of them was changed since `begun` (milliseconds): then nobody knows
 * which version went into the bundle.
 */
export function inputsOf(read: Iterable<string>, lookedFor: Iterable<string>, begun: number): Inputs | undefined {
  const files: Record<string, string> = {};
  for (const name of read) {
    const digest = digestOf(name);
    // The entry point exists in memory only, and directories are listed too.
    if (digest === undefined) continue;
    if (statSync(name).mtimeMs >= begun) return undefined;
    files[name] = digest;
  }
  return { files, absent: [...lookedFor].filter((name) => !existsSync(name)) };
}

function digestOf(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return undefined;
  }
}
