import type { Event } from '../../events/events';
import { oneLine } from '../escape';
import type { Given } from './given';
import type { Decision } from './model';

/** Who decided what, when and why, in order: people, and Sternway where a rule of the plan decided. */
export function decisionsOf(events: readonly Event[], { decisions = [] }: Given): Decision[] {
  const told = events.flatMap((event): Decision[] => {
    switch (event.type) {
      case 'started': {
        const via = event.via === null ? '' : ` (${oneLine(event.via)})`;
        const what = event.workflow === 'rollback' ? 'asked for the rollback' : `asked for the deployment of ${oneLine(event.release ?? 'a release')}`;
        return [{ at: event.at, who: `${oneLine(event.by)}${via}`, what, why: oneLine(event.reason ?? '') }];
      }
      case 'planned':
        return event.adopted.map((each) => ({ at: event.at, who: 'whoever asked', what: 'took a difference on the hosts as it is', why: oneLine(each) }));
      case 'gates-passed':
        return [
          ...event.approved.map((who) => ({ at: event.at, who: oneLine(who), what: 'approved the plan', why: 'a signature over its hash, counted when it began' })),
          ...(event.overridden ? [{ at: event.at, who: oneLine(event.overridden.by), what: 'let it pass closed gates', why: oneLine(event.overridden.reason) }] : []),
        ];
      case 'turned-back':
        return [turned(event.at, event.cause, oneLine(event.sentence))];
      case 'acknowledged':
        return [{ at: event.at, who: oneLine(event.by), what: 'sees to it', why: oneLine(event.reason) }];
      case 'decided':
        return [{ at: event.at, who: oneLine(event.by), what: oneLine(`${event.task}: ${event.answer}`), why: oneLine(event.reason) }];
      default:
        return [];
    }
  });
  const given = decisions.map(({ at, who, what, why }) => ({ at, who: oneLine(who), what: oneLine(what), why: oneLine(why) }));
  return [...told, ...given].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

const RULES: Readonly<Record<string, string>> = {
  failure: 'went back, as a step had failed',
  deadline: 'went back, as the deadline had passed',
  threshold: 'went back, as a threshold was crossed',
};

function turned(at: string, cause: string, sentence: string): Decision {
  const rule = RULES[cause];
  if (rule !== undefined) return { at, who: 'Sternway, by its plan', what: rule, why: sentence };
  const [, what = 'turned it back', who = 'a person', why = ''] = /^(rollback asked for|cancelled) by (.+?)(?:: (.*))?$/.exec(sentence) ?? [];
  return { at, who, what: what === 'cancelled' ? 'cancelled it' : 'asked for the rollback', why: why || (who === 'a person' ? sentence : '') };
}
