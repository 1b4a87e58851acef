import { askingActivities } from './asking';
import { bakeActivities } from './bake';
import { claimActivities } from './claims';
import type { CoreActivities, TaskInput, TaskResult } from './contract';
import type { Deps } from './deps';
import { drillActivities } from './drills';
import { gateActivities } from './gates';
import { planningActivities } from './planning';
import { policyActivities } from './policy';
import { reportActivities } from './reports';
import { taskActivity } from './tasks';
import { tellingActivities } from './telling';

/** Everything a worker offers. `default` answers to every verb that a plan holds, so an old plan's verbs never become unknown. */
export function createActivities(deps: Deps): CoreActivities & { default: (input: TaskInput) => Promise<TaskResult> } {
  return { ...claimActivities(deps), ...planningActivities(deps), ...askingActivities(deps), ...policyActivities(deps), ...gateActivities(deps), ...tellingActivities(deps), ...bakeActivities(deps), ...reportActivities(deps), ...drillActivities(deps), default: taskActivity(deps) };
}
