#!/usr/bin/env node
// npm run demo [-- --stack django [--strategy compose]] [--keep]: one real host, a real Temporal server, workers, and releases
// that go well and that do not.
// Exit codes: 0 every act ended as promised; 1 one did not, or something is missing; 2 usage; 129, 130, 143 stopped by a signal.
import { readArguments, UsageError } from './demo/arguments.mjs';
import { Cleanup } from './demo/cleanup.mjs';
import { endCommands } from './demo/command.mjs';
import { farewell } from './demo/farewell.mjs';
import { play } from './demo/play.mjs';
import { mute, write } from './demo/screen.mjs';
import { showOf } from './demo/shows.mjs';
import { prepareStage } from './demo/stage.mjs';
import { PrepareError } from './prepare.mjs';

async function main() {
  const { keep, ...which } = readArguments(process.argv.slice(2));
  if (process.getuid() !== 0) throw new PrepareError('The demo raises a host of its own, which needs root: run it with sudo.');
  const began = Date.now();
  const cleanup = new Cleanup();
  const stopped = cleanup.onSignal(() => {
    mute();
    endCommands();
  });
  try {
    process.exitCode = await Promise.race([stopped, perform(showOf(which), began, keep, cleanup)]);
    if (keep) await stopped;
  } finally {
    await cleanup.run();
  }
}

/** The exit code. */
async function perform(show, began, keep, cleanup) {
  const stage = await prepareStage(show, cleanup);
  const asPromised = await play(stage, began);
  stage.users.stop();
  write(farewell(stage, keep));
  return asPromised ? 0 : 1;
}

main().catch((error) => {
  const told = error instanceof UsageError || error instanceof PrepareError;
  process.stderr.write(`npm run demo: ${told ? error.message : (error.stack ?? error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}).finally(() => process.exit());
