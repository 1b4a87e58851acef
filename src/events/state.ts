import type { ReleaseNotes } from '../config/release-notes';
import type { Acknowledged, Ended, Event, GatesPassed, PeopleTold, Planned, Question, ReportStored, Stage, Started, TaskEnd, TaskName, TurnedBack } from './events';

export interface Running extends TaskName {
  readonly back: boolean;
  readonly since: string;
  /** Of the attempt under way, where following has seen one fail. */
  attempt?: number;
  /** Why the attempt before it failed. */
  trouble?: string;
}

/** Where a run stands: all events so far, folded. The same for status, renderers and reports. */
export class RunState {
  started: Started | undefined;
  plan: Planned | undefined;
  gates: GatesPassed | undefined;
  turnedBack: TurnedBack | undefined;
  ended: Ended | undefined;
  direction: 'forward' | 'back' = 'forward';
  /** The phase that was entered last, in the direction of the run. */
  phase: string | undefined;
  /** Nothing moves until a person answers. */
  waiting = false;
  stuck: string | undefined;
  /** When the last event happened: ISO, UTC. */
  at: string | undefined;
  readonly stages = new Map<Stage, string>();
  readonly running = new Map<string, Running>();
  readonly questions = new Map<string, Question & { readonly hold: boolean; readonly since: string }>();
  /** What people were told, in order. */
  readonly told: PeopleTold[] = [];
  /** Who said last that they see to it. */
  acknowledged: Acknowledged | undefined;
  stored: ReportStored | undefined;
  readonly steps: TaskEnd[] = [];
  readonly undos: TaskEnd[] = [];

  static of(events: Iterable<Event>): RunState {
    const state = new RunState();
    for (const event of events) state.apply(event);
    return state;
  }

  get deployment(): string | null {
    return this.ended?.deployment ?? this.plan?.deployment ?? this.started?.deployment ?? null;
  }

  get release(): string | null {
    return this.plan?.release ?? this.started?.release ?? this.ended?.release ?? null;
  }

  /** What a person wrote for the release. */
  get releaseNotes(): ReleaseNotes | null {
    return this.plan?.releaseNotes ?? this.started?.releaseNotes ?? null;
  }

  apply(event: Event): void {
    this.at = event.at;
    switch (event.type) {
      case 'started':
        this.started = event;
        if (event.workflow === 'rollback') this.direction = 'back';
        return;
      case 'stage-started':
        this.stages.set(event.stage, event.at);
        this.#moves();
        return;
      case 'stage-ended':
        this.stages.delete(event.stage);
        return;
      case 'gates-passed':
        this.gates = event;
        return;
      case 'planned':
        this.plan = event;
        return;
      case 'step-started':
      case 'undo-started':
        this.#begins(event, event.type === 'undo-started', event.at);
        return;
      case 'step-ended':
        this.running.delete(key(event.task, false));
        this.steps.push(event);
        return;
      case 'undo-ended':
        this.running.delete(key(event.task, true));
        this.undos.push(event);
        return;
      case 'retrying':
        this.#retries(event.what, event.attempt, event.sentence);
        return;
      case 'turned-back':
        this.turnedBack = event;
        this.direction = 'back';
        return;
      case 'blocked':
      case 'hold':
        this.questions.set(event.task, { task: event.task, title: event.title, host: event.host, sentence: event.sentence, hold: event.type === 'hold', since: event.at });
        return;
      case 'decided':
        this.questions.delete(event.task);
        this.waiting = false;
        return;
      case 'told':
        this.told.push(event);
        return;
      case 'acknowledged':
        this.acknowledged = event;
        return;
      case 'report-stored':
        this.stored = event;
        return;
      case 'waiting':
        this.waiting = true;
        return;
      case 'stuck':
        this.stuck = event.sentence;
        return;
      case 'ended':
        this.ended = event;
        this.waiting = false;
        this.running.clear();
        this.stages.clear();
        this.questions.clear();
        return;
    }
  }

  #begins(task: TaskName, back: boolean, since: string): void {
    const { task: name, step, title, phase, kind, host } = task;
    this.running.set(key(name, back), { task: name, step, title, phase, kind, host, back, since });
    if (back) this.direction = 'back';
    this.phase = phase;
    this.#moves();
  }

  #retries(what: string, attempt: number, sentence: string): void {
    for (const each of this.running.values()) {
      if (each.task === what) Object.assign(each, { attempt, trouble: sentence });
    }
  }

  #moves(): void {
    this.waiting = false;
    this.stuck = undefined;
  }
}

function key(task: string, back: boolean): string {
  return back ? `undo ${task}` : task;
}
