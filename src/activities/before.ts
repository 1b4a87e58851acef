// What the worker looks at before a plan counts: the hosts, and what the release leans on beside them.
import { quote } from '../commands/remote-command';
import type { Inventory, Settings } from '../config/schema';
import { resolveSecret } from '../config/secrets';
import { seconds } from '../config/units';
import { factsRequest, stateRoot } from '../facts/ask';
import type { Facts, HostFacts } from '../facts/facts';
import { baselineDocuments, sentryDocuments } from '../plan/baseline';
import { databaseIn } from '../plan/context';
import { reading } from '../plan/lines/readings';
import type { Plan } from '../plan/plan';
import type { Deps } from './deps';
import { refused } from './failures';
import { bucketOf } from './jobs';
import { Bucket } from './offsite';
import { firstFailure, takeReadings } from './outside';

/** Seconds for the site to answer once as it does on the host itself. */
const BASELINE_SECONDS = 5;

/** By host. @throws Refused when a host cannot tell them */
export async function readFacts(deps: Deps, settings: Settings, inventory: Inventory, tag: string): Promise<Facts> {
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

/** What the plan leans on beside the hosts themselves: a database that answers and could be restored, a bucket that takes copies. */
export async function services(deps: Deps, settings: Settings, own: Settings, inventory: Inventory, facts: Facts): Promise<string[]> {
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
export async function errorsBefore(made: Plan, settings: Settings, inventory: Inventory): Promise<NonNullable<Plan['baseline']>> {
  const documents = sentryDocuments(settings, made.previous?.tag ?? null);
  const readings = await takeReadings(documents, { secret: (name) => resolveSecret(inventory, name) });
  return readings.map(({ name, verdict, value, why }) => ({ name: name ?? 'sentry', verdict, value: value ?? null, why }));
}

/** What the way back will be measured by must hold now, seen as users see it: else a rollback could never be told from an outage. */
export async function insistOnBaseline(plan: Plan): Promise<void> {
  const probes = plan.steps.flatMap((step) => step.outside?.undo ?? []);
  const why = await firstFailure(probes, BASELINE_SECONDS);
  if (why) throw refused([`the site is not reached from here as users reach it: ${why}; correct url, connect or ca, or mend the site first`]);
}
