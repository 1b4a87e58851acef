import { readFileSync } from 'node:fs';
import { checkSettings } from '../config/parse';
import type { Inventory, Settings } from '../config/schema';
import { factsRequest, stateRoot } from '../facts/ask';
import type { Facts, HostFacts } from '../facts/facts';
import { renderBreakGlass } from '../hosts/break-glass';
import type { Host } from '../hosts/host';
import { quote } from '../commands/remote-command';
import { resolveSecret } from '../config/secrets';
import { seconds } from '../config/units';
import { baselineDocuments, sentryDocuments } from '../plan/baseline';
import { databaseIn } from '../plan/context';
import { reading } from '../plan/lines';
import { UserError } from '../config/user-error';
import { makePlan } from '../plan/make-plan';
import { preflight } from '../plan/preflight';
import { PLAN_FORMAT, type Plan, type Step } from '../plan/plan';
import { beating } from './beating';
import type { CoreActivities, Head, Operation, PrepareInput } from './contract';
import type { Deps } from './deps';
import { refused } from './failures';
import { bucketOf } from './jobs';
import { Bucket } from './offsite';
import { firstFailure, takeReadings } from './outside';

/** Seconds to delete what a deployment made beside the live release. */
const DELETE_SECONDS = 0.5;
/** Seconds for the site to answer once as it does on the host itself. */
const BASELINE_SECONDS = 5;

