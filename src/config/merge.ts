export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What an environment gets: mappings merged key by key, everything else replaced. A secret is replaced whole, or one read
 * from a file here and from a variable there would end up with two sources.
 */
export function mergeOverrides(base: Mapping, overrides: Mapping): Mapping {
  return merge(base, overrides, []);
}

function merge(base: Mapping, over: Mapping, path: readonly string[]): Mapping {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    const whole = path[0] === 'secrets' || !isMapping(before) || !isMapping(value);
    merged[key] = whole ? value : merge(before, value, [...path, key]);
  }
  return merged;
}
