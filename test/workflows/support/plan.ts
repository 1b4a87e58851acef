import type { Difference } from '../../../src/plan/drift';
import { PLAN_FORMAT, type OutsideProbe, type Phase, type Plan, type Step, type Task } from '../../../src/plan/plan';

export const HOSTS = ['web-1', 'web-2'] as const;

type Kind = 'change' | 'check';
type Extra = Partial<Pick<Step, 'onTurnBack' | 'outside' | 'schema' | 'letsTrafficIn' | 'classifies' | 'limit'>>;

const command = (text: string) => ({ script: `${text}\n` });
const both: Task = { run: command('run'), undo: command('undo') };
const on = (task: Task, hosts: readonly string[] = HOSTS): Record<string, Task> => Object.fromEntries(hosts.map((host) => [host, task]));

function step(id: string, phase: Phase, kind: Kind, tasks: Record<string, Task>, extra: Extra = {}): Step {
  return { id, title: id.slice(3).replaceAll('-', ' '), activity: id.slice(3).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), phase, kind, tasks, onTurnBack: 'finish', limit: 30, ...extra };
}

const probe = (tag: string): OutsideProbe[] => [{ name: 'page', url: 'https://shop.test/', status: 200, json: { release: tag } }];

/** Twelve steps as the systemd strategy would lay them out: every kind of check, a step seen from outside, one with nothing to undo. */
export const STEPS: readonly Step[] = [
  step('01-site-answers', 'prepare', 'check', { worker: {} }, { outside: { run: probe('v1'), undo: probe('v1'), seconds: 5 } }),
  step('02-build-release', 'prepare', 'change', on(both), { onTurnBack: 'stop' }),
  step('03-back-up-database', 'backup', 'change', on({ run: command('run') }, ['web-1'])),
  step('04-serve-maintenance-page', 'close', 'change', on(both)),
  step('05-old-release-answers', 'close', 'check', on({ undo: command('undo') })),
  step('06-stop-the-app', 'stop', 'change', on(both)),
  step('07-migrate', 'migrate', 'change', on(both, ['web-1']), { schema: 'additive' }),
  step('08-switch-release', 'switch', 'change', on(both)),
  step('09-start-the-app', 'start', 'change', on(both)),
  step('10-new-release-answers', 'check', 'check', on({ run: command('run') })),
  step('11-open-the-site', 'open', 'change', on(both), { letsTrafficIn: true }),
  step('12-site-is-new', 'open', 'check', { worker: {} }, { outside: { run: probe('v2'), seconds: 5 } }),
];

export interface PlanOptions {
  readonly steps?: readonly Step[];
  readonly schema?: Step['schema'];
  /** What differs on the hosts from what was left there. */
  readonly drift?: readonly Difference[];
  readonly limits?: Partial<Plan['limits']>;
}

/** The plan of one deployment of the twelve steps. */
export function examplePlan(app: string, deployment: string, { steps = STEPS, schema, limits = {} }: PlanOptions = {}): Plan {
  return {
    format: PLAN_FORMAT, app, environment: 'production', deployment, strategy: 'systemd', release: { tag: 'v2', commit: 'c'.repeat(40) },
    previous: { tag: 'v1', deployment: null, path: '/opt/shop' }, root: `/var/lib/sternway/${app}`, hosts: HOSTS, hash: 'f'.repeat(64),
    steps: schema ? steps.map((each) => (each.schema ? { ...each, schema } : each)) : steps,
    limits: { deadline: 600, undoBudget: 30, heartbeat: 5, ...limits },
  };
}
