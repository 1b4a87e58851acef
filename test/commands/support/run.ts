import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RemoteCommand } from '../../../src/commands/remote-command';

/** As src/hosts/helper/script.py gives it to a script; this machine's own last, for what is installed elsewhere. */
export const PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', process.env['PATH']].join(':');

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory of the test's own, gone when the test ends. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-commands-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Folders put in front of PATH. */
export interface Surroundings {
  readonly path?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command as the helper does on a host: a file, this machine's `sh`, `/`, the C locale, umask 022. As the account that runs the tests. */
export function run(command: RemoteCommand, { path = [], env = {} }: Surroundings = {}): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-script-'));
  try {
    const script = join(folder, 'script');
    writeFileSync(script, command.script);
    const { status, stdout, stderr, error } = spawnSync('/bin/sh', ['-c', 'umask 022; exec sh "$0"', script], {
      cwd: command.cwd ?? '/', encoding: 'utf8', timeout: 60_000,
      env: { PATH: [...path, PATH].join(':'), LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', HOME: '/root', USER: 'root', ...command.env, ...env },
    });
    if (error) throw error;
    return { code: status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same, for a command that has to succeed. @throws Error with its words */
export function must(command: RemoteCommand, surroundings: Surroundings = {}): string {
  const { code, stdout, stderr } = run(command, surroundings);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** The last line that says something: what people are told. */
export function lastWords({ stdout, stderr }: Answer): string {
  return (stdout + stderr).split('\n').filter((line) => line.trim() !== '').at(-1) ?? '';
}

/** A program run to prepare or look at something. */
export function tool(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', cwd: '/', env: { ...process.env, PATH } });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${status}: ${stderr}`);
  return stdout;
}
