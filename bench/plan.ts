import type { Settings } from '../src/config/schema';
import { seconds } from '../src/config/units';
import { sh } from '../src/commands/remote-command';
import { stateRoot } from '../src/facts/ask';
import { planHash } from '../src/plan/hash';
import { PHASES, PLAN_FORMAT, type Plan } from '../src/plan/plan';
import { steps, type Line } from '../src/plan/step';
import { STEPS } from './way';

/** A plan of trivial steps, two a phase, each with an undo as real ones have. Everything around the commands is as in any deployment. */
export function trivialPlan(settings: Settings, deployment: string, host: string): Plan {
  const lines = Array.from({ length: STEPS }, (_, n): Line<null> => ({
    title: `step ${n + 1}`, activity: 'doNothing', phase: PHASES[Math.floor((n * PHASES.length) / STEPS)] ?? 'settle', limit: 60,
    run: () => sh(['true']), undo: () => sh(['true']),
  }));
  const { deadline, undo_budget: undoBudget, heartbeat } = settings.timeouts;
  const plan: Omit<Plan, 'hash'> = {
    format: PLAN_FORMAT, app: settings.app, environment: settings.environment, deployment, strategy: settings.strategy,
    release: { tag: 'v1.0.0', commit: '0'.repeat(40) }, previous: null, root: stateRoot(settings), hosts: [host], steps: steps({ [host]: null }, lines),
    limits: { deadline: seconds(deadline), undoBudget: seconds(undoBudget), heartbeat: seconds(heartbeat) },
  };
  return { ...plan, hash: planHash(plan) };
}
