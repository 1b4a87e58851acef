// Light: read by every command line before it is known what to load.
import { Option, type Command } from 'commander';
import { durationValue, filledValue, lineValue } from './values';

export const DEFAULT_CONFIG = 'sternway.yml';

/** Of every command that is about an environment. */
export interface EnvironmentOptions {
  config: string;
  environment?: string;
  json?: true;
}

/** Of every command that talks to Temporal. */
export interface ServerOptions {
  address?: string;
  namespace?: string;
  taskQueue?: string;
}

/** Of every command that asks for something. */
export interface AskOptions {
  by?: string;
  reason?: string;
}

export interface FollowingOptions {
  follow: boolean;
  /** Seconds. */
  timeout?: number;
}

export function aboutEnvironment(command: Command): Command {
  return command
    .option('-c, --config <path>', 'configuration file', filledValue, DEFAULT_CONFIG)
    .option('-e, --environment <name>', 'environment; may be left out where there is only one', filledValue)
    .option('--json', 'machine-readable: one JSON object a line on standard output');
}

export function atServer(command: Command): Command {
  return command
    .option('--address <host:port>', 'Temporal server, in place of TEMPORAL_ADDRESS or 127.0.0.1:7233', filledValue)
    .option('--namespace <name>', 'Temporal namespace, in place of TEMPORAL_NAMESPACE or default', filledValue)
    .addOption(new Option('--task-queue <name>', 'task queue of the workers').argParser(filledValue).hideHelp());
}

/** Who asks and why: stands in the history, in lists and in messages. */
export function withAsker(command: Command): Command {
  return command
    .option('--by <who>', 'who asks; by default the person behind the CI job, or user@host', lineValue)
    .option('--reason <why>', 'why, in a few words', lineValue);
}

export function withFollowing(command: Command): Command {
  return command.addOption(followTimeout()).option('--no-follow', 'ask for it and return at once, with exit code 15');
}

export function followTimeout(): Option {
  return new Option('--timeout <duration>', 'stop following after this time, such as 20m; the run goes on').argParser(durationValue);
}
