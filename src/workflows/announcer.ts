import { workflowInfo } from '@temporalio/workflow';
import type { Blocked, Operation, PeoplePolicy } from '../activities/contract';
import type { ReleaseNotes } from '../config/release-notes';
import type { Telling } from '../messages/moments';
import { commandLine } from '../report/shell';
import { duration } from '../report/time';
import { answers } from '../report/verdict';
import type { Control, TurnBack } from './control';
import { Escalation } from './escalation';
import { now } from './now';
import type { Result } from './outcome';
import { pause } from './pause';
import type { Saga } from './saga';
import { Teller } from './teller';

/** While a person is waited for, updates come more rarely, up to so many times `every`: a weekend is not worth a thousand of them. */
const RARER = 16;

/** What people are told of one run, at each moment as it comes. Nothing here holds the run up, but for {@link settled}, and nothing fails it. */
export class Announcer {
  readonly #teller: Teller;
  readonly #command;
  readonly #escalation: Escalation;
  #way: 'forward' | 'back' | 'over' = 'forward';
  #backSince = 0;
  #isDone = false;

  /** `report`: where the report will be kept, null where it is not. */
  constructor(
    operation: Operation,
    private readonly saga: Saga,
    private readonly people: PeoplePolicy,
    private readonly control: Control,
    private readonly report: string | null,
    /** Seconds from the end of a way back to its post-mortem; null: none is planned. */
    private readonly postMortem: number | null,
  ) {
    const { app, environment, release, deployment } = { ...saga.plan, release: saga.plan.release.tag };
    this.#teller = new Teller({ app, environment, release, deployment, ...(operation.holder === deployment ? {} : { holder: operation.holder }) }, true);
    this.#command = commandLine(['--environment', environment]);
    this.#escalation = new Escalation(people, control, this.#command('ack'), (telling) => this.#tell(telling));
    control.onQuestion = (blocked) => this.#asks(blocked);
    saga.onPhase = () => this.#tell({ moment: 'progress', at: now(), ...saga.progress(), step: saga.step });
  }

  /** Before the first change. */
  begins(): void {
    const { duration: whole, downtime } = this.people;
    const closes = this.saga.plan.steps.some(({ phase, kind }) => phase === 'close' && kind === 'change');
    this.#tell({ moment: 'test-alert', at: now(), confirm: this.#command('ack', '--reason', 'the test alert has arrived') });
    this.#tell({ moment: 'start', at: now(), duration: whole, downtime: closes ? downtime : null });
    void this.#tellDelay(whole.most);
  }

  /** The way back begins. */
  goesBack({ sentence, by }: Pick<TurnBack, 'sentence' | 'by'>): void {
    [this.#way, this.#backSince] = ['back', Date.now()];
    this.#tell({ moment: 'rollback-start', at: now(), reason: sentence, by, estimate: this.saga.estimate(), every: this.people.every });
    this.#escalation.begin(`A rollback has begun: ${sentence}`, () => this.#way !== 'back');
    void this.#tellUpdates();
  }

  /** It is known what the hosts are. */
  ended({ outcome, sentence, skipped }: Result): void {
    const back = this.#way === 'back';
    this.#way = 'over';
    const { previous } = this.saga.plan;
    if (back) {
      const [seconds, verified] = [this.#backFor(), this.saga.verified && skipped.length === 0];
      this.#tell({ moment: 'rollback-complete', at: now(), previous: previous?.tag ?? null, reason: this.control.turnBack?.sentence ?? sentence, seconds, verified, left: skipped, report: this.report, postMortem: this.postMortem === null ? null : new Date(Date.now() + this.postMortem * 1000).toISOString() });
    } else if (outcome === 'deployed' && !this.#isDone) {
      this.#isDone = true;
      this.#tell({ moment: 'done', at: now(), seconds: (Date.now() - workflowInfo().startTime.getTime()) / 1000, changes: this.#notes?.changes ?? [], forUsers: this.#notes?.for_users ?? [] });
    }
  }

  /** When all that was told so far was tried. */
  settled(): Promise<unknown> {
    return this.#teller.settled();
  }

  #asks({ task, title, host, sentence, hold }: Blocked): void {
    this.#tell({ moment: hold ? 'hold' : 'blocked', at: now(), title, host, sentence, answers: answers(task, hold, this.#command) });
    this.#escalation.begin(`${title} on ${host}: ${sentence}`, () => this.control.blocked.size === 0);
  }

  async #tellDelay(most: number): Promise<void> {
    await pause(most, 'delay', () => this.#way !== 'forward', () => {
      const reason = `it still goes on after ${duration(most)}${this.saga.step === null ? '' : `, at: ${this.saga.step}`}`;
      this.#tell({ moment: 'delay', at: now(), reason, expected: null });
    });
  }

  async #tellUpdates(): Promise<void> {
    const { every } = this.people;
    const over = (): boolean => this.#way !== 'back';
    for (let rarer = 1; await pause(every * rarer, 'update', over, () => this.#tellUpdate()); rarer = this.control.blocked.size > 0 ? Math.min(2 * rarer, RARER) : 1);
  }

  #tellUpdate(): void {
    const elapsed = this.#backFor();
    const estimate = this.saga.estimate();
    // What takes longer than its estimate has none any more.
    const remaining = estimate !== null && estimate > elapsed && this.control.blocked.size === 0 ? estimate - elapsed : null;
    this.#tell({ moment: 'rollback-update', at: now(), elapsed, remaining, ...this.saga.progress(), step: this.saga.step, known: this.#notes?.known ?? [] });
  }

  #backFor(): number {
    return (Date.now() - this.#backSince) / 1000;
  }

  get #notes(): ReleaseNotes | undefined {
    return this.saga.plan.releaseNotes;
  }

  #tell(telling: Telling): void {
    void this.#teller.tell(telling);
  }
}
