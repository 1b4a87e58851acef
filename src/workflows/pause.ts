import { CancellationScope, condition, sleep } from '@temporalio/workflow';

/** Waits so many seconds by a durable timer, which is taken away as soon as `over` holds. @returns whether they passed first, and `over` does not hold by now: both may come in one task of the worker */
export async function pause(seconds: number, summary: string, over: () => boolean): Promise<boolean> {
  const timer = new CancellationScope({ cancellable: true });
  const fired = timer.run(() => sleep(seconds * 1000, { summary })).then(() => true, () => false);
  const passed = await Promise.race([fired, condition(over).then(() => false)]);
  if (!passed) timer.cancel();
  return passed && !over();
}
