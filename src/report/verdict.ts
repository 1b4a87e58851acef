import type { Ended } from '../events/events';
import type { RunState } from '../events/state';
import { meanings } from './answers';
import { oneLine } from './escape';
import type { CommandLine } from './shell';

/** A command that a person may want next, and what for. */
export interface Next {
  readonly command: string;
  readonly purpose: string;
}

export interface Verdict {
  /** Two or three words: what the hosts are. */
  readonly title: string;
  readonly tone: 'good' | 'back' | 'bad';
  /** The run's own sentence, on one line and safe to print. */
  readonly sentence: string;
  readonly next: readonly Next[];
}

/** What a finished run means for the reader, and what to do now. */
export function verdict(ended: Ended, command: CommandLine): Verdict {
  const release = ended.release ?? 'RELEASE';
  // A rollback bears the id of the deployment that it takes back, whose own report is found by that.
  const named = ended.workflow === 'rollback' || ended.deployment === null ? [] : [ended.deployment];
  const report = { command: command('report', ...named), purpose: 'the whole story' };
  const status = { command: command('status'), purpose: 'what holds the environment now' };
  const again = { command: command('deploy', release), purpose: 'once the cause is mended' };
  const rest = { sentence: oneLine(ended.sentence) };
  switch (ended.outcome) {
    case 'deployed':
      return { title: 'DEPLOYED', tone: 'good', ...rest, next: [{ command: command('rollback'), purpose: 'to take it back, now or later' }] };
    case 'rolled-back':
      return { title: 'ROLLED BACK', tone: 'back', ...rest, next: [report, ...(ended.cause === 'signal' || ended.cause === 'cancel' ? [] : [again])] };
    case 'unchanged':
      if (ended.failure === 'Busy') return { title: 'BUSY, NOTHING CHANGED', tone: 'bad', ...rest, next: [status] };
      if (ended.failure === 'Withdrawn' || ended.status === 'cancelled') return { title: 'WITHDRAWN, NOTHING CHANGED', tone: 'back', ...rest, next: [again] };
      return { title: 'REFUSED, NOTHING CHANGED', tone: 'bad', ...rest, next: ended.workflow === 'rollback' || ended.release === null ? [status] : [again] };
    case 'incomplete':
      return {
        title: 'INCOMPLETE',
        tone: 'bad',
        ...rest,
        next: [report, { command: command('rollback', '--take-over'), purpose: 'to try the rest again' }, { command: command('deploy', release, '--take-over', '--adopt'), purpose: 'to go forward over what is left instead' }],
      };
    case 'unknown':
      return {
        title: ended.status === 'terminated' ? 'TERMINATED' : 'IN DOUBT',
        tone: 'bad',
        ...rest,
        next: [{ command: command('check'), purpose: 'what the hosts say' }, { command: command('rollback', '--take-over'), purpose: 'to take back what was done' }, report],
      };
  }
}

/** The three answers to each question a run waits with. */
export function answers(task: string, hold: boolean, command: CommandLine): Next[] {
  return meanings(hold).map(({ answer, purpose }) => ({ command: command('decide', task, answer, '--reason', 'WHY'), purpose }));
}

/** The three answers to a bake that holds. */
export function bakeAnswers(command: CommandLine): Next[] {
  const purposes = { continue: 'take it as it is, until it was healthy once and is worse again', extend: 'watch on for another such stage before it must be healthy', rollback: 'take the release back now' };
  return Object.entries(purposes).map(([answer, purpose]) => ({ command: command('decide', 'bake', answer, '--reason', 'WHY'), purpose }));
}

/** Where a run stands that has not ended, in one sentence. */
export function standing(state: RunState): string {
  if (state.waiting) return `waits for a person: ${[...state.questions.values()].map(({ sentence }) => oneLine(sentence)).join('; ')}`;
  const way = state.direction === 'back' ? 'goes back' : 'goes forward';
  const busy = [...state.running.values()].map(({ title, host, back }) => `${back ? 'undo: ' : ''}${title} · ${host}`);
  const stages = [...state.stages.keys()].map((stage) => stageTitle(stage));
  const now = [...busy, ...stages].map(oneLine).join(', ');
  return now === '' ? `${way}, no step under way` : `${way}: ${now}`;
}

/** The work of a run beside its steps, as people read it. */
export function stageTitle(stage: string): string {
  const titles: Readonly<Record<string, string>> = {
    claim: 'claim the hosts',
    read: 'read the hosts and plan',
    gates: 'pass the gates',
    store: 'keep the plan and break-glass.sh on the hosts',
    'read-head': 'read what is live',
    weigh: 'weigh what would be lost',
    close: 'close the claims',
  };
  return titles[stage] ?? stage;
}
