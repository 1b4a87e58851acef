import type { Plan, Step } from './plan';

/** Seconds to delete what a deployment made beside the live release. */
const DELETE_SECONDS = 0.5;

/** Seconds that the way back will take, hosts side by side, by what the steps took on their way forward; `took`: of one that was attempted, else null. */
export function wayBackSeconds(plan: Plan, hosts: readonly string[], took: (step: Step, host: string) => number | null): number {
  const sums = hosts.map((host) => plan.steps.reduce((sum, step) => sum + ofStep(step, took(step, host)), 0));
  return Math.ceil(Math.max(0, ...sums));
}

/** What is made beside the live release is only deleted again; everything else takes about as long back as forward. */
function ofStep(step: Step, forward: number | null): number {
  if (forward === null || !Object.values(step.tasks).some((task) => task.undo)) return 0;
  return step.phase === 'prepare' ? Math.min(forward, DELETE_SECONDS) : forward;
}
