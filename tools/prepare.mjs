#!/usr/bin/env node
// Fetches what demo, tests and benchmarks need. Plain Node, no packages: it runs before node_modules exists.
//
//   node tools/prepare.mjs [part...]      prints which source each part came from
//   import { prepare } from './prepare.mjs'
//
// Each part is looked for in this order: an explicit setting (an environment variable) → PATH → the cache → a package
// from a registry, pinned. Nothing is installed system-wide without a line that says so first.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lib/lock.mjs';
import { cacheDir } from './lib/paths.mjs';
import { begin, end } from './lib/progress.mjs';
import { PrepareError } from './lib/run.mjs';
import { chromium } from './lib/parts/chromium.mjs';
import { composeV2 } from './lib/parts/compose-v2.mjs';
import { hostBase } from './lib/parts/host-base.mjs';
import { hostStackB } from './lib/parts/host-stack-b.mjs';
import { mail } from './lib/parts/mail.mjs';
import { nodeModules } from './lib/parts/node-modules.mjs';
import { prometheus } from './lib/parts/prometheus.mjs';
import { temporal, timeSkipping } from './lib/parts/temporal.mjs';
import { tools } from './lib/parts/tools.mjs';
import { versitygw } from './lib/parts/versitygw.mjs';
import { wheels, wheelsNotes } from './lib/parts/wheels.mjs';

export { PrepareError } from './lib/run.mjs';

const known = new Map([nodeModules, tools, temporal, timeSkipping, hostBase, wheels, chromium, mail, prometheus, hostStackB, versitygw, wheelsNotes, composeV2].map((part) => [part.name, part]));

/** The names of all parts. */
export const partNames = [...known.keys()];

/** Of those, what `npm test` and the demo of the shop need: the default. */
export const firstStack = [nodeModules, tools, temporal, timeSkipping, hostBase, wheels, chromium, mail, prometheus].map(({ name }) => name);

/** And what `npm run test:stack-b` and the demo of notes need. */
export const secondStack = [nodeModules, tools, temporal, hostBase, hostStackB, versitygw, wheelsNotes, composeV2].map(({ name }) => name);

/**
 * Makes sure that the parts are there, in parallel; silent for those that are.
 * @param {string[]} names some of {@link partNames}; by default {@link firstStack}
 * @returns {Promise<Record<string, { path?: string, source: string }>>} for each part where it is and where it came from
 * @throws {PrepareError} one sentence for each part that cannot be had, with the remedy; the other parts are finished first
 */
export async function prepare(names = firstStack) {
  const started = new Map();
  const start = (name) => {
    const part = known.get(name);
    if (!part) throw new PrepareError(`There is no part called "${name}": choose from ${partNames.join(', ')}.`);
    if (!started.has(name)) started.set(name, obtain(part, start));
    return started.get(name);
  };
  const results = await Promise.allSettled(names.map(start));
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
  const bug = failures.find((error) => !(error instanceof PrepareError));
  if (bug) throw bug;
  if (failures.length > 0) throw new PrepareError([...new Set(failures.map((error) => error.message))].join('\n'));
  return Object.fromEntries(names.map((name, index) => [name, results[index].value]));
}

async function obtain(part, start) {
  await Promise.all(part.needs.map(start));
  const found = await part.find();
  if (found) return found;
  return withLock(join(cacheDir(), 'locks', part.name), async () => {
    // Another process may have made it while we waited for the lock.
    const meanwhile = await part.find();
    if (meanwhile) return meanwhile;
    begin(part.name, part.doing, part.usually);
    try {
      const made = await part.make();
      end(part.name, `done: ${made.source}`);
      return made;
    } catch (error) {
      end(part.name, 'failed');
      throw error;
    }
  });
}

async function main() {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    console.error(`There is no part called ${unknown.map((name) => `"${name}"`).join(', ')}: choose from ${partNames.join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  try {
    const parts = await prepare(names.length > 0 ? names : firstStack);
    for (const [name, { source, path }] of Object.entries(parts)) console.log(`${name.padEnd(13)}${source}${path ? `: ${path}` : ''}`);
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) void main();
