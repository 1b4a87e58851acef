import { DateTime } from 'luxon';

/** Milliseconds since 1970 as an ISO time, `2026-11-24T02:00:00.000Z`. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** The same for people: `Tue 2026-11-24 02:00 UTC`; elsewhere with the offset, as an hour may come twice: `Sun 2026-10-25 02:30 +01:00 (Europe/Berlin)`. */
export function told(at: number, zone = 'UTC'): string {
  const there = DateTime.fromMillis(at, { zone, locale: 'en' });
  return there.toFormat(zone === 'UTC' ? "ccc yyyy-MM-dd HH:mm 'UTC'" : `ccc yyyy-MM-dd HH:mm ZZ '(${zone})'`);
}
