import { setTimeout as pause } from 'node:timers/promises';
import { loadReleaseNotes } from '../../config/load-release-notes';
import type { Settings } from '../../config/schema';
import { UserError } from '../../config/user-error';
import { deploymentId, EnvironmentBusy, NameTaken, type DeploymentRequest, type RequestSummary, type RunRef, type Sternway } from '../../client';
import { oneLine } from '../../report/escape';
import { ago, minute, moment } from '../../report/time';
import { withClient } from '../connect';
import { askedBy, readContext, settingsOf, type Context } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { followRequest, leads } from '../follow-request';
import { followRun } from '../follow-run';
import type { AskOptions, EnvironmentOptions, FollowingOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { Stop } from '../stop';

type MigrationKind = NonNullable<Settings['database']>['accept'];
type Options = EnvironmentOptions & ServerOptions & AskOptions & FollowingOptions & { takeOver?: true; adopt?: true; accept?: MigrationKind; override?: string; notes?: string };

export async function deploy(release: string, options: Options): Promise<void> {
  const context = readContext(options);
  const deployment = deploymentId(release, new Date());
  const wish: DeploymentRequest = {
    ...context.target, ...askedBy(options), release, deployment, settings: accepting(settingsOf(context), options.accept),
    ...(options.adopt ? { adopt: true } : {}), ...(options.notes === undefined ? {} : { notes: loadReleaseNotes(options.notes) }), ...(options.takeOver ? { takeOver: true } : {}),
  };
  const gated = context.environment.gates !== undefined || options.override !== undefined;
  throw new Stop(await withClient(options, (sternway) => (gated ? request(sternway, context, wish, options) : start(sternway, context, wish, options))));
}

/** At its gates it waits; what has none starts at once, and the worker's own gates have the last word in any case. */
async function request(sternway: Sternway, context: Context, wish: DeploymentRequest, options: Options): Promise<ExitCode> {
  const others = await sternway.requests.all(context.target);
  const deployment = await ask(sternway, { ...wish, ...(options.override === undefined ? {} : { override: options.override }) });
  if (options.json) stdout.write(`${jsonLine({ v: 1, type: 'requested', deployment, run: null, ...(others.length === 0 ? {} : { takesPlaceOf: others.map((other) => other.deployment) }) })}\n`);
  else stdout.write([`${deployment} is asked for, and starts when its gates are open`, ...others.map(instead)].map((line) => `${line}\n`).join(''));
  if (options.follow) return await followRequest(sternway, context, deployment, { json: options.json === true, timeout: options.timeout, wish: 'deploy' });
  if (!options.json) stdout.write(`${leads(context.command, deployment).join('\n')}\n`);
  return EXIT.running;
}

/** Whoever asks second in one second asks in the next one. Returns its name. */
async function ask(sternway: Sternway, wish: DeploymentRequest & { override?: string }): Promise<string> {
  for (let deployment = wish.deployment; ; deployment = deploymentId(wish.release, new Date())) {
    try {
      await sternway.requests.start({ ...wish, deployment });
      return deployment;
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
      await pause(1000 - (Date.now() % 1000));
    }
  }
}

/** Of two that wait the newer counts: who asks is told whose deployment ends by it. */
function instead({ deployment, release, by, requestedAt }: RequestSummary): string {
  return oneLine(`it takes the place of ${release ?? 'another release'} (${deployment}), which ${by ?? 'somebody'} asked for at ${minute(requestedAt)} and which waits: that one ends once this one has a plan`);
}

async function start(sternway: Sternway, context: Context, wish: DeploymentRequest, options: Options): Promise<ExitCode> {
  let run: RunRef;
  try {
    run = await sternway.startDeployment(wish);
  } catch (error) {
    if (error instanceof EnvironmentBusy) throw busy(error, context, options.json === true);
    throw error;
  }
  if (options.follow) return await followRun(sternway, context, run, { json: options.json === true, timeout: options.timeout, wish: 'deploy' });
  const started = { v: 1, type: 'requested', deployment: wish.deployment, run: run.run };
  stdout.write(options.json ? `${jsonLine(started)}\n` : `${wish.deployment} is under way; ${context.command('follow')}\n`);
  return EXIT.running;
}

/** Somebody has looked at the release's migrations and takes them as they are. @throws UserError where there is no database */
function accepting(settings: Settings, accept: MigrationKind | undefined): Settings {
  if (accept === undefined) return settings;
  if (!settings.database) throw new UserError(`--accept ${accept} is about migrations, and ${settings.app}/${settings.environment} has no database in sternway.yml: leave it out`);
  return { ...settings, database: { ...settings.database, accept } };
}

/** Who holds the environment, since when, and how to watch it; whatever a stranger's start did not say is left out. */
function busy({ running }: EnvironmentBusy, { target, command }: Context, json: boolean): Stop {
  if (json) stdout.write(`${jsonLine({ v: 1, type: 'busy', ...running })}\n`);
  const what = [running.workflow === 'rollback' ? 'a rollback' : `the deployment of ${running.release ?? 'a release'}`, ...(running.deployment ? [`(${running.deployment})`] : [])].join(' ');
  const who = [...(running.by ? [`by ${running.by}`] : []), ...(running.reason ? [`(${running.reason})`] : [])].join(' ');
  const since = `since ${moment(running.startedAt)} (${ago(running.startedAt, new Date())})`;
  const state = running.state === 'running' || running.state === null ? 'is running' : `is ${running.state}`;
  const sentence = oneLine(`${target.app}/${target.environment} is held: ${what} ${state} ${since} ${who}; nothing was started`);
  return new Stop(EXIT.busy, `${sentence}\n  ${command('follow')}\n      to follow it\n  ${command('rollback')}\n      to turn it back`);
}
