import type { Acknowledged, Delivery, PeopleTold } from '../events/events';
import { oneLine } from './escape';

/** A recipient for people: `board@shop.test (mail)`, `team (chat)`. */
export function receiver({ recipient, audience, channel }: Delivery): string {
  return oneLine(`${recipient ?? audience} (${channel})`);
}

/** What came of telling people of a moment, a line each: who was told, together; then each who was not, with the reason. */
export function toldLines({ moment, deliveries, sentence }: PeopleTold): { readonly good: string[]; readonly bad: string[] } {
  const what = moment.replaceAll('-', ' ');
  const reached = deliveries.filter(({ delivered }) => delivered).map(receiver);
  return {
    good: reached.length > 0 ? [oneLine(`told of ${what}: ${reached.join(', ')}`)] : [],
    bad: [...(sentence === null ? [] : [`nobody could be told of ${what}: ${sentence}`]), ...deliveries.filter(({ delivered }) => !delivered).map((each) => `NOT told of ${what}: ${receiver(each)}: ${each.word}`)].map(oneLine),
  };
}

/** `ada sees to it: on my way`. Not escaped. */
export function seenTo({ by, reason }: Pick<Acknowledged, 'by' | 'reason'>): string {
  return `${by} sees to it${reason === '' ? '' : `: ${reason}`}`;
}
