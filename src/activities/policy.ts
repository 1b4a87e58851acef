import type { Settings } from '../config/schema';
import { milliseconds, seconds } from '../config/units';
import type { CoreActivities, FollowUpTask } from './contract';
import type { Deps } from './deps';

/** People and time by the worker's own sternway.yml: whoever starts a deployment could else leave the gates out, or choose where secrets are sent. */
export function policyActivities(deps: Deps): Pick<CoreActivities, 'readPolicy'> {
  return {
    readPolicy: ({ app, environment }) => {
      const { gates, messages, bake, follow_ups } = deps.environment(app, environment).settings;
      return Promise.resolve({
        gates: gates !== undefined,
        messages: messages ? { every: seconds(messages.every) } : null,
        bake: bake ? { every: milliseconds(bake.every), watch: bake.watch.map(milliseconds) } : null,
        ...(follow_ups ? { followUps: tasksOf(follow_ups) } : {}),
      });
    },
  };
}

function tasksOf({ tasks, remind }: NonNullable<Settings['follow_ups']>): FollowUpTask[] {
  return tasks.map(({ name, after, what, on, remind: own }) => ({ name, what, on, after: seconds(after), remind: seconds(own ?? remind) }));
}
