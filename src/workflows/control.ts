import { CancellationScope, condition, patched, setHandler, sleep } from '@temporalio/workflow';
import type { Blocked } from '../activities/contract';
import { acknowledgeUpdate, ANSWERS, decideUpdate, rollbackSignal, type Acknowledgement, type Decision } from './messages';
import { WINDOW_TIMER, windowEnded } from '../events/window';
import type { Cause } from './outcome';
import { pause } from './pause';
import { showQuestions, showState } from './show';

/** Why a run turned back: the first reason counts, later ones change nothing. */
export interface TurnBack {
  readonly cause: Cause;
  readonly sentence: string;
  /** Who decided it. */
  readonly by: string;
}

const BY_PLAN = 'Sternway, by its plan';

/** Intervals grow up to so many times the first one: a weekend is not worth a thousand lines of history. */
const RARER = 16;

/** What people and timers have said. Handlers only set state here; whoever waits for it acts. */
export class Control {
  turnBack: TurnBack | undefined;
  readonly blocked = new Map<string, Blocked>();
  /** Seconds until a person who is waited for is reminded; the plan says it. */
  remindEvery = 900;
  /** Told of each question as it is put. */
  onQuestion: (blocked: Blocked) => void = () => undefined;
  /** How often somebody said that they see to it, or answered a question. */
  acknowledged = 0;
  readonly #answers = new Map<string, Decision>();

  /** `deployment`: the one a `rollback` signal can turn back; null for a run that is a rollback itself. */
  constructor(deployment: string | null) {
    setHandler(rollbackSignal, (request) => {
      const { deployment: meant, by, reason } = readRequest(request);
      if (deployment === null || (meant !== undefined && meant !== deployment)) return;
      this.turn('signal', `rollback asked for by ${by ?? 'somebody through Temporal'}${reason ? `: ${reason}` : ''}`, by ?? 'somebody through Temporal');
    });
    setHandler(
      decideUpdate,
      (decision) => {
        this.#answers.set(decision.task, decision);
        this.blocked.delete(decision.task);
        this.acknowledged += 1;
        return `${decision.task}: ${decision.answer}`;
      },
      { validator: (decision: Partial<Decision> | undefined) => this.#check(decision) },
    );
    setHandler(
      acknowledgeUpdate,
      ({ by }) => {
        this.acknowledged += 1;
        return `${by} sees to it`;
      },
      { validator: (said: Partial<Acknowledgement> | undefined) => checkAcknowledgement(said) },
    );
    // A cancel is one more reason to go back; the undos themselves run shielded from it.
    CancellationScope.current().cancelRequested.catch(() => this.turn('cancel', 'the run was cancelled', 'whoever cancelled it'));
  }

  turn(cause: Cause, sentence: string, by = BY_PLAN): void {
    this.turnBack ??= { cause, sentence, by };
  }

  /** Runs what changes nothing on a host yet. Told to turn back meanwhile, it is cancelled. */
  async untilTurned<T>(work: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope({ cancellable: true });
    void condition(() => this.turnBack !== undefined).then(() => scope.cancel());
    return await scope.run(work);
  }

  /** Turns back when `work` takes longer than `seconds`. */
  async withDeadline(seconds: number, work: () => Promise<void>): Promise<void> {
    await this.#within(seconds * 1000, 'deadline', `the deadline of ${seconds} s has passed`, work);
  }

  /** Turns back when `work` is still under way at the end of the window (ISO, UTC). */
  async withWindow(end: string | null, work: () => Promise<void>): Promise<void> {
    if (end === null) return await work();
    await this.#within(Math.max(1, Date.parse(end) - Date.now()), `${WINDOW_TIMER}${end}`, windowEnded(end), work);
  }

  async #within(milliseconds: number, summary: string, past: string, work: () => Promise<void>): Promise<void> {
    const timer = new CancellationScope({ cancellable: true });
    void timer.run(() => sleep(milliseconds, { summary })).then(() => this.turn('deadline', past), () => undefined);
    await work();
    timer.cancel();
  }

  waitsFor(host: string): boolean {
    return [...this.blocked.values()].some((blocked) => blocked.host === host);
  }

  /** Waits, however long, for a person's answer about a blocked task. */
  async answer(blocked: Blocked): Promise<Decision> {
    this.blocked.set(blocked.task, blocked);
    if (this.blocked.size === 1) {
      showState('blocked');
      if (patched('reminders')) void this.#remind();
    }
    showQuestions([...this.blocked.values()]);
    this.onQuestion(blocked);
    await condition(() => this.#answers.has(blocked.task));
    if (this.blocked.size === 0) showState('going back');
    else showQuestions([...this.blocked.values()]);
    const decision = this.#answers.get(blocked.task);
    if (!decision) throw new Error('unreachable: the condition held');
    this.#answers.delete(blocked.task);
    return decision;
  }

  /** While anything waits: shows it again, and leaves a line in the history that followers tell. */
  async #remind(): Promise<void> {
    let waited = 0;
    for (let every = this.remindEvery; this.blocked.size > 0; every = Math.min(2 * every, RARER * this.remindEvery)) {
      waited += every;
      if (!(await pause(every, 'reminder', () => this.blocked.size === 0, () => showQuestions([...this.blocked.values()], waited)))) return;
    }
  }

  /** Read-only, and never asynchronous: what it throws rejects the update before it enters the history. */
  #check(decision: Partial<Decision> | undefined): void {
    const { task, answer, by, reason } = decision ?? {};
    const waiting = [...this.blocked.keys()].join(', ') || 'nothing';
    if (typeof task !== 'string') throw new Error(`a decision names its task; waiting: ${waiting}`);
    if (!this.blocked.has(task)) throw new Error(`${task} is not waiting for a decision; waiting: ${waiting}`);
    if (!ANSWERS.some((known) => known === answer)) throw new Error(`${String(answer)} is not an answer: ${ANSWERS.join(', ')}`);
    if (typeof by !== 'string' || typeof reason !== 'string' || !by || !reason) throw new Error('a decision says who (by) and why (reason)');
  }
}

/** @throws Error, which rejects the update before it enters the history */
export function checkAcknowledgement({ by }: Partial<Acknowledgement> = {}): void {
  if (typeof by !== 'string' || by === '') throw new Error('an acknowledgement says who (by)');
}

/** People type this into the Temporal UI: a bare text counts as the reason, anything unfit is left out, and never is the signal lost. */
function readRequest(request: unknown): { deployment?: string; by?: string; reason?: string } {
  if (typeof request === 'string') return { reason: request };
  if (typeof request !== 'object' || request === null) return {};
  return Object.fromEntries(Object.entries(request).filter(([, value]) => typeof value === 'string'));
}
