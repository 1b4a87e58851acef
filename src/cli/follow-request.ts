import { setTimeout as pause } from 'node:timers/promises';
import type { RequestEnd, RequestSummary, Sternway } from '../client';
import { oneLine } from '../report/escape';
import { minute } from '../report/time';
import type { Context } from './context';
import { EXIT, type ExitCode } from './exit-codes';
import { followRun, Stopping, type FollowOptions } from './follow-run';
import { jsonLine } from './render/json';
import { stderr, stdout } from './screen';

/** Milliseconds between two looks at what it waits for. */
const LOOK = 500;
/** Without a word of a worker for so long, its absence is said. */
const SILENCE = 3_000;

/**
 * Shows what a deployment waits for, a line for each gate whenever it says something new, then follows the run that it becomes. Whoever stops following
 * leaves it waiting. Returns the exit code.
 */
export async function followRequest(sternway: Sternway, context: Context, deployment: string, options: FollowOptions): Promise<ExitCode> {
  const begun = Date.now();
  const stop = new Stopping(options.timeout);
  let end: RequestEnd | undefined;
  try {
    end = await showWaiting(sternway, context, deployment, options.json, stop);
    if (end === undefined) return leave(stop, context, deployment);
  } finally {
    stop.close();
  }
  if ('refused' in end) return ended(end.refused, options.json, deployment, EXIT.refused);
  if ('withdrawn' in end) return ended(end.withdrawn, options.json, deployment, EXIT.turnedBack);
  const left = options.timeout === undefined ? undefined : Math.max(1, options.timeout - (Date.now() - begun) / 1000);
  return await followRun(sternway, context, end.run, { ...options, timeout: left });
}

/** Until it has ended, or undefined where it is followed no longer. */
async function showWaiting(sternway: Sternway, { target }: Context, deployment: string, json: boolean, stop: Stopping): Promise<RequestEnd | undefined> {
  let end: RequestEnd | undefined;
  let trouble: Error | undefined;
  void sternway.requests.ended(target, deployment).then((found) => (end = found), (error: Error) => (trouble = error));
  const told = new Map<string, string>();
  const silent = Date.now() + SILENCE;
  let warned = false;
  for (;;) {
    const now = await sternway.requests.of(target, deployment);
    if (now) tell(now, told, json);
    if (trouble !== undefined) throw trouble;
    if (end !== undefined) return end;
    if (stop.signal.aborted) return undefined;
    if (!warned && Date.now() > silent && now?.plan === null && now.gates.length === 0) {
      warned = true;
      if (!(await sternway.hasWorkers())) stderr.write('sternway: no worker asks for work, so nothing goes on: start one with sternway worker (or sternway server)\n');
    }
    await pause(LOOK, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

/** What is new since the last look. */
function tell(now: RequestSummary, told: Map<string, string>, json: boolean): void {
  const { gates, remarks, plan, next } = now;
  const lines: [string, string, string][] = [
    ...(plan === null ? [] : [['plan', 'plan', plan] as [string, string, string]]),
    ...gates.map(({ gate, state, sentence }): [string, string, string] => [gate, state === 'wait' ? 'waits' : state, `${gate}: ${sentence}`]),
    ...remarks.map((remark): [string, string, string] => [remark, 'note', remark]),
    ...(next !== null && gates.some(({ state }) => state === 'wait') ? [['next', 'start', `not before ${minute(next)}, as far as clocks tell`] as [string, string, string]] : []),
  ];
  const fresh = lines.filter(([name, mark, text]) => told.get(name) !== `${mark} ${text}`);
  // By the hour at which it may start alone, nothing has changed for who waits.
  if (fresh.every(([name]) => name === 'next')) return;
  for (const [name, mark, text] of fresh) told.set(name, `${mark} ${text}`);
  if (json) stdout.write(`${jsonLine({ v: 1, at: new Date().toISOString(), type: 'waiting-at-gates', ...now })}\n`);
  else for (const [, mark, text] of fresh) stdout.write(`  ${mark.padEnd(7)} ${oneLine(text)}\n`);
}

function ended(sentence: string, json: boolean, deployment: string, code: ExitCode): ExitCode {
  if (json) stdout.write(`${jsonLine({ v: 1, at: new Date().toISOString(), type: 'request-ended', deployment, outcome: 'unchanged', sentence })}\n`);
  else stdout.write(`  ${(code === EXIT.refused ? 'REFUSED' : 'end').padEnd(7)} ${oneLine(sentence)}; nothing was changed\n`);
  return code;
}

function leave(stop: Stopping, { command }: Context, deployment: string): ExitCode {
  if (stop.why === 'pipe') return EXIT.running;
  stderr.write(`\n${[`${stop.sentence}; ${deployment} waits on without us, and starts when its gates are open.`, ...leads(command, deployment)].join('\n')}\n`);
  return EXIT.running;
}

/** What can be done about a deployment that waits. */
export function leads(command: Context['command'], deployment: string): string[] {
  const approve = command('approve', deployment, '--key', 'FILE');
  return [`  ${command('follow', deployment)}`, '      to see what it waits for', `  ${approve}`, '      to approve its plan', `  ${command('withdraw', deployment, '--reason', 'WHY')}`, '      to take it back'];
}
