import { secondsBetween } from '../../events/read';
import { oneLine } from '../escape';
import { duration } from '../time';
import type { Facts } from './facts';
import type { Moment, Span } from './model';

type Drawn = Omit<Moment, 'after'>;

/** The timeline for people: phases as they are entered, and everything that was not plain. */
export function timelineOf(facts: Facts): Moment[] {
  const moments = [...ends(facts), ...phases(facts.spans), ...failures(facts.spans), ...doors(facts), ...people(facts)];
  const known = moments.filter(({ at }) => Number.isFinite(Date.parse(at)));
  // Sorting keeps the order of what happened at the same instant, and the end is last of all.
  return known
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at) || rank(one) - rank(other))
    .map((each) => ({ ...each, after: secondsBetween(facts.startedAt, each.at) }));
}

function rank({ mark }: Drawn): number {
  return mark === 'end' ? 2 : mark === 'back' ? 1 : 0;
}

function ends({ state, startedAt, switchedAt, word, outcome, versions }: Facts): Drawn[] {
  const { started, turnedBack, ended } = state;
  const what = started?.workflow === 'rollback' ? 'rollback' : `deployment of ${versions.asked}`;
  return [
    ...(started ? [{ at: startedAt, mark: 'plain' as const, text: `${what} asked for by ${oneLine(started.by)}` }] : []),
    ...(state.plan ? [{ at: state.plan.at, mark: 'plain' as const, text: `plan made: ${state.plan.steps.length} steps on ${oneLine(state.plan.hosts.join(', '))}` }] : []),
    ...(switchedAt === null ? [] : [{ at: switchedAt, mark: 'switch' as const, text: `switched to ${versions.asked}` }]),
    ...(turnedBack ? [{ at: turnedBack.at, mark: 'back' as const, text: `turned back (${turnedBack.cause}): ${oneLine(turnedBack.sentence)}` }] : []),
    ...(ended ? [{ at: ended.at, mark: 'end' as const, text: `${word}: ${outcome}` }] : []),
  ];
}

function phases(spans: readonly Span[]): Drawn[] {
  const seen = new Set<string>();
  return spans.flatMap(({ phase, back, from }) => {
    const key = `${back ? 'back: ' : ''}${phase}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ at: from, mark: 'plain' as const, text: `${back ? 'back through' : 'phase'} ${phase}` }];
  });
}

function failures(spans: readonly Span[]): Drawn[] {
  return spans.flatMap(({ result, to, back, title, host, seconds, sentence }) =>
    result === 'failed' && to !== null ? [{ at: to, mark: 'failed' as const, text: `${back ? 'undo failed' : 'failed'}: ${title} · ${host} after ${duration(seconds ?? 0)}: ${sentence ?? ''}` }] : [],
  );
}

function doors({ downtime }: Facts): Drawn[] {
  return downtime.closed.flatMap(({ from, to, seconds, earlier }): Drawn[] => [
    { at: from, mark: 'closed', text: earlier ? 'users get the maintenance page, from before this run' : 'users get the maintenance page' },
    ...(to === null ? [] : [{ at: to, mark: 'open' as const, text: `users are let in, after ${duration(seconds)}` }]),
  ]);
}

function people({ waits, events }: Facts): Drawn[] {
  const asked = waits.map(({ from, hold, sentence }): Drawn => ({ at: from, mark: 'person', text: `${hold ? 'holds and asks' : 'blocked'}: ${sentence}` }));
  const answers = events.filter((event) => event.type === 'decided').map((event): Drawn => ({ at: event.at, mark: 'person', text: oneLine(`${event.by} answers ${event.answer} to ${event.task}: ${event.reason}`) }));
  return [...asked, ...answers];
}
