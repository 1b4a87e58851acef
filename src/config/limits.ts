/**
 * Limits of the bake: a plain number, a share or a duration. All are compared in base units, as Prometheus has them: `10%` is
 * 0.1 and `500ms` is 0.5.
 */
import { formatDuration, readDuration, readPercent } from './units';

export type LimitUnit = 'number' | 'share' | 'seconds';

export interface Limit {
  /** In base units: a fraction for a share, seconds for a duration. */
  readonly value: number;
  readonly unit: LimitUnit;
}

/** `10%` → 0.1 as a share, `500ms` → 0.5 as seconds, `4` → 4; undefined for anything else. */
export function readLimit(written: number | string): Limit | undefined {
  if (typeof written === 'number') return Number.isFinite(written) && written >= 0 ? { value: written, unit: 'number' } : undefined;
  const percent = readPercent(written);
  if (percent !== undefined) return { value: percent / 100, unit: 'share' };
  const time = readDuration(written);
  return time === undefined ? undefined : { value: time / 1000, unit: 'seconds' };
}

/** The limit that settings hold. @throws RangeError when it is none; settings that were checked hold only limits. */
export function limitOf(written: number | string): Limit {
  const limit = readLimit(written);
  if (limit === undefined) throw new RangeError(`not a limit: ${JSON.stringify(written)}`);
  return limit;
}

/** A value in base units as people write it: `0.125` as a share → `12.5%`. Short: at most four digits that say something. */
export function formatLimit(value: number, unit: LimitUnit): string {
  // Below a millisecond a duration would read as nothing at all.
  if (unit === 'seconds' && Number.isFinite(value) && (value >= 0.001 || value === 0)) return formatDuration(Math.round(value * 1000));
  return `${Number((unit === 'share' ? value * 100 : value).toPrecision(4))}${unit === 'share' ? '%' : unit === 'seconds' ? 's' : ''}`;
}
