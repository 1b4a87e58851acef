import { instant } from '../config/instant';
import type { Gates } from '../config/schema/gates';
import { earliestStart } from './next';
import { told } from './told';
import { lookAt } from './window';

/** What a gate will ask for, before a deployment is asked for. */
export interface Foretold {
  readonly gate: 'window' | 'notice' | 'staging' | 'approval';
  readonly sentence: string;
}

/**
 * What is waited for at each gate that is configured, and when a deployment that is asked for now may start at the earliest, as far as clocks tell.
 * `now`: milliseconds since 1970. @throws RangeError for a zone that this machine does not know
 */
export function foretell(gates: Gates, now: number): { readonly gates: readonly Foretold[]; readonly start: string } {
  const { window, notice, staging, approvals } = gates;
  const next = earliestStart(gates, now, { freeze: null, noticeGivenAt: null });
  const found: Foretold[] = [
    ...(window ? [{ gate: 'window' as const, sentence: lookAt(window, now).sentence }] : []),
    ...(notice === undefined ? [] : [{ gate: 'notice' as const, sentence: `it is announced when it is asked for, and ${notice} must pass` }]),
    ...(staging ? [{ gate: 'staging' as const, sentence: `it must have been deployed to ${staging.environment} within ${staging.within}` }] : []),
    ...(approvals ? [{ gate: 'approval' as const, sentence: `${approvals.needed} of the allowed signers must approve the plan${approvals.roles.map(({ name, people }) => `, one for ${name} (${people.join(' or ')})`).join('')}` }] : []),
  ];
  return { gates: found, start: next === null ? 'no start within a year' : instant(next) <= now ? 'it may start now, as far as clocks tell' : `not before ${told(instant(next), window?.zone)}` };
}
