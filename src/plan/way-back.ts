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

/** `undo`: it can be taken back; `check`: it only reads, forward, `back` or on both ways; empty: there is nothing to take back. */
export function wayBack({ kind, tasks, outside, job }: Step): string {
  const forward = Object.values(tasks).some(({ run }) => run) || outside?.run || job;
  const back = Object.values(tasks).some(({ undo }) => undo) || outside?.undo;
  if (kind === 'change') return back ? 'undo' : '';
  return forward && back ? 'check, both' : forward ? 'check' : 'check, back';
}

/** A step as approvers see it: `switch: switch to the release (undo)`. */
export function stepInWords(step: Step): string {
  const back = wayBack(step);
  return `${step.phase}: ${step.title}${back === '' ? '' : ` (${back})`}`;
}
