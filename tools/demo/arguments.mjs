// The demo's command line.
import { parseArgs } from 'node:util';

/** A mistake in the command line, in one sentence: exit code 2, nothing touched. */
export class UsageError extends Error {
  name = 'UsageError';
}

const HOW = 'write `npm run demo`, or `npm run demo -- --keep` to leave everything running at the end';

/**
 * @param {string[]} words what follows `npm run demo --`
 * @returns {{ keep: boolean }} `keep`: leave host, server and UI running until Ctrl-C
 * @throws {UsageError}
 */
export function readArguments(words) {
  try {
    const { values } = parseArgs({ args: words, options: { keep: { type: 'boolean', default: false } } });
    return { keep: values.keep };
  } catch {
    const strange = words.find((word) => word !== '--keep');
    throw new UsageError(`"${strange}" is not an option of the demo: ${HOW}.`);
  }
}
