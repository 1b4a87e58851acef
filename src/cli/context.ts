import { resolveEnvironment, splitInventory } from '../config/environment';
import { loadConfig } from '../config/load';
import type { Config, EnvironmentConfig } from '../config/schema';
import { UserError } from '../config/user-error';
import type { Asked, Target } from '../client';
import { commandLine, type CommandLine } from '../report/shell';
import { DEFAULT_CONFIG, type AskOptions, type EnvironmentOptions, type ServerOptions } from './options';
import { wayIn, whoAsks } from './values';

/** What a command is about: read from the configuration before anything is connected. */
export interface Context {
  readonly config: Config;
  readonly environment: EnvironmentConfig;
  readonly target: Target;
  /** Builds the commands that we offer, with the options this command was given. */
  readonly command: CommandLine;
}

/** @throws UserError when the file, or which environment is meant, is not clear */
export function readContext(options: EnvironmentOptions & ServerOptions): Context {
  const config = loadConfig(options.config);
  return contextOf(config, pickEnvironment(config, options.environment), options);
}

/** All environments, or the one that was named. */
export function readContexts(options: EnvironmentOptions & ServerOptions): Context[] {
  const config = loadConfig(options.config);
  const names = options.environment === undefined ? Object.keys(config.environments) : [options.environment];
  return names.map((name) => contextOf(config, name, options));
}

function contextOf(config: Config, name: string, options: EnvironmentOptions & ServerOptions): Context {
  const environment = resolveEnvironment(config, name);
  const several = Object.keys(config.environments).length > 1;
  const repeated = [
    ...(options.config === DEFAULT_CONFIG ? [] : ['--config', options.config]),
    ...(several ? ['--environment', name] : []),
    ...(options.address === undefined ? [] : ['--address', options.address]),
    ...(options.namespace === undefined ? [] : ['--namespace', options.namespace]),
    ...(options.taskQueue === undefined ? [] : ['--task-queue', options.taskQueue]),
  ];
  return { config, environment, target: { app: config.app, environment: name }, command: commandLine(repeated) };
}

function pickEnvironment(config: Config, named: string | undefined): string {
  if (named !== undefined) return named;
  const names = Object.keys(config.environments);
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new UserError(`${config.file} has several environments (${names.join(', ')}): say which with --environment`);
}

/** The settings that a client sends: without hosts, keys and secrets. */
export function settingsOf({ environment }: Context): ReturnType<typeof splitInventory>['settings'] {
  return splitInventory(environment).settings;
}

export function askedBy(options: AskOptions): Asked {
  return { by: options.by ?? whoAsks(), via: wayIn(), reason: options.reason ?? '' };
}
