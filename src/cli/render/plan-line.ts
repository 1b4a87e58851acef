import type { Planned } from '../../events/events';
import { duration } from '../../report/time';

/** One line about what is to come: how far, where, from which release to which; of a way back also how long it will take. */
export function planLine({ steps, hosts, previous, release, estimate }: Planned): string {
  const where = `${steps.length} steps on ${hosts.join(', ')}`;
  if (estimate === null) return `${where}, from ${previous ?? 'what is there'} to ${release}`;
  return `${where} to take back, from ${release} to ${previous ?? 'what was there'}; about ${duration(estimate)}, by what they took forward`;
}
