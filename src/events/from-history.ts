import { EVENT_VERSION, type Event, type Question, type TurnedBack } from './events';
import { readEnding } from './ending';
import { readGates } from './gates-read';
import { notesIn, readPlan } from './plan-read';
import { secondsBetween, text } from './read';
import type { Recorded } from './recorded';
import { readBeside, readQuestion, readScheduled, readTaskEnd, type Open } from './tasks';
import { WINDOW_TIMER, windowEnded } from './window';

type Of<Kind extends Recorded['kind']> = Extract<Recorded, { kind: Kind }>;

/** An event before its frame: version and time are the same for all that one line of history tells. */
type Told = Event extends infer Each ? (Each extends Event ? Omit<Each, 'v' | 'at'> : never) : never;

/**
 * Turns the history of one run, line by line, into events. It needs no worker, and gives the same events for the same history.
 * A step's start is its scheduling: history records attempts only when they end.
 */
export class HistoryReader {
  #at = '';
  #start: Of<'started'> | undefined;
  #deployment: string | null = null;
  #release: string | null = null;
  #plan = '';
  #turned = false;
  #deadline: { seconds: number | null; timer: string | undefined } = { seconds: null, timer: undefined };
  #window: { readonly timer: string; readonly end: string } | undefined;
  #taskPending = false;
  #announced = '';
  readonly #reminders = new Set<string>();
  #memo: Record<string, unknown> = {};
  readonly #open = new Map<number, Open>();
  readonly #questions = new Map<string, Question>();

  /** Feed every line of the history, in order. */
  read(line: Recorded): Event[] {
    this.#at = line.at;
    return this.#tell(line).map((each) => ({ v: EVENT_VERSION, at: line.at, ...each }));
  }

