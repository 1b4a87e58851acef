import { proxyActivities } from '@temporalio/workflow';
import type { CoreActivities, Operation } from '../activities/contract';
import type { BakeInput } from './bake';
import type { Ending } from './outcome';

/** No run waits for ever for a disk or a bucket; what became of it stands in the history. */
const activities = proxyActivities<CoreActivities>({ startToCloseTimeout: '1m', scheduleToCloseTimeout: '3m', heartbeatTimeout: '10s', retry: { maximumAttempts: 3 } });

/** Has the report of a run that has ended written again, with what came after it. Never rejects. */
export async function storeAgain({ app, environment, report }: Pick<BakeInput, 'app' | 'environment' | 'report'>): Promise<void> {
  if (report) await activities.storeReport({ target: { app, environment }, ...report, end: null }).catch(() => undefined);
}

/** Has the report written, with this end. Never rejects. */
export async function storeReport({ app, environment }: Operation, name: string, { result, failure }: Ending): Promise<void> {
  await activities.storeReport({ target: { app, environment }, name, end: { result, failure: failure ?? null } }).catch(() => undefined);
}