/** From hosts and settings to a plan, and back from what the hosts keep to a plan that can be undone. */
export function planningActivities(deps: Deps): Pick<CoreActivities, 'preparePlan' | 'storePlan' | 'readHead'> {
  async function preparePlan(input: PrepareInput): Promise<Plan> {
    return await beating(() => plan(deps, input));
  }

  async function storePlan({ plan, tokens }: { plan: Plan; tokens: Parameters<CoreActivities['storePlan']>[0]['tokens'] }): Promise<void> {
    const { settings, inventory } = deps.environment(plan.app, plan.environment);
    await beating(async () => {
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
    return await beating(() => head(operation, root, hosts));
  }

  return { preparePlan, storePlan, readHead };
}

/**
 * Reads every host, judges, plans. Also what `sternway plan` does, without a workflow. `untagged`: the commit of a release whose tag
 * is still to be made; where a host sees no tag, it counts as made. @throws Refused
 */
export async function plan(deps: Deps, { operation, release, settings: sent }: PrepareInput, untagged?: string): Promise<Plan> {
  const { settings: own, inventory } = deps.environment(operation.app, operation.environment);
  const settings = sent === undefined ? own : accept(sent, own);
  const found = await readFacts(deps, settings, inventory, release);
  const facts = untagged === undefined ? found : asTagged(found, untagged);
  const problems = [...preflight(settings, release, facts), ...(await services(deps, settings, own, inventory, facts))];
  if (problems.length > 0) throw refused(problems);
  const first = Object.values(facts)[0];
  const anyHost = deps.host(inventory, settings, Object.keys(inventory.hosts)[0] ?? '');
  const aim = { deployment: operation.deployment, tag: release, commit: first?.release.commit ?? '', helper: anyHost.helperHome };
  const made = makePlan(settings, aim, facts, {
    ...(inventory.connect ? { connect: inventory.connect } : {}),
    ...(inventory.ca ? { ca: readFileSync(inventory.ca, 'utf8') } : {}),
  });
  await insistOnBaseline(made);
  const baseline = await errorsBefore(made, settings, inventory);
  return baseline.length > 0 ? { ...made, baseline } : made;
}

/** What the plan leans on beside the hosts themselves: a database that answers and could be restored, a bucket that takes copies. */
async function services(deps: Deps, settings: Settings, own: Settings, inventory: Inventory, facts: Facts): Promise<string[]> {
  const database = databaseIn(settings);
  const name = Object.keys(inventory.hosts)[0] ?? '';
  const host = deps.host(inventory, settings, name);
  const problems: string[] = [];
  for (const command of database ? [database.ping(), database.restorable()] : []) {
    const answer = await host.read(command.script, seconds(settings.timeouts.fact));
    if (answer.code === 0) continue;
    problems.push(`${name}: the database: ${answer.stderr.trim().split('\n').at(-1) || 'no answer in time'}`);
    break;
  }
  const before = await Promise.all(Object.entries(facts).map(([on, f]) => leantOn(deps, settings, inventory, on, f)));
  problems.push(...before.flat());
  if (settings.offsite) {
    // Its keys are the worker's: so is the word on where they are sent.
    if (!own.offsite || own.offsite.endpoint !== settings.offsite.endpoint || own.offsite.bucket !== settings.offsite.bucket) return [...problems, "offsite differs from the worker's own sternway.yml; bring the two to the same state"];
    try {
      const bucket = new Bucket(bucketOf(own.offsite), (secret) => resolveSecret(inventory, secret));
      await bucket.canWrite().finally(() => bucket.close());
    } catch (error) {
      problems.push(`the copy of backups: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return problems;
}

/** What of the things that the live release leans on does not hold on one host, one reading after the other. */
async function leantOn(deps: Deps, settings: Settings, inventory: Inventory, name: string, facts: HostFacts): Promise<string[]> {
  const host = deps.host(inventory, settings, name);
  const problems: string[] = [];
  for (const document of baselineDocuments(settings, facts, `${stateRoot(settings)}/baseline`)) {
    const command = reading(host.helperHome, [document]);
    const answer = await host.read(command.script, seconds(settings.timeouts.check), Object.fromEntries((command.secrets ?? []).map((secret) => [secret, resolveSecret(inventory, secret)])));
    if (answer.code !== 0) problems.push(`${name}: already before the deployment ${answer.stderr.trim().split('\n').at(-1) || `${document.name} gives no answer in time`}`);
  }
  return problems;
}

/** What Sentry counts of the live release now: written down, never a reason to refuse. */
async function errorsBefore(made: Plan, settings: Settings, inventory: Inventory): Promise<NonNullable<Plan['baseline']>> {
  const documents = sentryDocuments(settings, made.previous?.tag ?? null);
  const readings = await takeReadings(documents, { secret: (name) => resolveSecret(inventory, name) });
  return readings.map(({ name, verdict, value, why }) => ({ name: name ?? 'sentry', verdict, value: value ?? null, why }));
}

/** What the way back will be measured by must hold now, seen as users see it: else a rollback could never be told from an outage. */
async function insistOnBaseline(plan: Plan): Promise<void> {
  const probes = plan.steps.flatMap((step) => step.outside?.undo ?? []);
  const why = await firstFailure(probes, BASELINE_SECONDS);
  if (why) throw refused([`the site is not reached from here as users reach it: ${why}; correct url, connect or ca, or mend the site first`]);
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

async function readFacts(deps: Deps, settings: Settings, inventory: Inventory, tag: string): Promise<Facts> {
  const request = JSON.stringify(factsRequest(settings, tag));
  const limit = Math.max(30, 3 * seconds(settings.timeouts.fact));
  const read = Object.keys(inventory.hosts).map(async (name): Promise<[string, HostFacts]> => {
    const host = deps.host(inventory, settings, name);
    const answer = await host.read(`exec python3 -I ${quote(host.helperHome)} facts ${quote(request)}`, limit);
    if (answer.code !== 0) throw refused([`${name}: its facts could not be read: ${answer.stderr.trim().split('\n').at(-1) || 'no answer in time'}`]);
    return [name, JSON.parse(answer.stdout) as HostFacts];
  });
  return Object.fromEntries(await Promise.all(read));
}

/** The facts once the tag names this commit. A host that sees the tag already, or cannot read the repository, keeps its word. */
function asTagged(facts: Facts, commit: string): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, f]) => [name, f.release.commit || f.release.problem ? f : { ...f, release: { commit, problem: null } }]));
}

/** The deployment to undo, as the hosts' own records tell it. */
async function head(operation: Operation, root: string, hosts: readonly Host[]): Promise<Head> {
  const looks = await Promise.all(hosts.map((host) => host.look(root)));
  // A claim that is still open belongs to a run that never came to its end: that one is undone first.
  const heads = looks.map((look) => (look.claim?.open ? look.claim.deployment : look.head?.deployment));
  const deployment = heads.find((name) => name !== undefined);
  if (!deployment) throw refused([`there is nothing to roll back: no deployment of ours is live on ${hosts.map((host) => host.name).join(', ')}`]);
  if (new Set(heads.filter((name) => name !== undefined)).size > 1) throw refused([`the hosts disagree on what is live: ${hosts.map((host, n) => `${host.name} ${heads[n] ?? 'nothing'}`).join(', ')}`]);
  if (operation.deployment && operation.deployment !== deployment) throw refused([`${operation.deployment} is not what is live: that is ${deployment}; only the head can be rolled back`]);
  const from = hosts[heads.findIndex((name) => name !== undefined)];
  const plan = JSON.parse((await from?.fetch(root, deployment, 'plan.json')) ?? 'null') as Plan | null;
  if (!plan) throw refused([`the plan of ${deployment} is not on ${hosts.map((host) => host.name).join(', ')} any more; bring the hosts back by hand`]);
  if (plan.format !== PLAN_FORMAT) throw refused([`the plan of ${deployment} has the format ${String(plan.format)}, which this version does not know; use the version that deployed it`]);
  const states = await Promise.all(hosts.map((host) => host.states(root, deployment)));
  const attempted = hosts.flatMap((host, n) => Object.entries(states[n] ?? {}).flatMap(([step, { state }]) => (['never', 'undone', 'absent'].includes(state) ? [] : [`${step}@${host.name}`])));
  const opening = plan.steps.find((step) => step.letsTrafficIn)?.id ?? '';
  const opened = states.flatMap((state) => state[opening]?.at ?? []).sort()[0] ?? null;
  const classifier = plan.steps.find((step) => step.classifies)?.id ?? '';
  const schema = states.map((state) => schemaIn(state[classifier]?.tail ?? '')).find((kind) => kind !== undefined) ?? null;
  const took = hosts.map((_, n) => plan.steps.reduce((sum, step) => sum + wayBackSeconds(step, states[n]?.[step.id]?.seconds), 0));
  return { plan, attempted, openedAt: opened, schema, estimate: Math.ceil(Math.max(...took)) };
}

/** What is made beside the live release is only deleted again; everything else takes about as long back as forward, hosts side by side. */
function wayBackSeconds(step: Step, forward: number | null | undefined): number {
  if (forward === null || forward === undefined || !Object.values(step.tasks).some((task) => task.undo)) return 0;
  return step.phase === 'prepare' ? Math.min(forward, DELETE_SECONDS) : forward;
}

/** `additive` out of `…\nschema: additive\n`. */
export function schemaIn(tail: string): 'none' | 'additive' | 'reversible' | 'irreversible' | undefined {
  return /^schema: (none|additive|reversible|irreversible)$/m.exec(tail)?.[1] as ReturnType<typeof schemaIn>;
}
