import type { Tally } from '../approvals/tally';
import type { Gates } from '../config/schema/gates';
import type { Found } from './verdict';

/** Have enough people approved, and one of each role? With an author whom nobody knows it takes one more: nobody approves alone what is theirs. A single rejection refuses: it is about this plan, which will not get better by waiting. */
export function approval({ needed: others, roles }: NonNullable<Gates['approvals']>, { approved, rejected }: Tally, stranger?: string): Found {
  if (rejected.length > 0) {
    return { gate: 'approval', state: 'refused', until: null, what: `${list(rejected)} rejected the plan`, todo: 'settle why, and ask for the deployment again' };
  }
  const needed = others + (stranger === undefined ? 0 : 1);
  const short = needed - approved.length;
  const silent = roles.filter(({ people }) => !people.some((person) => approved.includes(person)));
  const so = approved.length === 0 ? 'nobody has approved the plan' : `approved by ${list(approved)}`;
  if (short <= 0 && silent.length === 0) return { gate: 'approval', state: 'open', until: null, what: so };
  const lacks = [
    ...(short > 0 ? [`${short} of ${needed} ${needed === 1 ? 'approval' : 'approvals'}`] : []),
    ...silent.map(({ name, people }) => `one for ${name} (${people.join(' or ')})`),
  ];
  return { gate: 'approval', state: 'wait', until: null, what: `${so}; still needed: ${list(lacks)}${stranger === undefined || short <= 0 ? '' : ` (one more than ${others}, for ${stranger} may be one of the signers: gates.approvals.authors can say who that is)`}`, todo: 'ask them to look at the plan and approve it' };
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
