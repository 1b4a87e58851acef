import { execFile, spawn, type SpawnOptions } from 'node:child_process';
import type { RunResult } from './target-host';

/** Runs a program without a shell. Never rejects for an exit code; rejects when the program cannot be started. */
export function exec(program: string, args: string[], input?: string | Buffer, options: SpawnOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
    // A program may end without reading all of its input; its exit code says what that means.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** As {@link exec}, but any exit code other than 0 rejects, with what was being done and what the program said. */
export async function must(what: string, program: string, args: string[], input?: string | Buffer, options?: SpawnOptions): Promise<string> {
  const result = await exec(program, args, input, options);
  if (result.code !== 0) throw new Error(`${what}: ${program} ended with ${result.code ?? 'a signal'}: ${(result.stderr || result.stdout).trim()}`);
  return result.stdout;
}

/** A directory's content as a tar archive. */
export function tarOf(directory: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    execFile('tar', ['-C', directory, '-cf', '-', '.'], { encoding: 'buffer', maxBuffer: 2 ** 30 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${directory} cannot be read: ${stderr.toString().trim() || error.message}`));
      else resolve(stdout);
    });
  });
}

/** The word as one word of a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
