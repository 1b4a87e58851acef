/** What users are told: when they are cut off, and when they are back. No host, command, commit or cause. */
import { minute } from '../report/time';
import type { Telling } from './moments';
import { notice } from './notice';
import { questions } from './people';
import type { Given, Words } from './templates';
import { inWords, later, list, text } from './words';

export function forUsers(telling: Telling, given: Given): Words | undefined {
  const { product, contacts } = given;
  const say = (subject: string, ...lines: (string | null)[]): Words => ({ subject: `${product}: ${subject}`, text: text(lines, [questions(contacts)]) });
  switch (telling.moment) {
    case 'notice':
      return notice(telling, 'users', given);
    case 'postponed':
      return say('maintenance is postponed', `The update of ${product} begins later than announced.`, telling.scheduled ? `New start: ${minute(telling.scheduled)}.` : 'We will tell you when it begins.');
    case 'called-off':
      return say('maintenance is called off', `The update of ${product} that was announced for ${minute(telling.scheduled)} does not take place. You can go on using it.`);
    case 'start':
      return telling.downtime
        ? say('maintenance has begun', `${product} is being updated and is not available meanwhile.`, `It should be back by ${minute(later(telling.at, telling.downtime.most))}.`)
        : say('an update has begun', `${product} is being updated. You can go on using it.`);
    case 'delay':
      return say('maintenance takes longer', `The update of ${product} takes longer than planned.`, telling.expected ? `It should be over by ${minute(telling.expected)}.` : 'We will tell you when it is over.');
    case 'done':
      return say('the update is complete', `${product} is available again.`, ...list("What's new:", telling.forUsers));
    case 'rollback-start':
      return say(
        'service disruption',
        `We have found a problem and are going back to the version before. ${product} may not be available meanwhile.`,
        telling.estimate === null ? 'We will tell you when it is back.' : `Service should be restored within ${inWords(telling.estimate)}, by ${minute(later(telling.at, telling.estimate))}.`,
      );
    case 'rollback-update':
      return say(
        'still being restored',
        `We are still restoring ${product}.`,
        telling.remaining === null ? 'We will tell you when it is back.' : `Service should be restored within ${inWords(telling.remaining)}.`,
      );
    case 'rollback-complete':
      return telling.left.length === 0 && telling.verified
        ? say('service is restored', `${product} is available again, in the version before the update.`)
        : say('being restored', `We are still working on ${product}.`, 'We will tell you when it is back.');
    case 'progress':
    case 'hold':
    case 'blocked':
    case 'escalation':
    case 'test-alert':
    case 'due':
    case 'drill-failed':
      return undefined;
  }
}