  /**
   * Call where the history ends for now: `waiting` once, and once more after each reminder, when nothing can go on without a person. No undo and no work of the run is
   * under way then, and the worker owes no decision. A wait that is over by then is not told; its question and answer are.
   */
  rest(): Event[] {
    const busy = this.#taskPending || [...this.#open.values()].some(({ what }) => ('task' in what ? what.back : !('beside' in what)));
    const key = [...this.#questions.keys()].join(' ');
    if (key === '' || busy || key === this.#announced) return [];
    this.#announced = key;
    return [{ v: EVENT_VERSION, at: this.#at, type: 'waiting', questions: [...this.#questions.values()] }];
  }

  #tell(line: Recorded): Told[] {
    switch (line.kind) {
      case 'started':
        return this.#started(line);
      case 'scheduled':
        return this.#scheduled(line);
      case 'attempt':
        return this.#attempt(line);
      case 'activity-ended':
        return this.#activityEnded(line);
      case 'signal':
        return this.#signal(line);
      case 'update':
        return this.#update(line);
      case 'cancel-requested':
        return this.#turn('cancel', `cancelled by ${line.identity || 'somebody'}${line.reason ? `: ${line.reason}` : ''}`);
      case 'timer-started':
        if (line.summary.startsWith('deadline') || (line.summary === '' && line.seconds === this.#deadline.seconds)) this.#deadline.timer = line.timer;
        if (line.summary.startsWith(WINDOW_TIMER)) this.#window = { timer: line.timer, end: line.summary.slice(WINDOW_TIMER.length) };
        if (line.summary === 'reminder') this.#reminders.add(line.timer);
        return [];
      case 'timer-fired':
        // What waits is told once more, as if it had only now come to a stand.
        if (this.#reminders.has(line.timer)) this.#announced = '';
        if (line.timer === this.#window?.timer) return this.#turn('deadline', windowEnded(this.#window.end));
        return line.timer === this.#deadline.timer ? this.#turn('deadline', `the deadline of ${this.#deadline.seconds ?? '?'} s has passed`) : [];
      case 'memo':
        Object.assign(this.#memo, line.memo);
        return [];
      case 'task-scheduled':
        this.#taskPending = true;
        return [];
      case 'task-completed':
        this.#taskPending = false;
        return [];
      case 'task-failed':
        return line.sentence === '' ? [] : [{ type: 'stuck', sentence: line.sentence }];
      case 'ended':
        return this.#ended(line);
      case 'other':
        return [];
    }
  }

  #started(line: Of<'started'>): Told[] {
    this.#start = line;
    this.#deployment = text(line.input, 'deployment');
    this.#release = text(line.input, 'release');
    return [
      {
        type: 'started',
        workflow: line.workflow,
        run: line.run,
        app: text(line.input, 'app'),
        environment: text(line.input, 'environment'),
        deployment: this.#deployment,
        release: this.#release,
        by: text(line.input, 'by') ?? (line.identity || 'somebody'),
        via: text(line.input, 'via'),
        reason: text(line.input, 'reason'),
        ...notesIn(line.input, 'notes'),
      },
    ];
  }

  #scheduled(line: Of<'scheduled'>): Told[] {
    const what = readScheduled(line.activity, line.input);
    if (!what) return [];
    this.#open.set(line.id, { what, since: line.at, attempts: 1 });
    if ('beside' in what) return [];
    if ('question' in what) return this.#asked(line.input);
    if ('stage' in what) {
      // The operation names the deployment where the starter left it to the workflow.
      if (what.stage === 'claim') this.#deployment ??= text(line.input, 'deployment');
      return [{ type: 'stage-started', stage: what.stage, activity: line.activityId }];
    }
    return [{ type: what.back ? 'undo-started' : 'step-started', ...what.task, activity: line.activityId }];
  }

  #asked(input: unknown): Told[] {
    const asked = readQuestion(input);
    if (!asked) return [];
    this.#questions.set(asked.question.task, asked.question);
    return [{ type: asked.hold ? 'hold' : 'blocked', ...asked.question }];
  }

  #attempt(line: Of<'attempt'>): Told[] {
    const open = this.#open.get(line.scheduled);
    if (open) open.attempts = line.attempt;
    return [];
  }

  #activityEnded(line: Of<'activity-ended'>): Told[] {
    const open = this.#open.get(line.scheduled);
    this.#open.delete(line.scheduled);
    if (!open || 'question' in open.what) return [];
    const { what, attempts } = open;
    const seconds = secondsBetween(open.since, line.at);
    if ('beside' in what) return [readBeside(what.beside, line, line.status === 'completed')];
    if ('stage' in what) {
      const result = line.status === 'completed' ? 'done' : line.status === 'cancelled' ? 'stopped' : 'failed';
      const ended: Told = { type: 'stage-ended', stage: what.stage, result, seconds, attempts, sentence: line.failure?.sentence ?? null };
      return [ended, ...this.#planned(what.stage, line.result), ...this.#passed(what.stage, line.result)];
    }
    const end = readTaskEnd(what.task, seconds, attempts, line);
    if (what.back) return [{ type: 'undo-ended', ...end }];
    const failed = end.result === 'failed' ? this.#turn('failure', `${end.title} ${where(end.host)}: ${(end.sentence ?? '').replace(`${end.host}: `, '')}`) : [];
    return [{ type: 'step-ended', ...end }, ...failed];
  }

  #planned(stage: string, result: unknown): Told[] {
    if (stage !== 'read' && stage !== 'read-head') return [];
    const plan = readPlan(result);
    // A rollback reads twice, before and under its claim.
    const same = JSON.stringify(plan) === this.#plan;
    if (!plan || same) return [];
    this.#plan = JSON.stringify(plan);
    this.#deployment = plan.deployment;
    this.#release = plan.release;
    this.#deadline.seconds = plan.deadline;
    return [{ type: 'planned', ...plan }];
  }

  #passed(stage: string, result: unknown): Told[] {
    const passed = stage === 'gates' ? readGates(result) : undefined;
    return passed ? [{ type: 'gates-passed', ...passed }] : [];
  }

  #signal(line: Of<'signal'>): Told[] {
    if (line.name !== 'rollback') return [];
    const meant = text(line.input, 'deployment');
    if (meant !== null && meant !== this.#deployment) return [];
    const by = text(line.input, 'by') ?? (line.identity || 'somebody');
    // People type into the Temporal UI: a bare text counts as the reason.
    const reason = typeof line.input === 'string' ? line.input : text(line.input, 'reason');
    return this.#turn('signal', `rollback asked for by ${by}${reason ? `: ${reason}` : ''}`);
  }

  #update(line: Of<'update'>): Told[] {
    if (line.name === 'acknowledge') return [{ type: 'acknowledged', by: text(line.input, 'by') ?? line.identity, reason: text(line.input, 'reason') ?? '' }];
    const task = text(line.input, 'task');
    if (line.name !== 'decide' || task === null) return [];
    this.#questions.delete(task);
    this.#announced = '';
    return [{ type: 'decided', task, answer: text(line.input, 'answer') ?? '', by: text(line.input, 'by') ?? line.identity, reason: text(line.input, 'reason') ?? '' }];
  }

  /** The first reason counts, as in the workflow. A rollback goes back from its start, so there nothing turns. */
  #turn(cause: TurnedBack['cause'], sentence: string): Told[] {
    if (this.#turned || this.#start?.workflow === 'rollback') return [];
    this.#turned = true;
    return [{ type: 'turned-back', cause, sentence }];
  }

  #ended(line: Of<'ended'>): Told[] {
    this.#questions.clear();
    const ending = readEnding(line, this.#memo);
    return [
      {
        type: 'ended',
        workflow: this.#start?.workflow ?? '',
        status: line.status,
        ...ending,
        cause: ending.cause ?? null,
        deployment: ending.deployment ?? this.#deployment,
        release: this.#release ?? ending.release,
        seconds: this.#start ? secondsBetween(this.#start.at, line.at) : 0,
      },
    ];
  }
}

function where(host: string): string {
  return host === 'worker' ? 'from outside' : `on ${host}`;
}
