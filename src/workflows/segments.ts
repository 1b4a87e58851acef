import type { Plan, Step } from '../plan/plan';

/** The name that stands for the worker among a plan's hosts: steps seen from outside. */
export const WORKER = 'worker';

/** A stretch of the plan without a barrier inside: the steps of one phase on hosts, or one step on the worker. */
export interface Segment {
  readonly steps: readonly Step[];
  /** Each goes through the steps at its own pace. */
  readonly hosts: readonly string[];
}

/** The plan as stretches between barriers, in order. */
export function segments(plan: Plan): Segment[] {
  const found: { steps: Step[]; hosts: readonly string[] }[] = [];
  for (const step of plan.steps) {
    const onWorker = step.tasks[WORKER] !== undefined;
    const last = found.at(-1);
    if (last && !onWorker && last.hosts !== ON_WORKER && last.steps[0]?.phase === step.phase) last.steps.push(step);
    else found.push({ steps: [step], hosts: onWorker ? ON_WORKER : plan.hosts });
  }
  return found;
}

const ON_WORKER: readonly string[] = [WORKER];
