import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Reading } from '../../../src/commands/probe';

const HELPER = join(__dirname, '..', '..', '..', 'src', 'hosts', 'helper');

export interface Taken extends Reading {
  /** 0 pass, 1 fail, 3 unknown. */
  readonly code: number;
  /** All that was printed, both ways. */
  readonly printed: string;
}

/** Runs the probe program with one document, as on a host, its secrets by stdin. @throws Error when it gives no verdict */
export async function take(document: object, secrets: Readonly<Record<string, string>> = {}, path = ''): Promise<Taken> {
  const { code, out, said } = await run([JSON.stringify(document), ...Object.keys(secrets)], Object.values(secrets).map((value) => `${value}\0`).join(''), path);
  const line = out.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no verdict, exit ${code}: ${said}`);
  return { ...(JSON.parse(line) as Reading), code, printed: out + said };
}

/** The program itself: its arguments after `probe`. `path`: a folder in front of PATH. */
export function run(words: readonly string[], input = '', path = ''): Promise<{ code: number; out: string; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-I', '-B', HELPER, 'probe', ...words], { cwd: '/', env: { ...process.env, ...(path ? { PATH: `${path}:${process.env['PATH'] ?? ''}` } : {}) } });
    let [out, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, out, said }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** The verdicts agree with the exit code; unknown is never 0. */
export const PASS = { verdict: 'pass', code: 0 };
export const FAIL = { verdict: 'fail', code: 1 };
export const UNKNOWN = { verdict: 'unknown', code: 3 };
