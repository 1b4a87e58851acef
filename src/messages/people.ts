/** Whom to call, as messages say it. */
import type { MessagesSettings } from '../config/schema';

type Contacts = NonNullable<MessagesSettings['contacts']>;
type Person = Contacts['deployment_lead'];

/** Who is asked, one after the other, until somebody sees to it. What has to do with security alone is not among it. */
export const ROLES = ['on_call', 'deployment_lead', 'operations_lead', 'technical_director', 'infrastructure_manager'] as const;
export type Role = (typeof ROLES)[number];

/** As people are addressed: `technical director`. */
export const roleName = (role: Role): string => (role === 'on_call' ? 'engineer on call' : role.replace('_', ' '));

const reach = ({ name, phone, email }: Person) => `${name} - ${phone}, ${email}`;

/** The engineer on call with telephone and mail address; null where no contacts are configured. */
export function onCall(contacts: Contacts | undefined): string | null {
  return contacts ? `On-call engineer: ${reach(contacts.on_call ?? contacts.deployment_lead)}` : null;
}

/** The roles of {@link ROLES} that can be asked by mail, in that order; somebody with several is asked once. */
export function rolesToAsk({ contacts, channels }: Pick<MessagesSettings, 'contacts' | 'channels'>): Role[] {
  if (!contacts || !channels.some(({ email }) => email !== undefined)) return [];
  const addresses = ROLES.map((role) => contacts[role]?.email.toLowerCase());
  return ROLES.filter((_, n) => addresses[n] !== undefined && addresses.indexOf(addresses[n]) === n);
}

/** Where people outside the team turn to: the team's address, no names. */
export function questions(contacts: Contacts | undefined): string | null {
  return contacts ? `Questions or problems: ${contacts.team}` : null;
}

/** Who is responsible, and whom to go on to when nobody answers: a line for each role. */
export function escalation(contacts: Contacts | undefined): string[] {
  if (!contacts) return [];
  const { deployment_lead, operations_lead, security_lead, technical_director, infrastructure_manager, security_manager } = contacts;
  return [
    `Deployment lead: ${reach(deployment_lead)}`,
    `Operations lead: ${reach(operations_lead)}`,
    `Security lead: ${reach(security_lead)}`,
    'If nobody answers:',
    `Technical director: ${reach(technical_director)}`,
    `Infrastructure manager: ${reach(infrastructure_manager)}`,
    `Security manager: ${reach(security_manager)}`,
  ];
}
