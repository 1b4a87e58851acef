/** `0.3 s`, `42 s`, `3 min 07 s`, `30 min`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `2026-11-22 06:14:55 UTC`, from an ISO time. */
export const moment = (iso: string): string => utc(iso, /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/);

/** `2026-11-22 06:14 UTC`, from an ISO time. */
export const minute = (iso: string): string => utc(iso, /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/);

/** Date and time as `parts` finds them; any other text as it is. */
function utc(iso: string, parts: RegExp): string {
  const match = parts.exec(iso);
  return match ? `${match[1]} ${match[2]} UTC` : iso;
}

/** How long ago, in words that stay true while they are read: `12 s ago`, `3 min ago`, `5 h ago`, `4 days ago`. */
export function ago(iso: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(iso)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}
