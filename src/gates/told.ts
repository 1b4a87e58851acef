import { DateTime } from 'luxon';

/** An ISO time with its zone, in milliseconds since 1970. @throws RangeError for anything else: without a zone it would depend on the machine */
export function instant(iso: string): number {
  const at = /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(at)) throw new RangeError(`not a time with a zone: ${JSON.stringify(iso)}`);
  return at;
}

/** Milliseconds since 1970 as an ISO time, `2026-11-24T02:00:00.000Z`. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** The same for people: `Tue 2026-11-24 02:00 UTC`; elsewhere with the offset, as an hour may come twice: `Sun 2026-10-25 02:30 +01:00 (Europe/Berlin)`. */
export function told(at: number, zone = 'UTC'): string {
  const there = DateTime.fromMillis(at, { zone, locale: 'en' });
  return there.toFormat(zone === 'UTC' ? "ccc yyyy-MM-dd HH:mm 'UTC'" : `ccc yyyy-MM-dd HH:mm ZZ '(${zone})'`);
}
