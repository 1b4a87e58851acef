import { spawnSync } from 'node:child_process';
import { FRAME } from '../../../src/commands/host-program';
import { PATH } from './run';

/** Runs Python lines behind our programs' frame and parts of them, as on a host; `document` is their `given`. */
export function python(parts: readonly string[], lines: string, document: unknown = {}): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync('python3', ['-I', '-', JSON.stringify(document)], {
    input: `${FRAME}${parts.join('')}${lines}`, encoding: 'utf8', env: { PATH, LC_ALL: 'C.UTF-8' }, maxBuffer: 1 << 26,
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}

/** What the lines print last, as JSON. @throws Error with their words when they fail */
export function pythonJson<T>(parts: readonly string[], lines: string, document: unknown = {}): T {
  const { code, stdout, stderr } = python(parts, lines, document);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
