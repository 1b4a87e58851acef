/** Whom to call, as messages say it. */
import type { MessagesSettings } from '../config/schema';

type Contacts = NonNullable<MessagesSettings['contacts']>;
type Person = Contacts['deployment_lead'];

const reach = ({ name, phone, email }: Person) => `${name} - ${phone}, ${email}`;

/** The engineer on call with telephone and mail address; null where no contacts are configured. */
export function onCall(contacts: Contacts | undefined): string | null {
  return contacts ? `On-call engineer: ${reach(contacts.on_call ?? contacts.deployment_lead)}` : null;
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
