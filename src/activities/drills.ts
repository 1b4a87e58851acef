import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Settings } from '../config/schema';
import { UserError } from '../config/user-error';
import { seconds } from '../config/units';
import { drillsOf } from '../events/proofs';
import { rehearsable } from '../events/rehearsable';
import { Runs } from '../events/runs';
import { stateRoot } from '../facts/ask';
import { databaseIn, dumpFile } from '../plan/context';
import { liveRelease } from '../plan/probes/outside';
import { oneLine } from '../report/escape';
import { proven } from '../report/proven';
import { beating } from './beating';
import { readFacts } from './before';
import type { CoreActivities, Rehearsal } from './contract';
import type { Deps } from './deps';
import { refused } from './failures';
import { lastWords } from './last-words';

/** Beside the name of the database: not the place where a deployment rehearses its own restore. */
const BESIDE = '_sternway_drill';

/** What a drill reads, and the one thing that it does itself: everything else are deployments and rollbacks. */
export function drillActivities(deps: Deps): Pick<CoreActivities, 'planDrill' | 'readLive' | 'proveBackup'> {
  return {
    planDrill: (target) => beating('planDrill', () => planDrill(deps, target)),
    readLive: ({ app, environment, release }) => beating('readLive', async () => ({ release: await live(deps, app, environment, release) })),
    proveBackup: (input) => beating('proveBackup', () => proveBackup(deps, input, Context.current().cancellationSignal), () => undefined, true),
  };
}

async function planDrill(deps: Deps, target: { app: string; environment: string }): Promise<Rehearsal> {
  const name = `${target.app}/${target.environment}`;
  const { settings } = deps.environment(target.app, target.environment);
  const on = settings.drills?.environment;
  if (settings.drills === undefined || on === undefined || on === target.environment) throw refused([`the worker's own sternway.yml has no drills for ${name}; add the section drills, with another environment for them`]);
  const runs = new Runs(await deps.temporal());
  for (const environment of [target.environment, on]) {
    const newest = await runs.newest({ app: target.app, environment });
    if (newest?.status === 'running') throw busy(`${target.app}/${environment} is held by ${newest.deployment ?? newest.workflow}; hold the drill when that is over`);
  }
  const found = await rehearsable(runs, target);
  if ('why' in found) throw refused([found.why]);
  return { ...found, on, live: await live(deps, target.app, on, found.release), restore: settings.drills.restore && settings.database !== undefined };
}

/** What all hosts of an environment serve. */
async function live(deps: Deps, app: string, environment: string, tag: string): Promise<string | null> {
  const { settings, inventory } = deps.environment(app, environment);
  const found = new Set(Object.values(await readFacts(deps, settings, inventory, tag)).map((facts) => liveRelease(settings, facts)));
  const [only = null] = found;
  return found.size === 1 ? only : null;
}

/** On the host that made it, with the account that a restore would have. Nothing of it stays, whatever its end. */
async function proveBackup(deps: Deps, { app, environment, deployment }: { app: string; environment: string; deployment: string }, signal: AbortSignal): Promise<{ proven: boolean; sentence: string }> {
  const { settings, inventory } = deps.environment(app, environment);
  const database = databaseIn(settings);
  if (!database) return { proven: false, sentence: `${app}/${environment} has no database in sternway.yml` };
  const name = Object.keys(inventory.hosts)[0] ?? '';
  const limit = seconds(settings.timeouts.migrate);
  const file = dumpFile(`${stateRoot(settings)}/${deployment}`, database);
  const answer = await deps.host(inventory, settings, name).read(database.scratchRestore(file, BESIDE).script, limit, {}, signal);
  const words = oneLine(lastWords(answer.code === 0 ? answer.stdout : answer.stderr));
  if (answer.code === 0) return { proven: true, sentence: words };
  return { proven: false, sentence: `${name}: ${answer.code === null ? `it was not loaded within ${limit} s (timeouts.migrate)` : words || `exit code ${answer.code}`}` };
}

/**
 * What drills say of the way back: for the plan, and why a deployment is refused. `settings` must be those of the worker's own sternway.yml.
 * `lenient`: without a Temporal server it is said that it is not known. @throws UserError where it is not lenient
 */
export async function provenByDrills(deps: Deps, settings: Settings, lenient: boolean): Promise<{ notes: string[]; problems: string[] }> {
  const { app, environment, drills } = settings;
  if (drills === undefined || drills.environment === environment) return { notes: [], problems: [] };
  try {
    const client = await deps.temporal();
    const proofs = (await drillsOf(client, { app, environment })).flatMap(({ proof }) => proof ?? []);
    const possible = proofs.length > 0 || 'release' in (await rehearsable(new Runs(client), { app, environment }));
    const { said, refuses } = proven(drills, proofs, new Date(), possible);
    return { notes: [said], problems: refuses === null ? [] : [refuses] };
  } catch (error) {
    if (!lenient || !(error instanceof UserError)) throw error;
    return { notes: [`last proven rollback: not known here, for there is no Temporal server to ask${drills.refuse ? '; a deployment may be refused for it' : ''}`], problems: [] };
  }
}

function busy(sentence: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(oneLine(sentence), 'Busy');
}
