// The site as users get it: what the new release must answer, and what the old one answered.
import type { Expected } from '../../commands/probe';
import type { HttpProbe, Settings } from '../../config/schema';
import { isPlain } from '../../config/schema/probes';
import { milliseconds } from '../../config/units';
import type { HostFacts } from '../../facts/facts';
import type { OutsideProbe } from '../plan';
import type { ProbeAim } from './aim';
import { document } from './document';
import { expectations } from './expected';
import { outsideWay, sidesOf } from './ways';

/** What the worker reads around the opening, in the first tier: of the new release, and of the old one on the way back. */
export function outsideProbes(s: Settings, aim: ProbeAim, facts: HostFacts): { fresh: OutsideProbe[]; before: OutsideProbe[] } {
  const { outside } = aim;
  const at = (probe: HttpProbe) => ({ name: probe.name, url: new URL(probe.path, s.url).href, ...outside });
  return {
    fresh: s.probes
      .filter((probe) => probe.tier === 1 && sidesOf(probe).includes('worker'))
      .map((probe) =>
        isPlain(probe)
          ? { ...at(probe), status: probe.status, within: milliseconds(probe.within), ...expectations(probe, aim) }
          : { name: probe.name, url: s.url, status: probe.status ?? 200, document: document(s, aim, probe, outsideWay(s, outside), 'worker') },
      ),
    before: s.probes.filter(isPlain).flatMap((probe) => {
      const expected = asBefore(probe, facts);
      return expected ? [{ ...at(probe), ...expected }] : [];
    }),
  };
}

/** What the old release must answer after a way back: just what it answered before. Undefined where it did not answer. */
export function asBefore(probe: HttpProbe, facts: HostFacts): Expected | undefined {
  const found = facts.probes[probe.name];
  if (!found || found.status === null) return undefined;
  const fields = Object.keys(probe.json ?? {}).flatMap((field) => {
    const value = field.split('|').map((place) => place.split('.').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined), found.json)).find((one) => one !== undefined);
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[field, String(value)] as const] : [];
  });
  return { status: found.status, ...(fields.length > 0 ? { json: Object.fromEntries(fields) } : {}), ...(found.contains && probe.contains ? { contains: probe.contains } : {}) };
}

/** The release that the live site says it is, by the probe that compares with `{release}`; else what our own record says. */
export function liveRelease(s: Settings, facts: HostFacts): string | null {
  for (const probe of s.probes.filter(isPlain)) {
    const field = Object.entries(probe.json ?? {}).find(([, value]) => value === '{release}' || (Array.isArray(value) && value.includes('{release}')))?.[0];
    const said = field ? asBefore(probe, facts)?.json?.[field] : undefined;
    if (typeof said === 'string') return said;
  }
  return facts.revision?.release ?? null;
}
