/** A moment in the words of an audience. */
import type { MessagesSettings } from '../config/schema';
import type { Audience, Subject, Telling } from './moments';
import { cleaned } from './words';
import { forStakeholders } from './to-stakeholders';
import { forTeam } from './to-team';
import { forUsers } from './to-users';

export interface Words {
  /** One line. */
  readonly subject: string;
  /** Plain text, no line break at its end. */
  readonly text: string;
}

/** What every template is given: all texts already on one line and safe to show. */
export interface Given {
  readonly subject: Subject;
  readonly product: string;
  readonly contacts: MessagesSettings['contacts'];
}

/**
 * What this audience is told; undefined when the moment does not concern it. Whatever a host or a person said is made safe to show
 * first. Users are told nothing of hosts, commands, commits and causes.
 */
export function words(telling: Telling, audience: Audience, subject: Subject, settings: Pick<MessagesSettings, 'product' | 'contacts'>): Words | undefined {
  const given: Given = cleaned({ subject, product: settings.product ?? subject.app, contacts: settings.contacts });
  const safe = cleaned(telling);
  switch (audience) {
    case 'team':
      return forTeam(safe, given);
    case 'users':
      return forUsers(safe, given);
    case 'stakeholders':
      return forStakeholders(safe, given);
  }
}
