/**
 * Durations, sizes and shares as people write them. They stay text in the settings, always in one spelling (`90s` is kept
 * as `1m30s`), so that the same intent has the same hash and a settings document can be read and checked again.
 */

/** Milliseconds by unit, largest first. */
const TIME = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
/** Powers of 1024, as `free` and `df` count. */
const SIZE = { TB: 1024 ** 4, GB: 1024 ** 3, MB: 1024 ** 2, KB: 1024, B: 1 } as const;

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** `1h30m` → 5400000. @throws RangeError when it is no duration; settings that were checked hold only durations. */
export function milliseconds(duration: string): number {
  const value = readDuration(duration);
  if (value === undefined) throw new RangeError(`not a duration: ${JSON.stringify(duration)}`);
  return value;
}

/** `1h30m` → 5400; a fraction where there are milliseconds. @throws RangeError */
export function seconds(duration: string): number {
  return milliseconds(duration) / 1000;
}

/** Milliseconds, or undefined: units in falling order, each once, whole numbers. */
export function readDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (parts === null || text === '') return undefined;
  const value = Object.values(TIME).reduce((sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0), 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The one spelling of a duration: `5400000` → `1h30m`, `0` → `0s`. */
export function formatDuration(value: number): string {
  let rest = value;
  let text = '';
  for (const [name, unit] of Object.entries(TIME)) {
    const count = Math.floor(rest / unit);
    if (count > 0) text += `${count}${name}`;
    rest -= count * unit;
  }
  return text === '' ? '0s' : text;
}

/** `64MB` → 67108864. @throws RangeError when it is no size */
export function bytes(size: string): number {
  const value = readSize(size);
  if (value === undefined) throw new RangeError(`not a size: ${JSON.stringify(size)}`);
  return value;
}

/** Bytes, or undefined. */
export function readSize(text: string): number | undefined {
  const parts = /^(\d+)(TB|GB|MB|KB|B)$/.exec(text);
  if (parts === null) return undefined;
  const value = Number(parts[1]) * SIZE[parts[2] as keyof typeof SIZE];
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The one spelling of a size, in the largest unit that divides it: `1024MB` → `1GB`. */
export function formatSize(value: number): string {
  const [name, unit] = Object.entries(SIZE).find(([, unit]) => value >= unit && value % unit === 0) ?? ['B', 1];
  return `${value / unit}${name}`;
}

/** `10%` → 10. @throws RangeError when it is no share */
export function percent(share: string): number {
  const value = readPercent(share);
  if (value === undefined) throw new RangeError(`not a percentage: ${JSON.stringify(share)}`);
  return value;
}

/** A number from 0 to 100, or undefined. */
export function readPercent(text: string): number | undefined {
  const parts = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text);
  const value = parts === null ? Number.NaN : Number(parts[1]);
  return value <= 100 ? value : undefined;
}
