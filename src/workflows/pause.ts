import { CancellationScope, condition, sleep } from '@temporalio/workflow';

/**
 * Waits so many seconds by a durable timer, which is taken away as soon as `over` holds. `then` is called where they passed and `over` does not hold: in
 * that very moment, for what ends the wait may come in the same task of the worker, before whoever awaits this goes on.
 * @returns whether it was called
 */
export async function pause(seconds: number, summary: string, over: () => boolean, then: () => void): Promise<boolean> {
  const timer = new CancellationScope({ cancellable: true });
  const fired = timer.run(() => sleep(seconds * 1000, { summary })).then(() => true, () => false);
  const passed = await Promise.race([fired, condition(over).then(() => false)]);
  if (!passed) timer.cancel();
  if (!passed || over()) return false;
  then();
  return true;
}
