/** A figure of any other system (CloudWatch, Datadog, Elasticsearch, a script of one's own): what a program on the worker's machine prints. */
import { execFile, type ExecFileException } from 'node:child_process';
import type { Source } from '../config/schema';
import { milliseconds } from '../config/units';
import { lastWords } from './last-words';
import type { Asking, Figure } from './metrics';

type Program = NonNullable<Source['program']>;

/** One number takes some bytes; who prints more has printed something else. */
const LARGEST = 64 << 10;

/** What the figure is about; the program finds it in its environment as STERNWAY_*. */
export interface About {
  readonly app: string;
  readonly environment: string;
  /** Empty where nobody knows which release serves. */
  readonly release: string;
  /** ISO 8601: the time since the sample before. */
  readonly from: string;
  readonly at: string;
}

/**
 * Runs the program, without a shell, with no more of the worker's environment than PATH, HOME and what the source names. No data is
 * a figure too, with its reason: another exit code than 0 with the last line that was said, no answer in time, no number.
 * @throws only what `secret` throws, and the reason of `signal`
 */
export async function readProgram({ run: [program = '', ...words], env: own, counts, within }: Program, about: About, { secret, signal }: Asking = {}): Promise<Figure> {
  const limit = milliseconds(within);
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C.UTF-8' };
  for (const [name, value] of Object.entries({ ...about })) env[`STERNWAY_${name.toUpperCase()}`] = value;
  for (const [name, value] of Object.entries(own)) env[name] = typeof value === 'string' ? value : secret?.(value.secret);
  const { error, stdout, stderr } = await new Promise<{ error: ExecFileException | null; stdout: string; stderr: string }>((resolve) => {
    execFile(program, words, { env, timeout: limit, killSignal: 'SIGKILL', maxBuffer: LARGEST, ...(signal ? { signal } : {}) }, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
  signal?.throwIfAborted();
  if (error === null) return figureIn(program, stdout, counts);
  if (error.code === 'ENOENT') return none(program, 'is not there or not a program');
  if ((error.code as unknown) === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return none(program, `said more than ${LARGEST} bytes`);
  if (error.killed) return none(program, `gave no answer within ${limit} ms`);
  const said = lastWords(stderr || stdout);
  return none(program, `ended with ${typeof error.code === 'number' ? `exit code ${error.code}` : 'a signal'}${said ? `: ${said}` : ''}`);
}

const none = (program: string, why: string): Figure => ({ value: null, count: null, why: `${program} ${why}` });

/** `0.5`, or `{ "value": 0.5, "count": 120 }`. */
function figureIn(program: string, stdout: string, counts: boolean): Figure {
  const text = stdout.trim();
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    said = undefined;
  }
  const { value, count = null } = typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : { value: said };
  const counted = typeof count === 'number' && count >= 0;
  const fine = typeof value === 'number' && Number.isFinite(value) && (counts ? counted : count === null || counted);
  if (fine) return { value, count: count as number | null };
  return none(program, `must print ${counts ? '' : 'a number, or '}{ "value": number, "count": number } (got ${text === '' ? 'nothing' : JSON.stringify(text.slice(0, 80))})`);
}
