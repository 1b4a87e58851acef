// Running other programs, and the one kind of error that a person is meant to read.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What cannot be had, as one sentence with the remedy. Everything else that is thrown is a bug. */
export class PrepareError extends Error {
  name = 'PrepareError';
}

/**
 * Runs a program without a shell and waits for its end.
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>} never rejects for an exit code; 127 when there is no such program
 */
export function run(program, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => (stdout += chunk));
    child.stderr?.on('data', (chunk) => (stderr += chunk));
    child.on('error', (error) => done({ code: 127, stdout, stderr: String(error.message) }));
    child.on('close', (code, signal) => done({ code: code ?? (signal ? 128 : 1), stdout, stderr }));
  });
}

/** As {@link run}, but an exit code other than 0 becomes a PrepareError: the remedy, then the end of what the program said. */
export async function must(program, args, remedy, options) {
  const result = await run(program, args, options);
  if (result.code === 0) return result.stdout;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-6).join('\n  ');
  throw new PrepareError(`${remedy} (\`${program} ${args[0] ?? ''}\` ended with ${result.code})\n  ${said}`);
}

/** The full path of a program on PATH (the system's directories included, which a user's PATH may lack), or undefined. */
export function onPath(name) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const directory of directories) {
    if (directory === '') continue;
    const candidate = join(directory, name);
    if (isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** Whether the path is a file that may be executed. */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
