import type { PeopleTold } from '../../events/events';
import type { RunState } from '../../events/state';
import { oneLine } from '../escape';
import { receiver } from '../told';
import type { ItemMark } from './given';
import type { Sent } from './model';

/** Every message to people, with what became of it, in order. */
export function messagesOf({ told }: RunState): Sent[] {
  return told.flatMap(({ at, moment, deliveries, sentence }): Sent[] => {
    const what = oneLine(moment.replaceAll('-', ' '));
    if (sentence !== null) return [{ at, what, to: 'nobody', delivered: false, word: oneLine(sentence) }];
    return deliveries.map((each) => ({ at, what, to: receiver(each), delivered: each.delivered, word: oneLine(each.word) }));
  });
}

/** Items of the checklist that only messages tell: of the end by this run, of the notice by the request before it, as the worker's gate judged. */
export function marksOf({ told, gates }: RunState): ItemMark[] {
  const last = told.findLast(({ moment }) => moment === 'done');
  const notice = gates?.verdicts.find(({ gate }) => gate === 'notice');
  return [
    // Where Sternway tells nobody, the gate knows only when it was asked for.
    ...(notice && told.length > 0 ? [noticed(oneLine(notice.sentence))] : []),
    ...(last ? [{ item: 18, ...delivered(last) }] : []),
  ];
}

/** A gate that was passed without is told in the words of who let it pass. */
function noticed(why: string): ItemMark {
  return { item: 1, state: why.startsWith('overridden by ') ? 'not-done' : 'done', why };
}

/** Whether alerts arrive, as the test alert of this run tells: said by the servers, or by a person. Null where none was sent. */
export function alertingOf({ told, acknowledged }: RunState): string | null {
  const test = told.find(({ moment }) => moment === 'test-alert');
  if (!test) return null;
  const { state, why } = delivered(test);
  return `${state === 'done' ? 'the test alert was delivered' : 'the test alert was NOT delivered'} (${why})${acknowledged ? `; confirmed by ${oneLine(acknowledged.by)}` : ''}`;
}

/** Done where every recipient's server took it. */
function delivered({ deliveries, sentence }: PeopleTold): Pick<ItemMark, 'state' | 'why'> {
  if (sentence !== null) return { state: 'not-done', why: oneLine(sentence) };
  if (deliveries.length === 0) return { state: 'person', why: 'nobody is told by Sternway' };
  const bad = deliveries.filter((each) => !each.delivered);
  if (bad.length > 0) return { state: 'not-done', why: bad.map((each) => `${receiver(each)}: ${oneLine(each.word)}`).join('; ') };
  return { state: 'done', why: `by message to ${deliveries.map(receiver).join(', ')}` };
}
