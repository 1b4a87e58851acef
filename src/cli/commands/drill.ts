import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { SCHEDULES } from '../../config/schema/drills';
import type { DrillSettings } from '../../config/schema';
import { UserError } from '../../config/user-error';
import type { Drill, Proof } from '../../client';
import { oneLine } from '../../report/escape';
import { proven } from '../../report/proven';
import { ago, minute, moment } from '../../report/time';
import { wrap } from '../../report/width';
import { installDrills, nextDrill, removeDrills } from '../../temporal/drill-schedule';
import { TASK_QUEUE } from '../../temporal/names';
import { withClient } from '../connect';
import { readContext, type Context } from '../context';
import { EXIT } from '../exit-codes';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { styleFor, type Style } from '../render/style';
import { isInteractive, stdout } from '../screen';
import { Stop } from '../stop';

type Options = EnvironmentOptions & ServerOptions;

export async function installDrill(options: Options): Promise<void> {
  const context = readContext(options);
  const { environment, schedule } = drillsOf(context);
  const { target, command } = context;
  const { what, next } = await withClient(options, async ({ client }) => ({
    what: await installDrills(client, target, SCHEDULES[schedule] ?? schedule, options.taskQueue ?? TASK_QUEUE),
    next: await nextDrill(client, target),
  }));
  if (options.json) return stdout.write(`${jsonLine({ v: 1, type: 'drill-schedule', ...target, what, next: next ?? null })}\n`);
  stdout.write(`the schedule was ${what}: drills of ${target.app}/${target.environment} on ${environment}, ${schedule}${next ? `, next ${minute(next)}` : ', but it is paused'}; ${command('drill', 'status')} shows them\n`);
}

export async function removeDrill(options: Options): Promise<void> {
  const { target } = readContext(options);
  const removed = await withClient(options, ({ client }) => removeDrills(client, target));
  if (options.json) return stdout.write(`${jsonLine({ v: 1, type: 'drill-schedule', ...target, what: removed ? 'removed' : 'none', next: null })}\n`);
  stdout.write(removed ? `no more drills of ${target.app}/${target.environment} begin by themselves\n` : `${target.app}/${target.environment} has no schedule of drills\n`);
}

export async function drillNow(options: Options & { follow: boolean }): Promise<void> {
  const context = readContext(options);
  const { environment } = drillsOf(context);
  const { target, command } = context;
  const proof = await withClient(options, async (sternway) => {
    const started = await sternway.startDrill(target);
    if (!options.follow) return undefined;
    if (!options.json) stdout.write(`a drill of ${target.app}/${target.environment} is held on ${environment}; it goes on without you, and ${command('drill', 'status')} shows it\n`);
    return await started.ended().catch(proofIn);
  });
  if (!proof) {
    stdout.write(options.json ? `${jsonLine({ v: 1, type: 'requested', ...target })}\n` : `the drill is under way; ${command('drill', 'status')}\n`);
    throw new Stop(EXIT.running);
  }
  if (options.json) stdout.write(`${jsonLine({ v: 1, type: 'drill', ...target, ...proof })}\n`);
  if (proof.outcome !== 'proven') throw new Stop(proof.outcome === 'failed' ? EXIT.failed : EXIT.refused, `${proof.outcome === 'failed' ? 'the drill failed' : 'no drill was held'}: ${oneLine(proof.sentence)}`);
  if (!options.json) stdout.write(`proven: ${oneLine(proof.sentence)}\n`);
}

export async function drillStatus(options: Options): Promise<void> {
  const context = readContext(options);
  const { target } = context;
  const settings = drillsOf(context);
  const [drills, next] = await withClient(options, async (sternway) => await Promise.all([sternway.drills(target), nextDrill(sternway.client, target)]));
  if (options.json) return stdout.write(`${jsonLine({ v: 1, type: 'drills', ...target, next: next ?? null, drills })}\n`);
  stdout.write(`${statusText(context, settings, drills, next, styleFor(isInteractive())).join('\n')}\n`);
}

/** What was shown last and what a deployment would hear of it; when the next is; then the drills. */
function statusText({ target, command }: Context, settings: DrillSettings, drills: readonly Drill[], next: string | null | undefined, { strong, good, bad, back, dim }: Style): string[] {
  const { said, refuses } = proven(settings, drills.flatMap(({ proof }) => proof ?? []), new Date(), false);
  const comes = next === undefined ? `no schedule; ${command('drill', 'install')} makes it` : next === null ? 'the schedule is paused' : `next drill: ${minute(next)}`;
  const list = drills.slice(0, 10).flatMap(({ proof, startedAt }) => {
    if (proof === null) return [`  ${moment(startedAt)}  ${strong('being held')}`];
    const paint = proof.outcome === 'proven' ? good : proof.outcome === 'failed' ? bad : back;
    return [`  ${moment(startedAt)}  ${paint(proof.outcome)}  ${dim(ago(proof.at, new Date()))}`, ...wrap(oneLine(proof.sentence), 70).map((line) => `      ${line}`)];
  });
  return [strong(`${target.app}/${target.environment}`), ...wrap(oneLine(said), 76).map((line) => `  ${line}`), ...(refuses === null ? [] : [`  ${bad('deployments are refused until then')}`]), `  ${comes}`, ...list];
}

/** @throws UserError where the file says of none */
function drillsOf({ environment: { drills }, target, config }: Context): DrillSettings {
  if (drills && drills.environment !== target.environment) {
    if (Object.hasOwn(config.environments, drills.environment)) return drills;
    throw new UserError(`drills.environment is ${drills.environment}, and ${config.file} has no such environment: add it, or name one of ${Object.keys(config.environments).join(', ')}`);
  }
  const why = drills ? `${drills.environment} is where drills take place, so it has none itself: name another one with --environment` : `${config.file} has no section drills for ${target.environment}: add it, with the environment that they take place on`;
  throw new UserError(why);
}

/** A drill that proved nothing fails with what it found. @throws what else went wrong */
function proofIn(error: unknown): Proof {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  const [proof] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
  if (proof) return proof as Proof;
  if (cause) return { at: new Date().toISOString(), outcome: 'not-held', sentence: cause.message, release: null, previous: null, on: null, rollbackSeconds: null, restore: null };
  throw error;
}
