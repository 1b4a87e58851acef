import { setHandler } from '@temporalio/workflow';
import { BAKE_ANSWERS, type Holding } from '../bake/stages';
import { insist, nextAt, seenTo, waiting, type Waited } from '../bake/waiting';
import { commandLine } from '../report/shell';
import { bakeAnswers } from '../report/verdict';
import type { BakeInput } from './bake';
import { checkAcknowledgement } from './control';
import { acknowledgeUpdate, decideBakeUpdate, yieldSignal, type Acknowledgement, type BakeDecision } from './messages';
import { now } from './now';
import { Teller } from './teller';

/** Where a bake's messages are counted from: the runs of the same deployment tell theirs from 1, and no two messages may have one name. */
const FIRST = 1000;

/** What people and other runs have said to a bake. Handlers only set state here; the bake acts. */
export class Asking {
  /** Why it is over for this bake. */
  yielded: string | undefined;
  answer: BakeDecision | undefined;
  /** Whoever made it yield wants to know where it left off. */
  returns = false;
  holds: number;
  asks: number;
  /** What was said of the wait so far; null: nobody is reminded. */
  waited: Waited | null;
  #holding: Holding | null = null;
  readonly #teller: Teller;
  readonly #command;
  readonly #patience;

  constructor(private readonly input: BakeInput) {
    const { app, environment, deployment, release, people, carried } = input;
    this.holds = carried?.holds ?? 0;
    this.asks = carried?.asks ?? 0;
    this.waited = carried?.waited ?? null;
    this.#teller = new Teller({ app, environment, deployment, release }, input.tells, { hold: FIRST + this.holds, escalation: FIRST + this.asks });
    this.#command = commandLine(['-e', environment]);
    this.#patience = people && { ...people, roles: people.roles.length };
    setHandler(yieldSignal, (request) => {
      const { why, deployment: other, returns } = (typeof request === 'object' ? (request as { why?: unknown; deployment?: unknown; returns?: unknown } | null) : null) ?? {};
      if (this.yielded === undefined) this.returns = returns === true;
      this.yielded ??= typeof why === 'string' ? why : typeof other === 'string' ? `${other} begins` : 'it was asked to yield';
    });
    setHandler(
      decideBakeUpdate,
      (decision) => {
        this.answer = decision;
        return `bake: ${decision.answer}`;
      },
      { validator: (decision: Partial<BakeDecision> | undefined) => this.#check(decision) },
    );
    setHandler(
      acknowledgeUpdate,
      ({ by }) => {
        this.waited = this.waited && seenTo(this.waited);
        return `${by} sees to it`;
      },
      {
        validator: (said: Partial<Acknowledgement> | undefined) => {
          if (!this.#holding) throw new Error('the bake waits for nobody');
          checkAcknowledgement(said);
        },
      },
    );
  }

  /** What waits for an answer. */
  get holding(): Holding | null {
    return this.#holding;
  }

  set holding(holding: Holding | null) {
    this.#holding = holding;
    if (!holding) this.waited = null;
  }

  /** When somebody is to be told again, in milliseconds since 1970; undefined: nobody is. */
  get next(): number | undefined {
    return this.waited ? nextAt(this.waited) : undefined;
  }

  /** The first message of a wait. */
  tell(holding: Holding): void {
    if (this.#patience) this.waited = waiting(Date.now(), this.#patience);
    this.#tellHold(holding);
  }

  /** Reminders, and the next role, where they are due. */
  insist(): void {
    const [people, patience, holding] = [this.input.people, this.#patience, this.#holding];
    if (!people || !patience || !holding || !this.waited) return;
    const { since } = this.waited;
    const { due, waited } = insist(this.waited, Date.now(), patience);
    this.waited = waited;
    if (due.remind) this.#tellHold(holding, (Date.now() - since) / 1000);
    if (due.ask === undefined) return;
    this.asks += 1;
    const role = due.ask === null ? null : (people.roles[due.ask] ?? null);
    const next = waited.askAt === null || waited.asked >= patience.roles ? null : people.escalate;
    void this.#teller.tell({ moment: 'escalation', at: now(), role, since: new Date(since).toISOString(), about: `The bake of ${this.input.release} holds: ${holding.because.join('; ')}`, confirm: this.#command('ack'), next });
  }

  /** It yields to a deployment while it waits, or while it is about to take the release back: nothing of that is lost silently. */
  async leaves({ since, because }: Pick<Holding, 'since' | 'because'>): Promise<void> {
    const { release } = this.input;
    const over = `${this.yielded ?? ''}: ${release} is neither watched nor taken back meanwhile. If that deployment is taken back, ${release} is watched again.`;
    await this.#teller.tell({ moment: 'hold', at: since, title: `the bake of ${release}`, host: null, sentence: because.join('; '), answers: [], over });
  }

  take(): BakeDecision | undefined {
    const taken = this.answer;
    this.answer = undefined;
    if (taken) this.holding = null;
    return taken;
  }

  settled(): Promise<unknown> {
    return this.#teller.settled();
  }

  #tellHold({ since, because }: Holding, waited?: number): void {
    this.holds += 1;
    void this.#teller.tell({ moment: 'hold', at: since, title: `the bake of ${this.input.release}`, host: null, sentence: because.join('; '), answers: bakeAnswers(this.#command), ...(waited === undefined ? {} : { waited }) });
  }

  /** Read-only, and never asynchronous: what it throws rejects the update before it enters the history. */
  #check(decision: Partial<BakeDecision> | undefined): void {
    const { task, answer, by, reason } = decision ?? {};
    if (task !== 'bake') throw new Error(`${typeof task === 'string' ? task : 'a decision without a task'} is not for the bake: its task is bake`);
    if (!this.#holding || this.answer) throw new Error('the bake is not waiting for a decision');
    if (!BAKE_ANSWERS.some((known) => known === answer)) throw new Error(`${String(answer)} is not an answer: ${BAKE_ANSWERS.join(', ')}`);
    if (typeof by !== 'string' || typeof reason !== 'string' || !by || !reason) throw new Error('a decision says who (by) and why (reason)');
  }
}
