import type { Planned, StepStarted, TaskEnd, UndoStarted } from '../../events/events';

/** A step, or its undo, on all its hosts: one line on the terminal. */
export interface Group {
  readonly step: string;
  readonly title: string;
  readonly phase: string;
  readonly kind: 'change' | 'check';
  readonly back: boolean;
  /** Hosts still to come or under way; the line is ready when none is left. */
  readonly open: Set<string>;
  readonly running: Set<string>;
  readonly ended: TaskEnd[];
  readonly since: string;
}

/** Collects tasks into groups. A group knows its hosts from the plan; on the way back, from what had been attempted. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #attempted = new Map<string, Set<string>>();
  #plan: Planned | undefined;

  get running(): Group[] {
    return [...this.#groups.values()].filter(({ running }) => running.size > 0);
  }

  planned(plan: Planned): void {
    this.#plan = plan;
  }

  started(event: StepStarted | UndoStarted): void {
    const back = event.type === 'undo-started';
    if (!back) this.#attempted.set(event.step, (this.#attempted.get(event.step) ?? new Set()).add(event.host));
    const group = this.#groups.get(key(event.step, back)) ?? this.#begin(event, back);
    group.open.add(event.host);
    group.running.add(event.host);
  }

  /** The group that is complete with this end, to be shown and forgotten; undefined while others are open. */
  ended(end: TaskEnd, back: boolean): Group | undefined {
    const group = this.#groups.get(key(end.step, back));
    if (!group) return undefined;
    group.open.delete(end.host);
    group.running.delete(end.host);
    group.ended.push(end);
    if (group.open.size > 0) return undefined;
    this.#groups.delete(key(end.step, back));
    return group;
  }

  /** Groups that will not be completed, as far as they came: at a turn, a question or the end. */
  flush(): Group[] {
    const found = [...this.#groups.entries()].filter(([, { running }]) => running.size === 0);
    for (const [name] of found) this.#groups.delete(name);
    return found.map(([, group]) => group).filter(({ ended }) => ended.length > 0);
  }

  #begin({ step, title, phase, kind, at }: StepStarted | UndoStarted, back: boolean): Group {
    const planned = this.#plan?.steps.find(({ id }) => id === step)?.hosts ?? [];
    const attempted = this.#attempted.get(step);
    const expected = back && kind === 'change' && attempted ? attempted : planned;
    const group: Group = { step, title, phase, kind, back, open: new Set(expected), running: new Set(), ended: [], since: at };
    this.#groups.set(key(step, back), group);
    return group;
  }
}

function key(step: string, back: boolean): string {
  return back ? `undo ${step}` : step;
}
