import type { DrillSettings } from '../config/schema';
import { milliseconds } from '../config/units';
import type { Proof } from '../events/proofs';
import { ago, duration } from './time';

/** What drills say of the way back of an environment. */
export interface Proven {
  /** `last proven rollback: 12 days ago, 41 s, v2.1.0 to v2.0.0 on staging`, and what is wrong with it. */
  readonly said: string;
  /** Why a deployment is refused; null: it is not. */
  readonly refuses: string | null;
}

/** `possible`: a drill could be held by now. Before there are two releases none can, and a deployment must not wait for it. */
export function proven({ refuse, max_age }: DrillSettings, proofs: readonly Proof[], now: Date, possible: boolean): Proven {
  const held = proofs.filter(({ outcome }) => outcome !== 'not-held').toSorted((one, other) => other.at.localeCompare(one.at));
  const [last] = held;
  const good = held.find(({ outcome }) => outcome === 'proven');
  const failed = last?.outcome === 'failed' ? `the last drill failed ${ago(last.at, now)}: ${last.sentence}` : null;
  const old = good !== undefined && max_age !== undefined && now.getTime() - Date.parse(good.at) > milliseconds(max_age) ? `that is older than drills.max_age (${max_age})` : null;
  const said = [`last proven rollback: ${good ? proof(good, now) : 'never'}`, old, failed].filter((part) => part !== null).join('; ');
  const why = failed ?? (good ? old && `the last proven rollback was ${ago(good.at, now)}; ${old}` : possible ? 'no drill has proven a rollback yet' : null);
  return { said, refuses: refuse && why !== null ? `${why}; hold a drill that goes well (sternway drill now), or set drills.refuse: false` : null };
}

function proof({ at, rollbackSeconds, release, previous, on }: Proof, now: Date): string {
  return [ago(at, now), ...(rollbackSeconds === null ? [] : [duration(rollbackSeconds)]), `${release ?? '?'} to ${previous ?? '?'} on ${on ?? '?'}`].join(', ');
}
