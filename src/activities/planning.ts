import { readFileSync } from 'node:fs';
import { checkSettings } from '../config/parse';
import type { Settings } from '../config/schema';
import { stateRoot } from '../facts/ask';
import type { Facts } from '../facts/facts';
import { renderBreakGlass } from '../hosts/break-glass';
import { UserError } from '../config/user-error';
import { drift, held } from '../plan/drift';
import { makePlan } from '../plan/make-plan';
import { preflight } from '../plan/preflight';
import { notes } from '../plan/preflight-running';
import type { Plan } from '../plan/plan';
import { stepInWords } from '../plan/way-back';
import { beating } from './beating';
import { errorsBefore, insistOnBaseline, readFacts, services } from './before';
import type { CoreActivities, Head, Operation, PlanSeen, PrepareInput } from './contract';
import type { Deps } from './deps';
import { provenByDrills } from './drills';
import { refused } from './failures';
import { readHeadOf } from './head';

/** From hosts and settings to a plan, and back from what the hosts keep to a plan that can be undone. */
export function planningActivities(deps: Deps): Pick<CoreActivities, 'preparePlan' | 'seePlan' | 'storePlan' | 'readHead'> {
  async function preparePlan(input: PrepareInput): Promise<Plan> {
    return await beating('preparePlan', () => plan(deps, input));
  }

  async function seePlan(input: PrepareInput): Promise<PlanSeen> {
    const { hash, release, previous, hosts, steps, notes = [] } = await beating('seePlan', () => plan(deps, input));
    return { hash, commit: release.commit, previous: previous?.tag ?? null, hosts, closes: steps.some(({ phase }) => phase === 'close'), steps: steps.map(stepInWords), notes };
  }

  async function storePlan({ plan, tokens }: { plan: Plan; tokens: Parameters<CoreActivities['storePlan']>[0]['tokens'] }): Promise<void> {
    const { settings, inventory } = deps.environment(plan.app, plan.environment);
    await beating('storePlan', async () => {
      await Promise.all(
        plan.hosts.map(async (name) => {
          const host = deps.host(inventory, settings, name);
          const token = tokens[name];
          if (!token) throw refused([`${name} was not claimed`]);
          await host.store(plan.root, token, plan.deployment, {
            'plan.json': { content: JSON.stringify(plan) },
            'break-glass.sh': { content: renderBreakGlass(plan, name, host.helperHome), mode: 0o700 },
          });
        }),
      );
    });
  }

  async function readHead(operation: Operation): Promise<Head> {
    const { settings, inventory } = deps.environment(operation.app, operation.environment);
    const root = stateRoot(settings);
    const hosts = Object.keys(inventory.hosts).map((name) => deps.host(inventory, settings, name));
    return await beating('readHead', () => readHeadOf(operation, root, hosts));
  }

  return { preparePlan, seePlan, storePlan, readHead };
}

/**
 * Reads every host, judges, plans. Also what `sternway plan` does, without a workflow. `untagged`: the commit of a release whose tag
 * is still to be made; where a host sees no tag, it counts as made. `lenient`: what the Temporal server would have to say may stay unknown.
 * @throws Refused
 */
export async function plan(deps: Deps, { operation, release, settings: sent, adopt = false }: PrepareInput, untagged?: string, lenient = false): Promise<Plan> {
  const { settings: own, inventory } = deps.environment(operation.app, operation.environment);
  const settings = sent === undefined ? own : accept(sent, own);
  const found = await readFacts(deps, settings, inventory, release);
  const facts = untagged === undefined ? found : asTagged(found, untagged);
  const differences = drift(settings, facts, operation.holder);
  const drills = await provenByDrills(deps, own, lenient);
  const problems = [...preflight(settings, release, facts), ...drills.problems, ...(adopt ? [] : differences.map(({ sentence }) => sentence)), ...(await services(deps, settings, own, inventory, facts))];
  if (problems.length > 0) throw refused(problems);
  const first = Object.values(facts)[0];
  const anyHost = deps.host(inventory, settings, Object.keys(inventory.hosts)[0] ?? '');
  const aim = { deployment: operation.deployment, tag: release, commit: first?.release.commit ?? '', helper: anyHost.helperHome };
  const made = makePlan(settings, aim, facts, {
    ...(inventory.connect ? { connect: inventory.connect } : {}),
    ...(inventory.ca ? { ca: readFileSync(inventory.ca, 'utf8') } : {}),
  }, differences);
  await insistOnBaseline(made);
  const baseline = await errorsBefore(made, settings, inventory);
  const told = [...held(facts, operation.holder), ...notes(settings, facts), ...drills.notes];
  return { ...made, ...(baseline.length > 0 ? { baseline } : {}), ...(told.length > 0 ? { notes: told } : {}) };
}

/** Settings that a client sent, checked again here: whoever may start a workflow chooses neither hosts nor another app. */
function accept(sent: unknown, own: Settings): Settings {
  let settings: Settings;
  try {
    settings = checkSettings(sent);
  } catch (error) {
    throw error instanceof UserError ? refused([error.message]) : error;
  }
  if (settings.app !== own.app || settings.environment !== own.environment) throw refused([`the settings are for ${settings.app}/${settings.environment}, not for ${own.app}/${own.environment}`]);
  return settings;
}

/** The facts once the tag names this commit. A host that sees the tag already, or cannot read the repository, keeps its word. */
function asTagged(facts: Facts, commit: string): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, f]) => [name, f.release.commit || f.release.problem ? f : { ...f, release: { commit, problem: null } }]));
}

