/** From the days and times of a window to stretches of real time, whatever the clocks of its zone do. */
import { DateTime, IANAZone } from 'luxon';
import { DAYS, type Window } from '../config/schema/gates';

/** Milliseconds since 1970; `until` is no longer in it. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * When the window is open, in order, from the one that holds `after` or is the next, over so many days. Windows that touch are one. One that begins on a
 * closed day (a holiday, a period to avoid) is left out, one that reaches into a closed day ends at midnight. The clocks of the zone decide: an hour that
 * they skip is in no window, one that they repeat is in it both times.
 * @throws RangeError for a zone that this machine does not know
 */
export function* spans(window: Window, after: number, days: number): Generator<Span> {
  const zone = IANAZone.create(window.zone);
  if (!zone.isValid) throw new RangeError(`this machine does not know the time zone ${window.zone}`);
  let pending: Span | undefined;
  for (const span of each(window, zone, after, days)) {
    if (span.until <= after) continue;
    if (pending !== undefined && span.from > pending.until) yield pending;
    pending = { from: pending !== undefined && span.from <= pending.until ? pending.from : span.from, until: span.until };
  }
  if (pending !== undefined) yield pending;
}

/** Those of each day, beginning with the day before: its window may reach over midnight. */
function* each(window: Window, zone: IANAZone, after: number, days: number): Generator<Span> {
  // Days are counted as in UTC, where each has 24 hours; `real` then asks the zone.
  const first = DateTime.fromMillis(after, { zone }).setZone('utc', { keepLocalTime: true }).startOf('day').minus({ days: 1 });
  for (let n = 0; n <= days + 1; n += 1) {
    const day = first.plus({ days: n });
    if (!window.days.includes(DAYS[day.weekday - 1] ?? 'mon') || closed(window, day)) continue;
    const midnight = day.toMillis() + DAY;
    const [from, to] = [day.toMillis() + clock(window.from), day.toMillis() + clock(window.to)];
    const until = to > from ? to : to + DAY;
    yield* real(zone, from, until > midnight && closed(window, day.plus({ days: 1 })) ? midnight : until);
  }
}

/** Is the window shut on that day, although its weekday is good? */
function closed({ holidays, avoid }: Window, day: DateTime): boolean {
  const date = day.toISODate() ?? '';
  return holidays.includes(date) || avoid.some(({ from, to }) => from <= date && date <= to);
}

/** `02:30` → milliseconds since midnight. */
function clock(time: string): number {
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * MINUTE;
}

/** When clocks of the zone show a time from `from` up to `until` (both as if they were UTC): once, or twice when the end of summer time lies in between. */
function real(zone: IANAZone, from: number, until: number): Span[] {
  const offset = (at: number): number => zone.offset(at) * MINUTE;
  // Far enough outside that whatever the offset is, one change at most lies between.
  const [early, late] = [from - DAY, until + DAY];
  const [before, after] = [offset(early), offset(late)];
  if (before === after) return [{ from: from - before, until: until - before }];
  const change = firstWith(after, early, late, offset);
  const parts = [
    { from: from - before, until: Math.min(until - before, change) },
    { from: Math.max(from - after, change), until: until - after },
  ];
  return parts.filter((part) => part.from < part.until);
}

/** The first millisecond of a new offset, by halves. */
function firstWith(after: number, early: number, late: number, offset: (at: number) => number): number {
  let [low, high] = [early, late];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === after) high = middle;
    else low = middle;
  }
  return high;
}
