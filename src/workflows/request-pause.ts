const MINUTE = 60_000;
/** Where only people and other runs are waited for: they say so, as a rule, but not all of them. */
export const LOOK_AGAIN = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds, while another run holds the environment, or something could not be asked. */
export const SOON = MINUTE;

/**
 * Milliseconds until it is worth looking again, by when closed gates open by themselves (ISO; null: no clock opens it). The gates need no look before
 * that, but the plan may change meanwhile: the farther away, the rarer it is looked at, once a day at least.
 */
export function pauseOf(untils: readonly (string | null)[], now = Date.now()): number {
  const left = untils.flatMap((until) => (until === null ? [] : [Date.parse(until) - now]));
  if (left.length === 0) return LOOK_AGAIN;
  const nearest = Math.max(1000, Math.min(...left));
  return Math.min(nearest, Math.max(HOUR, Math.min(DAY, nearest / 4)));
}
