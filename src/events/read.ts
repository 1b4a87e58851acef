// Reading values that others wrote (bare Temporal clients, older versions): nothing is assumed, nothing throws.

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The text in a field; null when there is none or it is empty. */
export function text(value: unknown, name: string): string | null {
  const found = field(value, name);
  return typeof found === 'string' && found !== '' ? found : null;
}

export function number(value: unknown, name: string): number | null {
  const found = field(value, name);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

export function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

export function texts(value: unknown, name: string): readonly string[] {
  return list(value, name).filter((each) => typeof each === 'string');
}

/** The value if it is one of `known`, else null. */
export function oneOf<const Known extends string>(known: readonly Known[], value: unknown): Known | null {
  return known.find((each) => each === value) ?? null;
}

/** Seconds between two ISO times, to the millisecond. */
export function secondsBetween(from: string, to: string): number {
  const span = (Date.parse(to) - Date.parse(from)) / 1000;
  return Number.isFinite(span) ? Math.max(0, Math.round(span * 1000) / 1000) : 0;
}
