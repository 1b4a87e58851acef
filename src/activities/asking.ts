import { databaseIn, dumpFile } from '../plan/context';
import { beating } from './beating';
import type { Blocked, CoreActivities } from './contract';
import type { Deps } from './deps';

/** Putting a decision before a person, with what it would cost. */
export function askingActivities(deps: Deps): Pick<CoreActivities, 'describeLoss' | 'askAPerson'> {
  async function describeLoss({ plan, host: name, openedAt }: Parameters<CoreActivities['describeLoss']>[0]): Promise<string> {
    const { settings, inventory } = deps.environment(plan.app, plan.environment);
    const minutes = openedAt ? Math.max(0, Math.round((Date.now() - Date.parse(openedAt)) / 60_000)) : 0;
    const since = `users have been in for ${minutes} minutes`;
    const database = databaseIn(settings);
    if (!database) return since;
    return await beating('describeLoss', async () => {
      const { script } = database.loss(dumpFile(`${plan.root}/${plan.deployment}`, database));
      const answer = await deps.host(inventory, settings, name).read(script);
      const rows = Number(answer.stdout.trim() || NaN);
      return answer.code === 0 && Number.isFinite(rows) ? `${since}; at least ${rows} rows were added since the dump` : `${since}; the rows could not be counted`;
    });
  }

  function askAPerson(blocked: Blocked): Promise<void> {
    deps.log.warn({ blocked }, `waiting for a person: ${blocked.sentence}`);
    return Promise.resolve();
  }

  return { describeLoss, askAPerson };
}
