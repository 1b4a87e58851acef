import type { Event, TaskEnd } from '../events/events';
import { secondsBetween } from '../events/read';

export interface PhaseTime {
  readonly phase: string;
  readonly back: boolean;
  /** From its first task's start to its last one's end. */
  readonly seconds: number;
  readonly tasks: number;
}

/** Times by phase, in the order in which they were entered, the way back apart. */
export function phaseTimes(events: readonly Event[]): PhaseTime[] {
  const spans = new Map<string, { phase: string; back: boolean; from: string; to: string; tasks: number }>();
  for (const event of events) {
    const back = event.type === 'undo-started' || event.type === 'undo-ended';
    if (!back && event.type !== 'step-started' && event.type !== 'step-ended') continue;
    const key = `${back ? 'back ' : ''}${event.phase}`;
    const span = spans.get(key) ?? { phase: event.phase, back, from: event.at, to: event.at, tasks: 0 };
    spans.set(key, span);
    span.to = event.at;
    if (event.type === 'step-ended' || event.type === 'undo-ended') span.tasks += 1;
  }
  return [...spans.values()].map(({ phase, back, from, to, tasks }) => ({ phase, back, seconds: secondsBetween(from, to), tasks }));
}

/** The tasks that went wrong, in order. */
export function failures(ends: readonly TaskEnd[]): TaskEnd[] {
  return ends.filter(({ result }) => result === 'failed');
}
