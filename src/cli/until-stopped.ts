import { IllegalStateError } from '@temporalio/common';
import type { RunningWorker } from '../worker';

/** Ends a worker and waits until it has. The SDK may have begun it by itself at the same signal. */
export async function endWorker(worker: RunningWorker): Promise<void> {
  try {
    worker.shutdown();
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
  await worker.run;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once, for whatever holds up an orderly end. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (name: NodeJS.Signals): void => {
      if (asked) process.exit(name === 'SIGINT' ? 130 : 143);
      asked = true;
      resolve(name);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
