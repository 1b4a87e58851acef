import { CancellationScope, condition, patched } from '@temporalio/workflow';
import type { Asked, Head, Tokens } from '../activities/contract';
import { taskKey, type Phase, type Plan, type Step } from '../plan/plan';
import { schemaIn, type SchemaKind } from '../plan/schema-kind';
import { wayBackSeconds } from '../plan/way-back';
import { runTask } from './activities';
import type { Control } from './control';
import { ask, weigh } from './questions';
import { segments, WORKER } from './segments';
import { rootSentence, where } from './sentences';
import { showLine } from './show';
import { taskInput } from './task-input';

/** Seconds beside the program's own time in which a step must have been brought to its end on a host. */
const REACH = 600;

/** What the way back left behind: `title@host`. */
export interface Back {
  skipped: string[];
  schemaAhead: string[];
}

/**
 * Executes a plan and takes it back. On the way forward a host waits for the others at every barrier (segments.ts). The way back is computed
 * from the plan and from what was attempted, never from closures: reverse order, the same barriers, but a host that waits for a person holds
 * up only what needs it: the rest of its own way, and steps that concern all hosts.
 */
export class Saga {
  phase: Phase = 'prepare';
  direction: 'forward' | 'back' = 'forward';
  step: string | null = null;
  /** Steps after the release was verified that failed, in a sentence each. */
  readonly untidy: string[] = [];
  /** Told when a phase after the first begins on the way forward. */
  onPhase: () => void = () => undefined;
  /** Every check of the way back held by itself, and not because a person said so. */
  verified = true;
  readonly #attempted: Set<string>;
  /** Tasks that have come to their end, in the direction of the run. */
  #ended = new Set<string>();
  /** Seconds that programs took on the way forward, by task. */
  readonly #took = new Map<string, number>();
  readonly #estimate: number | null;
  /** Hosts that may have let users in, as far as this run knows. */
  readonly #letIn = new Set<string>();
  /** When this run let users in, by the workflow's clock and not a host's; null: it did not. */
  letInAt: string | null = null;
  #openedAt: string | null;
  #schema: SchemaKind | null;
  #walk: Promise<void> = Promise.resolve();

  /** `head`: how far an earlier run came with this plan. */
  constructor(
    readonly plan: Plan,
    public tokens: Tokens,
    private readonly asked: Asked,
    private readonly control: Control,
    head?: Omit<Head, 'plan'>,
  ) {
    this.#attempted = new Set(head?.attempted);
    this.#openedAt = head?.openedAt ?? null;
    this.#schema = head?.schema ?? null;
    this.#estimate = head?.estimate ?? null;
  }

