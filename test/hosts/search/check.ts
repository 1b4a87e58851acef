import type { TaskState } from '../../../src/hosts/host';
import { STEPS } from './operations';
import type { Line } from './programs';

/** What a client asked and was told. Times in ms. */
export interface Answer {
  readonly what: string;
  readonly step: string;
  readonly from: number;
  to: number;
  state?: TaskState;
  refused?: string;
  /** An error that no fault explains. */
  wrong?: string;
}

export interface Evidence {
  readonly lines: readonly Line[];
  readonly answers: readonly Answer[];
  /** How many undo requests were sent with `again`. */
  readonly again: number;
  readonly left: readonly string[];
}

/** Clocks are read a moment before and after. */
const SLACK = 3;

/** The invariants of the ledger, each broken one in a sentence. */
export function judge(evidence: Evidence): string[] {
  const broken = [...evidence.left.map((what) => `left behind: ${what}`)];
  for (const answer of evidence.answers) if (answer.wrong) broken.push(`${answer.what} of ${answer.step}: ${answer.wrong}`);
  for (const step of STEPS) broken.push(...runs(step, evidence), ...evidence.answers.filter((answer) => answer.step === step && answer.state).flatMap((answer) => truth(answer, of(evidence, step))));
  broken.push(...stale(evidence.lines));
  return broken;
}

const of = (evidence: Evidence, step: string): Line[] => evidence.lines.filter((line) => line.step === step);

function runs(step: string, evidence: Evidence): string[] {
  const broken: string[] = [];
  const lines = of(evidence, step);
  const forward = lines.filter((line) => line.kind === 'F');
  if (forward.filter((line) => line.event === 'start').length > 1) broken.push(`${step} ran forward more than once`);
  const firstUndo = lines.findIndex((line) => line.kind === 'U');
  if (firstUndo >= 0 && lines.slice(firstUndo).some((line) => line.kind === 'F')) broken.push(`${step}: the forward run was alive after its undo began`);
  const undos = lines.filter((line) => line.kind === 'U');
  const starts = undos.filter((line) => line.event === 'start');
  if (starts.length > 1 + evidence.again) broken.push(`${step}: ${starts.length} undo runs for ${evidence.again} requests to try again`);
  for (const start of starts) {
    const later = undos.slice(undos.indexOf(start) + 1);
    const other = later.findIndex((line) => line.event === 'start');
    if (other >= 0 && later.slice(other).some((line) => line.pid === start.pid)) broken.push(`${step}: two undo runs side by side`);
  }
  return broken;
}

function truth(answer: Answer, lines: readonly Line[]): string[] {
  const state = answer.state as TaskState;
  const lie = (why: string): string[] => [`${answer.what} of ${answer.step} answered ${state.state} (${String(state.run)}) though ${why}`];
  const forward = lines.filter((line) => line.kind === 'F');
  const after = forward.some((line) => line.at > answer.to + SLACK);
  const end = forward.find((line) => line.event === 'end');
  if (state.state === 'absent' && lines.some((line) => line.at < answer.from - SLACK)) return lie('it had begun');
  if (state.state === 'never' && lines.length > 0) return lie('it ran');
  if (state.state === 'ended' && !state.timedOut && (!end || end.code !== state.code || end.at > answer.to + SLACK)) return lie('its program had not said so');
  if (state.state === 'undone' && !lines.some((line) => line.kind === 'U' && line.event === 'end' && line.code === 0 && line.at <= answer.to + SLACK)) return lie('no undo had come to its end');
  if (state.state === 'undone' && lines.some((line) => line.kind === 'U' && line.at > answer.to + SLACK)) return lie('an undo ran afterwards');
  if (['ended', 'unknown', 'undo-failed', 'undone'].includes(state.state) && after) return lie('the program was alive afterwards');
  if (['settle', 'undo'].includes(answer.what) && after) return lie('a forward run followed');
  if (['running', 'orphaned'].includes(state.state) && state.run === 'forward' && end && end.at < answer.from - 5000) return lie('it had ended long before');
  return [];
}

function stale(lines: readonly Line[]): string[] {
  let drained = 0;
  for (const line of lines) {
    if (line.kind === 'DRAINED') drained = Math.max(drained, line.epoch);
    else if (line.epoch < drained) return [`${line.kind}:${line.step}:${line.event} of epoch ${line.epoch} after epoch ${drained} had drained`];
  }
  return [];
}
