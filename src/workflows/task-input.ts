import type { Asked, TaskInput, Tokens } from '../activities/contract';
import type { Plan, Step } from '../plan/plan';

/** All that the activity of one task needs. `again`: an undo that a person asked to try again. */
export function taskInput(plan: Plan, tokens: Tokens, asked: Asked, step: Step, host: string, direction: 'forward' | 'undo', again = false): TaskInput {
  // Steps on the worker change no host; any token names the run.
  const token = tokens[step.job?.kind === 'offsite' ? step.job.host : host] ?? Object.values(tokens)[0];
  if (!token) throw new Error('unreachable: a plan has hosts, and all are claimed');
  const way = direction === 'forward' ? 'run' : 'undo';
  const command = step.tasks[host]?.[way];
  const probes = step.outside?.[way];
  return {
    app: plan.app, environment: plan.environment, root: plan.root, deployment: plan.deployment, token, host,
    step: { id: step.id, title: step.title, phase: step.phase, kind: step.kind }, direction, mode: step.onTurnBack, limit: step.limit, by: asked.by,
    ...(command ? { command } : {}), ...(step.outside && probes ? { outside: { probes, seconds: step.outside.seconds } } : {}), ...(step.job ? { job: step.job } : {}), ...(again ? { again } : {}),
  };
}