  /** Steps that have ended on all their hosts, of those that the way there, or the way back, consists of. */
  progress(): { done: number; total: number } {
    const tasks = this.plan.steps.map((step) => [...this.plan.hosts, WORKER].filter((host) => (this.direction === 'back' ? this.#goesBack(step, host) : this.#goesForward(step, host))).map((host) => taskKey(step, host)));
    const steps = tasks.filter((keys) => keys.length > 0);
    return { done: steps.filter((keys) => keys.every((key) => this.#ended.has(key))).length, total: steps.length };
  }

  /** Seconds that the whole way back will take; null where nothing tells. */
  estimate(): number | null {
    return this.#estimate ?? (this.#took.size > 0 ? wayBackSeconds(this.plan, this.plan.hosts, (step, host) => this.#took.get(taskKey(step, host)) ?? null) : null);
  }

  /** Every step in order, until the end or until told to turn back; a failing step says so through the control. */
  async forward(): Promise<void> {
    const attempts = new CancellationScope({ cancellable: true });
    this.#walk = attempts.run(async () => {
      for (const { steps, hosts } of segments(this.plan)) {
        await Promise.all(hosts.map((host) => this.#chain(steps, host)));
      }
    });
    await Promise.race([this.#walk, condition(() => this.control.turnBack !== undefined)]);
    // Attempts still under way are let go; what they began, or may still begin, is settled on the host by the undo.
    attempts.cancel();
  }

  /** Undoes what was attempted, newest first. Call it shielded from cancellation. Ends with every task undone, skipped or resolved. */
  async back(): Promise<Back> {
    [this.direction, this.#ended] = ['back', new Set()];
    const left: Back = { skipped: [], schemaAhead: [] };
    const ways = new Map([...this.plan.hosts, WORKER].map((host) => [host, Promise.resolve()]));
    const all = () => Promise.all(ways.values());
    for (const { steps, hosts } of segments(this.plan).reverse()) {
      const concernsAll = steps.some((step) => this.#concernsAll(step));
      if (concernsAll) await all();
      for (const host of hosts) ways.set(host, Promise.resolve(ways.get(host)).then(() => this.#chainBack(steps, host, left)));
      if (concernsAll) await all();
      else await Promise.all(hosts.map((host) => Promise.race([ways.get(host), condition(() => this.control.waitsFor(host))])));
    }
    await all();
    // Long over, as a rule; but a run must not close over an attempt that nobody has told, or whose worker is not yet known to be lost.
    await this.#walk;
    return left;
  }

  async #chain(steps: readonly Step[], host: string): Promise<void> {
    for (const step of steps) {
      if (this.control.turnBack) return;
      if (!this.#goesForward(step, host)) continue;
      this.#attempted.add(taskKey(step, host));
      if (step.letsTrafficIn) this.#letIn.add(host);
      this.#at(step, host);
      try {
        const result = await runTask(step.activity, taskInput(this.plan, this.tokens, this.asked, step, host, 'forward'), {
          budget: step.limit + REACH, heartbeat: this.plan.limits.heartbeat, summary: `${step.title} · ${host}`,
        });
        this.#took.set(taskKey(step, host), result.seconds ?? 0);
        if (this.control.turnBack) return;
        this.#ended.add(taskKey(step, host));
        if (step.letsTrafficIn) {
          this.#openedAt ??= result.at;
          this.letInAt ??= new Date().toISOString();
        }
        if (step.classifies) this.#schema = schemaIn(result.tail);
      } catch (error) {
        const sentence = `${step.title} ${where(host)}: ${rootSentence(error)}`;
        // What is only cleared away at the end is no reason to take a release back that serves and is verified.
        if (step.phase === 'settle' && patched('settling')) this.untidy.push(sentence);
        // After a turn back this says nothing new: the first reason counts.
        else this.control.turn('failure', sentence);
      }
    }
  }

  async #chainBack(steps: readonly Step[], host: string, left: Back): Promise<void> {
    for (const step of [...steps].reverse()) {
      if (!this.#goesBack(step, host)) continue;
      if (this.#schemaRule(step) === 'stay') {
        if (this.#schemaOf(step) === 'additive') left.schemaAhead.push(`${step.title}@${host}`);
      } else if ((await this.#takeBack(step, host)) === 'skip') left.skipped.push(`${step.title}@${host}`);
      this.#ended.add(taskKey(step, host));
    }
  }

  #goesForward(step: Step, host: string): boolean {
    return step.tasks[host]?.run !== undefined || (host === WORKER && (step.outside?.run ?? step.job) !== undefined);
  }

  /** An undo runs where its step was attempted; a check of the way back where anything after it was. */
  #goesBack(step: Step, host: string): boolean {
    if (step.kind === 'change') return this.#attempted.has(taskKey(step, host));
    if (!step.tasks[host]?.undo && !(host === WORKER && step.outside?.undo)) return false;
    const later = this.plan.steps.slice(this.plan.steps.indexOf(step) + 1).filter((other) => other.kind === 'change');
    const hosts = host === WORKER ? [...this.plan.hosts, WORKER] : [host];
    return later.some((other) => hosts.some((each) => this.#attempted.has(taskKey(other, each))));
  }

  /** A schema that goes back needs every host's new code stopped before, and is needed by every host's old code after; a check from outside sees all. */
  #concernsAll(step: Step): boolean {
    if (step.tasks[WORKER]) return this.#goesBack(step, WORKER);
    return step.schema !== undefined && this.#schemaRule(step) !== 'stay' && this.plan.hosts.some((host) => this.#goesBack(step, host));
  }

  /** What is not known counts as the worst, so that a person decides. */
  #schemaOf(step: Step): SchemaKind {
    return step.schema === 'classified' ? (this.#schema ?? 'irreversible') : (step.schema ?? 'none');
  }

  /**
   * Before users were let in a schema step goes back by itself. After it an additive one stays, and so does one that changed nothing: its undo
   * may be a restore, and would lose what users wrote. For any other a person decides first.
   */
  #schemaRule(step: Step): 'undo' | 'stay' | 'ask' {
    const opened = this.#openedAt !== null || this.#letIn.size > 0;
    if (!opened || step.schema === undefined) return 'undo';
    return ['additive', 'none'].includes(this.#schemaOf(step)) ? 'stay' : 'ask';
  }

  /** Runs an undo, or a check of the way back, until it holds or a person says otherwise. */
  async #takeBack(step: Step, host: string): Promise<'done' | 'skip'> {
    if (this.#schemaRule(step) === 'ask') {
      const loss = await weigh(this.plan, step, host, this.#schemaOf(step), this.#openedAt);
      const answer = await ask(this.control, step, host, loss, true);
      if (answer !== 'retry') return answer === 'skip' ? 'skip' : 'done';
    }
    for (let again = false; ; again = true) {
      this.#at(step, host);
      try {
        const result = await runTask(`${step.activity}.undo`, taskInput(this.plan, this.tokens, this.asked, step, host, 'undo', again), {
          budget: this.plan.limits.undoBudget, heartbeat: this.plan.limits.heartbeat, summary: `undo: ${step.title} · ${host}`,
        });
        // Its forward run never began there, and never will.
        if (result.state === 'never') this.#letIn.delete(host);
        return 'done';
      } catch (error) {
        const sentence = step.kind === 'check' ? `${step.title} ${where(host)} does not hold after the way back` : `${step.title} ${where(host)} could not be taken back`;
        const answer = await ask(this.control, step, host, `${sentence}: ${rootSentence(error)}`, false);
        if (answer !== 'retry' && step.kind === 'check') this.verified = false;
        if (answer !== 'retry') return answer === 'skip' ? 'skip' : 'done';
      }
    }
  }

  #at(step: Step, host: string): void {
    const entered = this.direction === 'forward' && step.phase !== this.phase;
    [this.phase, this.step] = [step.phase, this.direction === 'back' ? `undo: ${step.title}` : step.title];
    // A question stays there, whatever another host does meanwhile.
    if (this.control.blocked.size === 0) showLine(`${step.phase}: ${this.step} · ${host}`);
    if (entered) this.onPhase();
  }
}
