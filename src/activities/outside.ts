import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { secretsOf, type ProbeDocument, type Reading, type SentryMarker } from '../commands/probe';
import type { OutsideProbe } from '../plan/plan';
import type { TaskInput, TaskResult } from './contract';
import { stepFailed } from './failures';

/** The program that the hosts' helper takes readings with (docs/decisions/one-probe-engine.md); also from dist, where only the TypeScript was compiled. */
const HELPER = join(__dirname, '..', '..', 'src', 'hosts', 'helper');

export interface Asking {
  /** Seconds for all together: each is read again until it passes or these are over. Absent: each once. */
  readonly until?: number;
  /** End at the first that does not pass. */
  readonly stop?: boolean;
  /** A secret's value, at the last moment. @throws UserError for one that is not there */
  readonly secret?: (name: string) => string;
  /** Ends the program. */
  readonly signal?: AbortSignal;
}

/**
 * Takes readings on the worker's own machine, in order. Secrets go by stdin. No verdict is made up: @throws Error when the program
 * cannot be run or says nothing for a document.
 */
export async function takeReadings(probes: readonly (ProbeDocument | SentryMarker)[], { until, stop, secret, signal }: Asking = {}): Promise<Reading[]> {
  if (probes.length === 0) return [];
  const secrets = Object.fromEntries(secretsOf(probes).map((name) => [name, secret?.(name) ?? missing(name)]));
  const sent = JSON.stringify({ probes, secrets, ...(until === undefined ? {} : { until }), ...(stop ? { stop } : {}) });
  const { code, out, said } = await run(sent, signal);
  const readings = out.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Reading);
  const last = readings.at(-1);
  const whole = readings.length === probes.length || (stop === true && last !== undefined && last.verdict !== 'pass');
  if (!whole || code === null || ![0, 1, 3].includes(code)) throw new Error(`the probes ended with ${code === null ? 'a signal' : `exit code ${code}`} after ${readings.length} of ${probes.length}: ${said.trim().split('\n').at(-1) ?? ''}`);
  return readings;
}

function missing(name: string): never {
  throw new Error(`the secret ${name} is needed and nobody gives it`);
}

function run(input: string, signal?: AbortSignal): Promise<{ code: number | null; out: string; said: string }> {
  return new Promise((resolve, reject) => {
    // Nothing of the worker's environment: its secrets are no business of this program, nor of what it starts.
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...(process.env['SSL_CERT_FILE'] ? { SSL_CERT_FILE: process.env['SSL_CERT_FILE'] } : {}) };
    const child = spawn('python3', ['-I', '-B', HELPER, 'probe', '-'], { env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    let [out, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new Error("python3 is not installed on the worker's machine, and probes need it (3.7 or newer)") : error));
    child.once('close', (code) => resolve({ code, out, said }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** The site as users get it, read by the worker until every probe passes or the seconds are over. Its TLS must hold. */
export async function readOutside(input: TaskInput, secret?: (name: string) => string): Promise<TaskResult> {
  const { probes, seconds } = input.outside ?? { probes: [], seconds: 0 };
  const why = await firstFailure(probes, seconds, secret);
  if (why !== undefined) throw stepFailed(why, 'CheckFailed', {});
  return { state: 'ended', seconds: null, tail: probes.map((probe) => `${probe.name}: pass`).join('\n'), adopted: false, at: null };
}

/** Why the first probe that does not pass within the seconds (together) does not; undefined: all pass. `unknown` is not a pass. */
export async function firstFailure(probes: readonly OutsideProbe[], seconds: number, secret?: (name: string) => string): Promise<string | undefined> {
  const signal = cancellation();
  const readings = await takeReadings(probes.map(asDocument), { until: seconds, stop: true, ...(secret ? { secret } : {}), ...(signal ? { signal } : {}) });
  const last = readings.at(-1);
  const probe = probes[readings.length - 1];
  if (!last || !probe || last.verdict === 'pass') return undefined;
  return `${probe.document ? probe.name : probe.url}: ${last.why ?? last.verdict}`;
}

function cancellation(): AbortSignal | undefined {
  try {
    return Context.current().cancellationSignal;
  } catch {
    return undefined; // not in an activity: `sternway check` and tests
  }
}

/** A reading as a plan holds it, also one that an earlier version stored. */
function asDocument(probe: OutsideProbe): ProbeDocument {
  if (probe.document) return probe.document;
  const url = new URL(probe.url);
  const { name, status, json, contains } = probe;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return {
    name, url: probe.url, ...(probe.connect ? { connect: `${probe.connect.includes(':') ? `[${probe.connect}]` : probe.connect}:${port}` } : {}), ...(probe.ca ? { ca_pem: probe.ca } : {}),
    status, ...(json ? { json } : {}), ...(contains === undefined ? {} : { contains }), ...(probe.within === undefined ? {} : { within_ms: probe.within }),
  };
}
