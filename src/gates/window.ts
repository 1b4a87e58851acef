import { DateTime } from 'luxon';
import type { Window } from '../config/schema/gates';
import { formatDuration, milliseconds } from '../config/units';
import { spans } from './spans';
import { iso, told } from './told';

/** What the window says of an instant. Times are ISO, UTC. */
export interface Looked {
  /** May a deployment start at this instant? */
  readonly open: boolean;
  /** When the window ends in which the instant lies, even if it is too late to start in it; null outside of one. */
  readonly end: string | null;
  /** Until when a deployment may start in it, this instant included; null outside, and in one that is too short. */
  readonly latestStart: string | null;
  /** The next instant at which a deployment may start: this one when open, null when there is none within a year. */
  readonly next: string | null;
  /** What of this holds and why, in words. */
  readonly sentence: string;
}

/** How far ahead an opening is looked for. */
const YEAR_IN_DAYS = 366;

/**
 * May a deployment start now, and if not, when? It may while it still ends in the window, with its verification and the reserve for a rollback. To be asked
 * again after every wait. `now`: milliseconds since 1970.
 * @throws RangeError for a zone that this machine does not know
 */
export function lookAt(window: Window, now: number): Looked {
  const needed = milliseconds(window.expected) + milliseconds(window.verification) + milliseconds(window.reserve);
  const what = `${formatDuration(needed)} (deployment ${window.expected}, verification ${window.verification}, reserve for a rollback ${window.reserve})`;
  const say = (at: number): string => told(at, window.zone);
  let here: { end: string; latestStart: string | null; sentence: string } | undefined;
  for (const { from, until } of spans(window, now, YEAR_IN_DAYS)) {
    const latest = until - needed;
    const inside = from <= now;
    if (inside && now <= latest) {
      return { open: true, end: iso(until), latestStart: iso(latest), next: iso(now), sentence: `the window is open until ${say(until)}; for ${what} the latest start is ${say(latest)}` };
    }
    if (inside) {
      const late = latest < from ? 'it is shorter than that' : `the latest start was ${say(latest)}`;
      here = { end: iso(until), latestStart: latest < from ? null : iso(latest), sentence: `the window closes at ${say(until)}, too soon for ${what}: ${late}` };
      continue;
    }
    if (latest < from) continue;
    const sentence = `${here?.sentence ?? 'the window is closed'}; the next start is ${say(from)}${why(window, now, from)}`;
    return { open: false, end: here?.end ?? null, latestStart: here?.latestStart ?? null, next: iso(from), sentence };
  }
  const sentence = `${here ? `${here.sentence}; ` : ''}no window within a year from ${say(now)} holds ${what}: every day is excluded, or too short; change gates.window`;
  return { open: false, end: here?.end ?? null, latestStart: here?.latestStart ?? null, next: null, sentence };
}

/** The periods that are waited for, as nobody would see from the days of the week why it takes so long. */
function why({ avoid, zone }: Window, now: number, next: number): string {
  const date = (at: number): string => DateTime.fromMillis(at, { zone }).toISODate() ?? '';
  const periods = avoid.filter(({ from, to }) => from <= date(next) && date(now) <= to);
  return periods.length === 0 ? '' : ` (kept free before: ${periods.map((period) => `${period.why}, ${period.from} to ${period.to}`).join('; ')})`;
}
