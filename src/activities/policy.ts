import type { MessagesSettings, Settings } from '../config/schema';
import { milliseconds, seconds } from '../config/units';
import { rolesToAsk } from '../messages/people';
import type { CoreActivities, FollowUpTask, PeoplePolicy } from './contract';
import type { Deps } from './deps';
import { reportPlaces } from './reports';

function peoplePolicy(messages: MessagesSettings): PeoplePolicy {
  const { every, escalate, duration, downtime } = messages;
  const span = ({ least, most }: typeof duration) => ({ least: seconds(least), most: seconds(most) });
  return { every: seconds(every), escalate: seconds(escalate), roles: rolesToAsk(messages), duration: span(duration), downtime: span(downtime) };
}

/** People and time by the worker's own sternway.yml: whoever starts a deployment could else leave the gates out, or choose where secrets are sent. */
export function policyActivities(deps: Deps): Pick<CoreActivities, 'readPolicy'> {
  return {
    readPolicy: ({ app, environment }) => {
      const { messages, bake, reports, offsite, follow_ups } = deps.environment(app, environment).settings;
      return Promise.resolve({
        messages: messages ? peoplePolicy(messages) : null,
        reports: reportPlaces({ reports, offsite }),
        bake: bake ? { every: milliseconds(bake.every), watch: bake.watch.map(milliseconds) } : null,
        ...(follow_ups ? { followUps: tasksOf(follow_ups) } : {}),
      });
    },
  };
}

function tasksOf({ tasks, remind }: NonNullable<Settings['follow_ups']>): FollowUpTask[] {
  return tasks.map(({ name, after, what, on, remind: own }) => ({ name, what, on, after: seconds(after), remind: seconds(own ?? remind) }));
}
