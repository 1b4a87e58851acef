import { CommanderError, type Command } from 'commander';
import { UserError } from '../config/user-error';
import { visible } from '../report/escape';
import { EXIT, type ExitCode } from './exit-codes';
import { Stop } from './stop';
import { ownVersion } from './values';

export interface Told {
  readonly code: ExitCode;
  /** For standard error; empty when there is nothing to say. */
  readonly text: string;
}

/** What an error means to the person who typed the command: an answer, a mistake with what to do, or a defect of ours. */
export function explain(error: unknown, program: Command, argv: readonly string[]): Told {
  if (error instanceof Stop) return { code: error.code, text: error.message === '' ? '' : `sternway: ${visible(error.message)}\n` };
  if (error instanceof CommanderError) return usage(error, program, argv);
  if (error instanceof UserError) return { code: EXIT.usage, text: `sternway: ${visible(error.message)}\n` };
  const grpc = serviceError(error);
  if (grpc) return { code: EXIT.defect, text: `sternway: the Temporal server failed the request (${visible(grpc)}); sternway status shows whether it took effect\n` };
  return { code: EXIT.defect, text: defect(error, commandOf(program, argv)) };
}

function usage(error: CommanderError, program: Command, argv: readonly string[]): Told {
  if (error.exitCode === 0) return { code: EXIT.done, text: '' };
  const name = commandOf(program, argv);
  if (error.code === 'commander.help') {
    return { code: EXIT.usage, text: `sternway: name a command (${program.commands.map((each) => each.name()).join(', ')}); sternway --help explains them\n` };
  }
  return { code: EXIT.usage, text: `sternway: ${reworded(error.message)}; see sternway ${name === '' ? '' : `${name} `}--help\n` };
}

/** Commander's messages as sentences on one line: what, with what was typed, and what to do. */
function reworded(message: string): string {
  const plain = message.replace(/^error: /, '').trimEnd();
  const [, option, given, advice] = /^option '(.+?)' argument '(.*)' is invalid\. (.*)$/s.exec(plain) ?? [];
  const [, typed, name, hint] = /^command-argument value '(.*)' is invalid for argument '(.+?)'\. (.*)$/s.exec(plain) ?? [];
  const [, missing] = /^required option '(.+?)' not specified$/.exec(plain) ?? [];
  const sentence =
    option !== undefined ? `${option.replace(/^-\w, /, '')} is ${JSON.stringify(given)}: ${advice}`
    : name !== undefined ? `<${name}> is ${JSON.stringify(typed)}: ${hint}`
    : missing !== undefined ? `${missing} is missing`
    : plain;
  return visible(sentence).replace(/\s*\n\s*/g, ' ').replace(/\.$/, '');
}

/** The command that was typed, by name; empty when there is none of ours. */
function commandOf(program: Command, argv: readonly string[]): string {
  const names = program.commands.map((each) => each.name());
  return argv.find((word) => names.includes(word)) ?? '';
}

/** `UNAVAILABLE: connection refused`, of an error that the server gave, wherever in the chain of causes. */
function serviceError(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, details, cause } = error as { code?: unknown; details?: unknown; cause?: unknown };
  if (typeof code === 'number' && typeof details === 'string' && 'metadata' in error) return details || `gRPC status ${code}`;
  return serviceError(cause);
}

function defect(error: unknown, command: string): string {
  const stack = error instanceof Error ? (error.stack ?? String(error)) : `not an error: ${String(error)}`;
  return [
    'sternway: this is a defect in Sternway, not a mistake of yours.',
    visible(stack),
    `Sternway ${ownVersion()}, Node.js ${process.version}, ${process.platform} ${process.arch}, command: ${command || 'none'}`,
    'Please report it with this text, as CONTRIBUTING.md says. What runs on the hosts is not touched by it: sternway status shows it.',
    '',
  ].join('\n');
}
