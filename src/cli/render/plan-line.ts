import type { Planned } from '../../events/events';
import { oneLine } from '../../report/escape';
import { duration } from '../../report/time';

/** One line about what is to come: how far, where, from which release to which; of a way back also how long it will take. */
export function planLine({ steps, hosts, previous, release, estimate }: Planned): string {
  const where = `${steps.length} steps on ${hosts.join(', ')}`;
  if (estimate === null) return `${where}, from ${previous ?? 'what is there'} to ${release}`;
  return `${where} to take back, from ${release} to ${previous ?? 'what was there'}; about ${duration(estimate)}, by what they took forward`;
}

/** What a plan is to be known for beside its steps, a line each. */
export function planRemarks(adopted: readonly string[], notes: readonly string[]): string[] {
  return [...adopted.map((each) => `adopts: ${oneLine(each)}`), ...notes.map((note) => `note: ${oneLine(note)}`)];
}
