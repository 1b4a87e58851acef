import type { MessagesSettings } from '../../config/schema';
import type { Contact } from './given';

/** Whom to call, by role, from the section `messages.contacts`; empty where there is none. */
export function contactsOf(contacts: MessagesSettings['contacts']): Contact[] {
  if (!contacts) return [];
  const { team, ...people } = contacts;
  const named = Object.entries(people).flatMap(([role, person]) => (person ? [{ role: role.replaceAll('_', ' '), name: person.name, reach: `${person.phone}, ${person.email}` }] : []));
  return [...named, { role: 'team', name: '', reach: team }];
}
