import type { Subject, Telling } from '../messages/moments';
import { withoutRepeats, type Alerts } from '../messages/repeats';
import { messagesFor } from '../messages/routes';
import { beating } from './beating';
import type { CoreActivities, Told } from './contract';
import type { Deps } from './deps';
import { sendMessage } from './messages';

/** Telling people, over the channels of the worker's own sternway.yml. What is not delivered is said, and never fails anything. */
export function tellingActivities(deps: Deps): Pick<CoreActivities, 'tell'> {
  async function tell({ telling, number, subject, alerts }: { telling: Telling; number: number; subject: Subject; alerts: Alerts }): Promise<Told> {
    const { settings, inventory } = deps.environment(subject.app, subject.environment);
    const { messages } = settings;
    if (messages === undefined) {
      // Where nobody is to be told of deployments, somebody looks after the worker all the same.
      if (telling.moment === 'due') deps.log.warn({ subject }, `${telling.task} is due since ${telling.since}: ${telling.confirm} says that it is done`);
      if (telling.moment === 'drill-failed') deps.log.warn({ subject }, telling.sentence);
      return { alerts, deliveries: [] };
    }
    const { send, alerts: now } = withoutRepeats(alerts, messagesFor(telling, number, subject, messages));
    const deliveries = await beating('tell', () => Promise.all(send.map(async (message) => {
      const { key, channel, recipient, audience } = message;
      const delivery = await sendMessage(message, messages, (name) => deps.secret(inventory, name));
      if (!delivery.delivered) deps.log.warn({ key, why: delivery.why }, `nobody was told by ${channel}: ${delivery.why}`);
      return { key, channel, recipient, audience, ...delivery };
    })));
    return { alerts: now, deliveries };
  }

  return { tell };
}
