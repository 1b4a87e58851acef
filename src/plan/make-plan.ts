import type { Settings } from '../config/schema';
import { seconds } from '../config/units';
import { stateRoot } from '../facts/ask';
import type { Facts, HostFacts } from '../facts/facts';
import { planHash } from './hash';
import { hostPlan, type Aim } from './host-plan';
import { PLAN_FORMAT, type Observed, type Plan } from './plan';
import { liveRelease, outsideProbes } from './probes';
import { steps } from './step';
import { systemdPlan } from './systemd';

/** Where users reach the site, as the worker connects: its own address book, not the client's. */
export interface Outside {
  readonly connect?: string;
  /** PEM text. */
  readonly ca?: string;
}

/** Facts and configuration to a plan. Pure: the same input gives the same plan, letter for letter. */
export function makePlan(s: Settings, aim: Aim, facts: Facts, outside: Outside): Plan {
  const first = Object.values(facts)[0];
  if (!first) throw new RangeError('a plan needs at least one host');
  const hosts = Object.fromEntries(Object.entries(facts).map(([name, f]) => [name, hostPlan(s, aim, f)]));
  const made = steps(hosts, systemdPlan(s, aim, outsideProbes(s, { ...aim, release: '', folder: '', runner: null, compose: null, outside }, first)));
  const plan: Omit<Plan, 'hash'> = {
    format: PLAN_FORMAT, app: s.app, environment: s.environment, deployment: aim.deployment, strategy: s.strategy,
    release: { tag: aim.tag, commit: aim.commit },
    previous: { tag: liveRelease(s, first), deployment: first.revision?.deployment ?? null, path: hosts[Object.keys(facts)[0] ?? '']?.previous ?? s.paths.app },
    root: stateRoot(s), hosts: Object.keys(facts), steps: made,
    observed: Object.fromEntries(Object.entries(facts).map(([name, f]) => [name, observed(f)])),
    limits: { deadline: seconds(s.timeouts.deadline), undoBudget: seconds(s.timeouts.undo_budget), heartbeat: seconds(s.timeouts.heartbeat) },
  };
  return { ...plan, hash: planHash(plan) };
}

/** The system's state as the runbook wants it written down before anything changes. */
function observed(f: HostFacts): Observed {
  const { versions, app, revision, disk, memoryAvailable, load, nginx } = f;
  return {
    versions, app, revision, disk, memoryAvailable, load,
    units: f.units.map(({ name, state, enabled, sha256, dropIns }) => ({ name, state, enabled, sha256, dropIns })),
    site: { enabled: nginx.enabled.target, vhostSha256: nginx.vhostSha256, others: nginx.others.map((other) => other.path) },
    certificates: f.certificates.map(({ path, days }) => ({ path, days })),
  };
}
