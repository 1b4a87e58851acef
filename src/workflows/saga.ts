import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import type { Asked, Blocked, TaskInput, Tokens } from '../activities/contract';
import { taskKey, type Phase, type Plan, type Step } from '../plan/plan';
import { lasting, runTask } from './activities';
import type { Control } from './control';
import { rootSentence } from './sentences';

/** Seconds that attempts beside the program's own time may take before a step counts as failed. */
const REACH = 600;

/** What the way back left behind. */
export interface Back {
  skipped: string[];
  schemaAhead: string[];
}

/**
 * Executes a plan and takes it back. Phases are barriers over all hosts, and so is a step on the worker; between barriers each host goes at its own pace.
 * The way back is computed from the plan and from what was attempted, never from closures.
 */
export class Saga {
  phase: Phase = 'prepare';
  direction: 'forward' | 'back' = 'forward';
  step: string | null = null;
  opened = false;

  constructor(
    private readonly plan: Plan,
    private readonly tokens: Tokens,
    private readonly asked: Asked,
    private readonly control: Control,
    private readonly attempted: Set<string> = new Set(),
    private openedAt: string | null = null,
  ) {
    this.opened = openedAt !== null;
  }

  /** Every step in order. Returns early when told to turn back; a failing step says so through the control. */
  async forward(scope: CancellationScope): Promise<void> {
    const running = scope
      .run(async () => {
        for (const segment of segments(this.plan)) {
          if (this.control.turnBack) return;
          await Promise.all(segment.hosts.map((host) => this.#chain(segment.steps, host)));
        }
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    await Promise.race([running, condition(() => this.control.turnBack !== undefined)]);
  }

  /** Undoes what was attempted, newest first, shielded from cancellation. Always ends with every task undone, skipped or resolved. */
  async back(): Promise<Back> {
    this.direction = 'back';
    const left: Back = { skipped: [], schemaAhead: [] };
    await CancellationScope.nonCancellable(async () => {
      for (const segment of segments(this.plan).reverse()) {
        await Promise.all(segment.hosts.map((host) => this.#chainBack(segment.steps, host, left)));
      }
    });
    return left;
  }

  async #chain(steps: readonly Step[], host: string): Promise<void> {
    for (const step of steps) {
      if (this.control.turnBack) return;
      const task = step.tasks[host];
      if (!task?.run && !step.outside?.run) continue;
      this.attempted.add(taskKey(step, host));
      if (step.letsTrafficIn) this.opened = true;
      [this.phase, this.step] = [step.phase, step.title];
      const input = this.#input(step, host, 'forward');
      try {
        const result = await runTask(step.activity, input, { budget: step.limit + REACH, heartbeat: this.plan.limits.heartbeat, summary: `${step.title} · ${host}` });
        if (step.letsTrafficIn) this.openedAt ??= result.at;
      } catch (error) {
        if (isCancellation(error)) throw error;
        this.control.turn('failure', `${step.title}: ${rootSentence(error)}`);
        return;
      }
    }
  }

  async #chainBack(steps: readonly Step[], host: string, left: Back): Promise<void> {
    for (const step of [...steps].reverse()) {
      const task = step.tasks[host];
      if (step.kind === 'check') {
        if ((task?.undo || step.outside?.undo) && this.#attemptedAfter(step, host)) await this.#insist(step, host, left);
      } else if (this.attempted.has(taskKey(step, host))) {
        if (step.schema === 'additive' && this.opened) left.schemaAhead.push(`${step.title}@${host}`);
        else if (step.schema && this.opened) await this.#hold(step, host, left);
        else await this.#insist(step, host, left);
      }
    }
  }

  /** Runs an undo (or a check of the way back) until it holds, or a person says otherwise. */
  async #insist(step: Step, host: string, left: Back): Promise<void> {
    for (let again = false; ; again = true) {
      [this.phase, this.step] = [step.phase, `undo: ${step.title}`];
      try {
        const input = { ...this.#input(step, host, 'undo'), again };
        const budget = step.kind === 'check' ? step.limit + REACH : this.plan.limits.undoBudget;
        await runTask(`${step.activity}.undo`, input, { budget, heartbeat: this.plan.limits.heartbeat, summary: `undo: ${step.title} · ${host}` });
        return;
      } catch (error) {
        const answer = await this.#ask(step, host, `${step.title} could not be taken back: ${rootSentence(error)}`, false);
        if (answer === 'resolved') return;
        if (answer === 'skip') return void left.skipped.push(`${step.title}@${host}`);
      }
    }
  }

  /** A schema change that users have written under: taking it back loses rows, so a person decides first. */
  async #hold(step: Step, host: string, left: Back): Promise<void> {
    const loss = await lasting.describeLoss({ plan: this.plan, step: step.id, host, openedAt: this.openedAt });
    const answer = await this.#ask(step, host, `${step.title} is ${step.schema ?? ''} and users were let in since: ${loss}. retry takes it back and loses that, skip leaves the schema`, true);
    if (answer === 'retry') await this.#insist(step, host, left);
    if (answer === 'skip') left.skipped.push(`${step.title}@${host}`);
  }

  async #ask(step: Step, host: string, sentence: string, hold: boolean): Promise<'retry' | 'skip' | 'resolved'> {
    const blocked: Blocked = { task: taskKey(step, host), title: step.title, host, sentence, hold };
    const answered = this.control.answer(blocked);
    await lasting.askAPerson(blocked);
    return (await answered).answer;
  }

  #input(step: Step, host: string, direction: 'forward' | 'undo'): TaskInput {
    const token = this.tokens[host] ?? Object.values(this.tokens)[0];
    if (!token) throw new Error('a plan without hosts has nothing to run');
    const command = direction === 'forward' ? step.tasks[host]?.run : step.tasks[host]?.undo;
    const probes = direction === 'forward' ? step.outside?.run : step.outside?.undo;
    return {
      app: this.plan.app, environment: this.plan.environment, root: this.plan.root, deployment: this.plan.deployment, token, host,
      step: { id: step.id, title: step.title, phase: step.phase, kind: step.kind }, direction, mode: step.onTurnBack, limit: step.limit, by: this.asked.by,
      ...(command ? { command } : {}), ...(probes && step.outside ? { outside: { probes, seconds: step.outside.seconds } } : {}),
    };
  }

  #attemptedAfter(step: Step, host: string): boolean {
    const index = this.plan.steps.indexOf(step);
    return this.plan.steps.some((other, at) => at > index && other.kind === 'change' && (host === 'worker' ? this.#anyAttempt(other) : this.attempted.has(taskKey(other, host))));
  }

  #anyAttempt(step: Step): boolean {
    return Object.keys(step.tasks).some((host) => this.attempted.has(taskKey(step, host)));
  }
}

/** Stretches without a barrier inside: the steps of one phase that run on hosts, or one step that runs on the worker. */
function segments(plan: Plan): { steps: Step[]; hosts: string[] }[] {
  const found: { phase: Phase; steps: Step[]; hosts: string[] }[] = [];
  for (const step of plan.steps) {
    const onWorker = step.tasks['worker'] !== undefined;
    const last = found.at(-1);
    if (last && last.phase === step.phase && !onWorker && last.hosts[0] !== 'worker') last.steps.push(step);
    else found.push({ phase: step.phase, steps: [step], hosts: onWorker ? ['worker'] : [...plan.hosts] });
  }
  return found;
}

/** Turns back when `seconds` have passed. */
export async function deadline(seconds: number, control: Control): Promise<void> {
  await sleep(`${seconds}s`);
  control.turn('deadline', `the deadline of ${seconds} s has passed`);
}
