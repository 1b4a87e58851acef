import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { UserError } from '../config/user-error';
import type { drill } from '../workflows';
import { hasStatus } from './grpc-status';
import { besideOf } from './names';
import { registerSearchAttributes } from './register-search-attributes';
import { appAttribute, environmentAttribute, stateAttribute } from './search-attributes';

interface Target {
  readonly app: string;
  readonly environment: string;
}

/** A drill as it is started, by a schedule or by hand. */
export function drillStart({ app, environment }: Target, taskQueue: string) {
  return {
    workflowId: besideOf({ app, environment }).drill,
    taskQueue,
    args: [{ app, environment }] as Parameters<typeof drill>,
    typedSearchAttributes: [
      { key: appAttribute, value: app },
      { key: environmentAttribute, value: environment },
      { key: stateAttribute, value: 'running' },
    ],
    staticSummary: `drill for ${app}/${environment}`,
  };
}

/** Makes the schedule of an environment's drills, or brings it up to date. `cron`: five fields, UTC. @throws UserError when Temporal does not take it */
export async function installDrills(client: Client, target: Target, cron: string, taskQueue: string): Promise<'made' | 'changed'> {
  await registerSearchAttributes(client.connection, client.options.namespace);
  const scheduleId = besideOf(target).drill;
  const whole = {
    spec: { cronExpressions: [cron] },
    action: { type: 'startWorkflow' as const, workflowType: 'drill', ...drillStart(target, taskQueue) },
    // One that was missed for a day, as the server was down, is held the next month.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' as const },
  };
  try {
    return await client.schedule.create({ scheduleId, ...whole }).then(() => 'made' as const, async (error: unknown) => {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(scheduleId).update(({ state }) => ({ ...whole, state }));
      return 'changed' as const;
    });
  } catch (error) {
    // The SDK's word for a specification that the server refuses.
    if (error instanceof TypeError || hasStatus(error, 'INVALID_ARGUMENT')) throw new UserError(`Temporal does not take drills.schedule ${JSON.stringify(cron)}: give minute, hour, day of the month, month and day of the week, as cron has them`);
    throw error;
  }
}

/** False where there was none. */
export async function removeDrills(client: Client, target: Target): Promise<boolean> {
  return (await known(() => client.schedule.getHandle(besideOf(target).drill).delete().then(() => true))) ?? false;
}

/** When the next drill is due (ISO, UTC), null where the schedule is paused or has no next; undefined where there is no schedule. */
export async function nextDrill(client: Client, target: Target): Promise<string | null | undefined> {
  return await known(async () => {
    const { info, state } = await client.schedule.getHandle(besideOf(target).drill).describe();
    return state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null);
  });
}

async function known<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
