// The demo's command line.
import { parseArgs } from 'node:util';

/** A mistake in the command line, in one sentence: exit code 2, nothing touched. */
export class UsageError extends Error {
  name = 'UsageError';
}

/** What can be shown: a stack, and the strategies that deploy it, the default first. */
const STACKS = { shop: ['systemd'], django: ['systemd', 'compose'] };
const OPTIONS = { stack: { type: 'string' }, strategy: { type: 'string' }, keep: { type: 'boolean' } };
const HOW = 'write `npm run demo`, `npm run demo -- --stack django` or `npm run demo -- --stack django --strategy compose`, and add `--keep` to leave everything running at the end';

/**
 * @param {string[]} words what follows `npm run demo --`
 * @returns {{ stack: 'shop' | 'django', strategy: 'systemd' | 'compose', keep: boolean }} `keep`: leave host, server and UI
 *   running until Ctrl-C
 * @throws {UsageError}
 */
export function readArguments(words) {
  const { values, tokens } = parseArgs({ args: words, options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    const { kind, name } = token;
    if (kind !== 'option' || !Object.hasOwn(OPTIONS, name)) throw new UsageError(`"${token.rawName ?? token.value ?? '--'}" is not an option of the demo: ${HOW}.`);
    if (OPTIONS[name].type === 'boolean' && token.value !== undefined) throw new UsageError(`--${name} takes no value: ${HOW}.`);
    if (OPTIONS[name].type === 'string' && !token.value) throw new UsageError(`--${name} needs a value: ${HOW}.`);
  }
  const { stack = 'shop', keep = false } = values;
  if (!Object.hasOwn(STACKS, stack)) throw new UsageError(`"${stack}" is not a stack of the demo: choose one of ${Object.keys(STACKS).join(', ')}.`);
  const strategies = STACKS[stack];
  const { strategy = strategies[0] } = values;
  if (!strategies.includes(strategy)) throw new UsageError(`"${strategy}" is not a strategy of the stack ${stack}: choose one of ${strategies.join(', ')}.`);
  return { stack, strategy, keep };
}
