import type { Event, TaskEnd, TaskName } from '../../events/events';
import { oneLine } from '../escape';
import { outputOf, place, remarks } from '../task-line';
import type { Span, Wait } from './model';

const OUTPUT_LINES = 20;

/**
 * Every task, each try of it apart, in the order of their starts; undos that had nothing to take back and did not fail are left out.
 * `output` only where one failed: the rest is on the hosts.
 */
export function spansOf(events: readonly Event[]): Span[] {
  const spans: Span[] = [];
  const open = new Map<string, number>();
  for (const event of events) {
    const back = event.type === 'undo-started' || event.type === 'undo-ended';
    const key = 'task' in event ? `${back ? 'undo ' : ''}${event.task}` : '';
    if (event.type === 'step-started' || event.type === 'undo-started') {
      open.set(key, spans.push(begun(event, back, event.at)) - 1);
    } else if (event.type === 'step-ended' || event.type === 'undo-ended') {
      const at = open.get(key);
      open.delete(key);
      const start = at === undefined ? undefined : spans[at];
      // An end whose start was not told still counts, as if it had taken no time.
      if (start === undefined || at === undefined) spans.push(ended(begun(event, back, event.at), event, event.at));
      else spans[at] = ended(start, event, event.at);
    }
  }
  const plan = events.findLast((event) => event.type === 'planned');
  const lasting = new Set((plan?.steps ?? []).filter(({ undo }) => undo === false).map(({ id }) => oneLine(id)));
  const told = spans.filter(({ back, step, result }) => !(back && result === 'done' && lasting.has(step)));
  const undone = new Set(told.filter(({ back, result }) => back && result === 'done').map(({ task }) => task));
  return told.map((span) => (!span.back && span.kind === 'change' && undone.has(span.task) ? { ...span, undone: true } : span));
}

/** Every question to people, until its answer. */
export function waitsOf(events: readonly Event[]): Wait[] {
  const waits: Wait[] = [];
  for (const event of events) {
    if (event.type === 'blocked' || event.type === 'hold') {
      waits.push({ task: oneLine(event.task), title: oneLine(event.title), host: place(oneLine(event.host)), hold: event.type === 'hold', sentence: oneLine(event.sentence), from: event.at, to: null });
    } else if (event.type === 'decided') {
      const at = waits.findIndex(({ task, to }) => to === null && task === oneLine(event.task));
      const wait = waits[at];
      if (wait) waits[at] = { ...wait, to: event.at };
    }
  }
  return waits;
}

function begun(task: TaskName, back: boolean, from: string): Span {
  return {
    task: oneLine(task.task), step: oneLine(task.step), title: oneLine(task.title), host: place(oneLine(task.host)), phase: oneLine(task.phase), kind: task.kind,
    back, from, to: null, seconds: null, result: 'running', undone: false, remarks: [], sentence: null, output: [],
  };
}

function ended(span: Span, end: TaskEnd, to: string): Span {
  const failed = end.result === 'failed';
  return { ...span, to, seconds: end.seconds, result: end.result, remarks: remarks(end), sentence: failed ? oneLine(end.sentence ?? '') : null, output: failed ? outputOf(end, OUTPUT_LINES) : [] };
}
