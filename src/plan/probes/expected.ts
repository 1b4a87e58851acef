// What is expected of an answer, with the placeholders of the settings filled.
import type { Expected } from '../../commands/probe';
import type { HttpProbe } from '../../config/schema';
import type { ProbeAim } from './aim';

type Wanted = string | number | boolean | (string | number | boolean)[];

export function wantedOf(json: Readonly<Record<string, Wanted>>): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(json).map(([field, value]) => [field, Array.isArray(value) ? value.map(String) : String(value)]));
}

/** `{release}`, `{version}` and `{deployment}` in every text; other words in braces are what a scenario captures. */
export function filled<T>(value: T, values: Readonly<Record<string, string>>): T {
  if (typeof value === 'string') return value.replace(/\{(release|version|deployment)\}/g, (_, name: string) => values[name] ?? '') as T;
  if (Array.isArray(value)) return value.map((item: unknown) => filled(item, values)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item as unknown, values)])) as T;
}

/** What the new release must answer. */
export function expectations(probe: HttpProbe, aim: Pick<ProbeAim, 'tag' | 'deployment'>): Omit<Expected, 'status'> {
  const fill = <T>(value: T): T => filled(value, { release: aim.tag, version: aim.tag.replace(/^v(?=\d)/, ''), deployment: aim.deployment });
  return { ...(probe.json ? { json: fill(wantedOf(probe.json)) } : {}), ...(probe.contains ? { contains: fill(probe.contains) } : {}) };
}
