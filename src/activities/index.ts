import { askingActivities } from './asking';
import { claimActivities } from './claims';
import type { CoreActivities, TaskInput, TaskResult } from './contract';
import type { Deps } from './deps';
import { gateActivities } from './gates';
import { planningActivities } from './planning';
import { policyActivities } from './policy';
import { taskActivity } from './tasks';
import { tellingActivities } from './telling';

/** Everything a worker offers. `default` answers to every verb that a plan holds, so an old plan's verbs never become unknown. */
export function createActivities(deps: Deps): CoreActivities & { default: (input: TaskInput) => Promise<TaskResult> } {
  return { ...claimActivities(deps), ...planningActivities(deps), ...askingActivities(deps), ...policyActivities(deps), ...tellingActivities(deps), ...gateActivities(deps), default: taskActivity(deps) };
}
