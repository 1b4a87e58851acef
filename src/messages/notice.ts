/** The announcement of a deployment, a day ahead: one form for all audiences. */
import { minute } from '../report/time';
import type { Given, Words } from './templates';
import type { Audience, Notice } from './moments';
import { onCall, questions } from './people';
import { list, spanInWords, text, version } from './words';

/** Users are given what was written for them, and the team's address in place of names. */
export function notice(telling: Notice, audience: Audience, { subject, product, contacts }: Given): Words {
  const when = minute(telling.scheduled);
  const users = audience === 'users';
  const downtime = telling.downtime ? spanInWords(telling.downtime) : 'none';
  return {
    subject: `[DEPLOYMENT NOTICE] ${product} ${version(subject.release)} - ${when}`,
    text: text(
      [users ? `${product} will be updated.` : `${product} ${version(subject.release)} will be deployed to ${subject.environment}.`],
      [
        `Deployment scheduled for: ${when}`,
        `Expected duration: ${spanInWords(telling.duration)}`,
        `Expected downtime: ${downtime}${users && telling.downtime ? '; until it is over you will see a maintenance page' : ''}`,
      ],
      list('Changes:', users ? telling.forUsers : telling.changes),
      users ? [] : [`Rollback plan: ${telling.wayBack}`],
      [users ? null : onCall(contacts), audience === 'team' ? null : questions(contacts)],
    ),
  };
}
