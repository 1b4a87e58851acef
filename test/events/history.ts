import type { Event } from '../../src/events/events';
import { HistoryReader } from '../../src/events/from-history';
import type { Recorded } from '../../src/events/recorded';

type Draft = Recorded extends infer Each ? (Each extends Recorded ? Omit<Each, 'id' | 'at'> : never) : never;

const ASKED = { app: 'shop', environment: 'production', release: 'v2', deployment: 'd1', by: 'dev', via: 'cli', reason: 'weekly' };

/** Writes a history line by line, a second apart, as Temporal would; numbers of scheduled events are their position, from 1. */
export class HistoryBook {
  readonly lines: Recorded[] = [];

  constructor(workflow = 'deploy', ...given: unknown[]) {
    const [input] = given.length > 0 ? given : [ASKED];
    this.add({ kind: 'started', workflow, run: 'run-1', input, identity: 'temporal-cli:ops@bastion' });
    this.worked();
  }

  add(draft: Draft): number {
    const id = this.lines.length + 1;
    this.lines.push({ id, at: new Date(Date.UTC(2026, 10, 22, 5, 0, id)).toISOString(), ...draft });
    return id;
  }

  /** The worker has taken notice and decided what comes next. */
  worked(): this {
    this.add({ kind: 'task-scheduled' });
    this.add({ kind: 'task-completed' });
    return this;
  }

  schedule(activity: string, input: unknown = {}): number {
    return this.add({ kind: 'scheduled', activity, activityId: `a${this.lines.length + 1}`, input });
  }

  end(scheduled: number, result: unknown = {}, attempt = 1): this {
    this.add({ kind: 'attempt', scheduled, attempt });
    this.add({ kind: 'activity-ended', scheduled, status: 'completed', result, failure: null });
    return this;
  }

  fail(scheduled: number, sentence: string, details: unknown[] = []): this {
    this.add({ kind: 'attempt', scheduled, attempt: 1 });
    this.add({ kind: 'activity-ended', scheduled, status: 'failed', result: undefined, failure: { type: 'StepFailed', sentence, details } });
    return this;
  }

  task(step: string, host: string, direction: 'forward' | 'undo' = 'forward'): number {
    const title = step.slice(3).replaceAll('-', ' ');
    const activity = direction === 'undo' ? `${step}.undo` : step;
    return this.schedule(activity, { host, direction, step: { id: step, title, phase: 'stop', kind: 'change' } });
  }

  ask(task: string, hold = false): number {
    const [, host = ''] = task.split('@');
    return this.schedule('askAPerson', { task, title: task, host, sentence: `${task} could not be taken back`, hold });
  }

  decide(task: string, answer: string): void {
    this.add({ kind: 'update', name: 'decide', input: { task, answer, by: 'ops', reason: 'why not' }, identity: 'x' });
  }

  /** Every event that the lines so far tell, read to here. */
  read(): Event[] {
    const reader = new HistoryReader();
    return [...this.lines.flatMap((line) => reader.read(line)), ...reader.rest()];
  }

  /** Only those of these types. */
  of<Type extends Event['type']>(...types: Type[]): Extract<Event, { type: Type }>[] {
    return this.read().filter((event): event is Extract<Event, { type: Type }> => (types as string[]).includes(event.type));
  }
}

export const PLAN = {
  deployment: 'd1',
  release: { tag: 'v2', commit: 'c0ffee' },
  previous: { tag: 'v1', deployment: null, path: '/opt/shop' },
  hosts: ['web-1', 'web-2'],
  hash: 'f00',
  limits: { deadline: 600, undoBudget: 60, heartbeat: 5 },
  steps: [
    { id: '01-outside', title: 'outside', phase: 'prepare', kind: 'check', tasks: { worker: {} }, outside: { run: [{}] } },
    { id: '02-stop-the-app', title: 'stop the app', phase: 'stop', kind: 'change', tasks: { 'web-1': { run: {}, undo: {} }, 'web-2': { run: {}, undo: {} } } },
    { id: '03-old-answers', title: 'old answers', phase: 'stop', kind: 'check', tasks: { 'web-1': { undo: {} } } },
  ],
};
