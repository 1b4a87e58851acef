import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { Changes } from '../../workflows/support/switch';

const repository = resolve(__dirname, '../../..');

/** The built command, as bin/sternway runs it. `npm test` builds first. */
export const main = process.env.STERNWAY_MAIN ?? join(repository, 'dist', 'cli', 'main.js');

export interface CliOptions {
  cwd: string;
  /** Beside what a plain shell has; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Give it a terminal of 80 columns. Then standard error arrives with standard output. */
  terminal?: boolean;
}

/** A `sternway` process. */
export class Cli {
  out = '';
  err = '';
  readonly #changes = new Changes();
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(args: readonly string[], { cwd, env = {}, terminal = false }: CliOptions) {
    if (!existsSync(main)) throw new Error(`${main} is missing: npm run build`);
    const command = [process.execPath, main, ...args];
    // A pseudo terminal by Python's standard library, which every machine of ours has.
    const pty = ['python3', '-c', 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))', ...command];
    const [file = '', ...rest] = terminal ? pty : command;
    this.#child = spawn(file, rest, { cwd, env: plainEnvironment(env), stdio: [terminal ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#got('out', chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#got('err', chunk));
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves once standard output holds this. */
  async says(text: string | RegExp): Promise<void> {
    const there = (): boolean => (typeof text === 'string' ? this.out.includes(text) : text.test(this.out));
    const early = this.#ended.then((code) => {
      if (!there()) throw new Error(`ended with ${code} without saying ${String(text)}:\n${this.out}\n${this.err}`);
    });
    await Promise.race([this.#changes.until(there), early]);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** What it printed and its exit code, once it has ended. */
  async ended(): Promise<{ code: number | null; out: string; err: string }> {
    const code = await this.#ended;
    return { code, out: this.out, err: this.err };
  }

  #got(stream: 'out' | 'err', chunk: Buffer): void {
    this[stream] += chunk.toString();
    this.#changes.announce();
  }
}

/** Runs a command line to its end. */
export function sternway(args: readonly string[], options: CliOptions): Promise<{ code: number | null; out: string; err: string }> {
  return new Cli(args, options).ended();
}

/** Standard output of `--json`, parsed line by line. */
export function jsonLines(out: string): Record<string, unknown>[] {
  return out.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
}

function plainEnvironment(extra: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'STERNWAY_CACHE', 'STERNWAY_TEMPORAL_BIN'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const set = Object.entries({ LANG: 'C.UTF-8', ...extra }).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...kept, ...set]) as NodeJS.ProcessEnv;
}
