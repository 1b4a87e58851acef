// Every probe of the settings as a document for whoever takes the reading, by tier and place.
import type { ProbeDocument } from '../../commands/probe';
import { kindOf } from '../../config/schema/probes';
import type { Settings } from '../../config/schema';
import { seconds } from '../../config/units';
import type { ProbeAim, Side } from './aim';
import { document } from './document';
import { localWay, outsideWay, publicPort, sidesOf } from './ways';

/** Who takes which readings when, in the order of the settings. */
export interface ProbeDocuments {
  /** First tier, on each host, before users are let in, through the local way in. */
  readonly closed: readonly ProbeDocument[];
  /** By tier, when users are in. */
  readonly open: Readonly<Record<1 | 2 | 3, { readonly host: readonly ProbeDocument[]; readonly worker: readonly ProbeDocument[] }>>;
}

/** Kinds with something to read only when users are in. */
const NEEDS_USERS = ['access_log', 'samples', 'sentry'];

export function probeDocuments(s: Settings, aim: ProbeAim): ProbeDocuments {
  const made = s.probes.map((probe) => ({ tier: probe.tier, sides: sidesOf(probe), late: NEEDS_USERS.includes(kindOf(probe)), probe }));
  const ofTier = (tier: number, side: Side) =>
    made
      .filter((one) => one.tier === tier && one.sides.includes(side) && (side === 'worker' || tier > 1 || one.late))
      .map(({ probe }) => document(s, aim, probe, side === 'worker' ? outsideWay(s, aim.outside) : publicPort(s), side));
  return {
    closed: made
      .filter((one) => one.tier === 1 && one.sides.includes('host') && !one.late)
      .map(({ probe }) => document(s, aim, probe, localWay(s), 'host', seconds(s.timeouts.check))),
    open: { 1: { host: ofTier(1, 'host'), worker: ofTier(1, 'worker') }, 2: { host: ofTier(2, 'host'), worker: ofTier(2, 'worker') }, 3: { host: ofTier(3, 'host'), worker: ofTier(3, 'worker') } },
  };
}
