import { setHandler } from '@temporalio/workflow';
import { BAKE_ANSWERS, type Holding } from '../bake/stages';
import { commandLine } from '../report/shell';
import { bakeAnswers } from '../report/verdict';
import type { BakeInput } from './bake';
import { decideBakeUpdate, yieldSignal, type BakeDecision } from './messages';
import { Teller } from './teller';

/** Where a bake's holds are counted from: the runs of the same deployment tell theirs from 1, and no two messages may have one name. */
const FIRST = 1000;

/** What people and other runs have said to a bake. Handlers only set state here; the bake acts. */
export class Asking {
  /** Why it is over for this bake. */
  yielded: string | undefined;
  answer: BakeDecision | undefined;
  /** What waits for an answer. */
  holding: Holding | null = null;
  holds: number;
  readonly #teller: Teller;

  constructor(private readonly input: BakeInput) {
    const { app, environment, deployment, release } = input;
    this.holds = input.carried?.holds ?? 0;
    this.#teller = new Teller({ app, environment, deployment, release }, input.tells, { hold: FIRST + this.holds });
    setHandler(yieldSignal, (request) => {
      const { why, deployment: other } = (typeof request === 'object' ? (request as { why?: unknown; deployment?: unknown } | null) : null) ?? {};
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
  }

  /** Once per wait. */
  tell({ since, because }: Holding): void {
    this.holds += 1;
    const { release, environment } = this.input;
    void this.#teller.tell({ moment: 'hold', at: since, title: `the bake of ${release}`, host: null, sentence: because.join('; '), answers: bakeAnswers(commandLine(['-e', environment])) });
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

  /** Read-only, and never asynchronous: what it throws rejects the update before it enters the history. */
  #check(decision: Partial<BakeDecision> | undefined): void {
    const { task, answer, by, reason } = decision ?? {};
    if (task !== 'bake') throw new Error(`${typeof task === 'string' ? task : 'a decision without a task'} is not for the bake: its task is bake`);
    if (!this.holding || this.answer) throw new Error('the bake is not waiting for a decision');
    if (!BAKE_ANSWERS.some((known) => known === answer)) throw new Error(`${String(answer)} is not an answer: ${BAKE_ANSWERS.join(', ')}`);
    if (typeof by !== 'string' || typeof reason !== 'string' || !by || !reason) throw new Error('a decision says who (by) and why (reason)');
  }
}
