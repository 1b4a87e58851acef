import type { Settings } from '../config/schema';
import { seconds } from '../config/units';
import { stateRoot } from '../facts/ask';
import type { Facts, HostFacts, Standing } from '../facts/facts';
import type { Difference } from './drift';
import { planHash } from './hash';
import { hostPlan, type Aim } from './host-plan';
import { composePlan } from './compose';
import { databaseIn, filesIn, timesOf, type Context } from './context';
import { PLAN_FORMAT, type Observed, type Outside, type Plan } from './plan';

export type { Outside } from './plan';
import { probeDocuments } from './probes/documents';
import { liveRelease, outsideProbes } from './probes/outside';
import { composeWay, servingRunner } from './runtime';
import { steps } from './step';
import { systemdPlan } from './systemd';

/** Facts and configuration to a plan. Pure: the same input gives the same plan, letter for letter. `adopted`: drift that it takes as it is. */
export function makePlan(s: Settings, aim: Aim, facts: Facts, outside: Outside, adopted: readonly Difference[] = []): Plan {
  const first = Object.values(facts)[0];
  if (!first) throw new RangeError('a plan needs at least one host');
  const hosts = Object.fromEntries(Object.entries(facts).map(([name, f], n) => [name, hostPlan(s, aim, f, n === 0)]));
  const context = contextOf(s, aim, first, outside);
  const before = Object.fromEntries(Object.entries(facts).flatMap(([name, { left, standing }]): [string, Standing][] => (left ? [[name, standing]] : [])));
  const made = steps(hosts, s.strategy === 'compose' ? composePlan(context) : systemdPlan(context));
  const plan: Omit<Plan, 'hash'> = {
    format: PLAN_FORMAT, app: s.app, environment: s.environment, deployment: aim.deployment, strategy: s.strategy,
    release: { tag: aim.tag, commit: aim.commit },
    previous: { tag: liveRelease(s, first), deployment: first.revision?.deployment ?? null, path: hosts[Object.keys(facts)[0] ?? '']?.previous ?? s.paths.app },
    root: stateRoot(s), hosts: Object.keys(facts), steps: made,
    observed: Object.fromEntries(Object.entries(facts).map(([name, f]) => [name, observed(f)])),
    ...(Object.keys(before).length > 0 ? { before } : {}), ...(adopted.length > 0 ? { adopted } : {}),
    limits: { deadline: seconds(s.timeouts.deadline), undoBudget: seconds(s.timeouts.undo_budget), heartbeat: seconds(s.timeouts.heartbeat), remind: seconds(s.timeouts.remind) },
  };
  return { ...plan, hash: planHash(plan) };
}

function contextOf(s: Settings, aim: Aim, first: HostFacts, site: Outside): Context {
  const time = timesOf(s);
  const database = databaseIn(s);
  return {
    s, aim, site, time, database, state: stateRoot(s), checkTime: time.check + time.stable + time.switch, files: filesIn(database),
    outside: outsideProbes(s, { ...aim, release: '', folder: '', runner: null, compose: null, outside: site }, first),
    documents: (h) => probeDocuments(s, { ...aim, release: h.release, folder: h.folder, runner: servingRunner(s, h.release), compose: composeWay(s, h.release), outside: site }),
  };
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
