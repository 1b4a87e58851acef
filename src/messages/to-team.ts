/** What the team is told: everything that helps to act. */
import { minute, moment } from '../report/time';
import type { Asking, Escalation, RollbackComplete, RollbackStart, Telling } from './moments';
import { notice } from './notice';
import { escalation, onCall, roleName } from './people';
import type { Given, Words } from './templates';
import { count, inWords, list, place, spanInWords, text, version } from './words';

export function forTeam(telling: Telling, given: Given): Words {
  if (telling.moment === 'notice') return notice(telling, 'team', given);
  const { subject, body } = headAndBody(telling, given);
  const { app, environment, deployment } = given.subject;
  return { subject, text: text([subject], body, [`${app}/${environment}, deployment ${deployment}`]) };
}

interface Parts {
  readonly subject: string;
  readonly body: readonly (string | null)[];
}

function headAndBody(telling: Exclude<Telling, { moment: 'notice' }>, given: Given): Parts {
  const release = version(given.subject.release);
  const what = `${place(given.subject)} deployment ${release}`;
  switch (telling.moment) {
    case 'postponed':
      return { subject: `DEPLOYMENT POSTPONED - ${what}`, body: [`New start: ${telling.scheduled ? minute(telling.scheduled) : 'not known yet, a person is waited for'}`, `Reason: ${telling.reason}`] };
    case 'called-off':
      return { subject: `DEPLOYMENT CALLED OFF - ${what}`, body: [`It was scheduled for ${minute(telling.scheduled)} and does not begin. Nothing was changed.`, `Reason: ${telling.reason}`] };
    case 'start':
      return { subject: `DEPLOYMENT STARTED - ${what}`, body: ['The maintenance window is open.', `Expected duration: ${spanInWords(telling.duration)}`, `Expected downtime: ${telling.downtime ? spanInWords(telling.downtime) : 'none'}`, onCall(given.contacts)] };
    case 'progress':
      return { subject: `DEPLOYMENT PROGRESS - ${what}`, body: [`${telling.done} of ${count(telling.total, 'step')} done`, telling.step && `Now: ${telling.step}`] };
    case 'delay':
      return { subject: `DEPLOYMENT DELAYED - ${what}`, body: [`Reason: ${telling.reason}`, `Expected end: ${telling.expected ? minute(telling.expected) : 'not known yet'}`] };
    case 'done':
      return { subject: `DEPLOYMENT COMPLETE - ${place(given.subject)} is on ${release}`, body: [`It took ${inWords(telling.seconds)}.`, ...list('Changes:', telling.changes), onCall(given.contacts)] };
    case 'rollback-start':
      return { subject: `ROLLBACK INITIATED - ${what}`, body: rollbackStart(telling) };
    case 'rollback-update':
      return {
        subject: `ROLLBACK UPDATE - ${what}`,
        body: [`${telling.done} of ${count(telling.total, 'step')} taken back after ${inWords(telling.elapsed)}`, `ETA: ${telling.remaining === null ? 'not known' : inWords(telling.remaining)}`, telling.step && `Now: ${telling.step}`, ...list('Known problems and ways around them:', telling.known ?? [])],
      };
    case 'rollback-complete':
      return rollbackComplete(telling, given);
    case 'hold':
    case 'blocked':
      return asking(telling, what, given);
    case 'escalation':
      return askedNow(telling, what, given);
    case 'test-alert':
      return { subject: `TEST ALERT - ${what}`, body: ['This is a test. Nothing is wrong.', telling.confirm && `Confirm that it arrived: ${telling.confirm}`] };
    case 'due':
      return {
        subject: `${telling.at === telling.since ? 'DUE' : 'STILL DUE'} - ${telling.task}: ${place(given.subject)} ${release}`,
        body: [`Due since: ${minute(telling.since)}`, ...list('To be done:', telling.points), `Say that it is done: ${telling.confirm}`],
      };
    case 'drill-failed':
      return {
        subject: telling.held ? `DRILL FAILED - the way back of ${place(given.subject)} ${release} is not proven` : `DRILL NOT HELD - ${place(given.subject)}`,
        body: [telling.sentence, telling.on && `It took place on: ${telling.on}`, onCall(given.contacts)],
      };
  }
}

function rollbackStart({ reason, by, estimate, every }: RollbackStart): string[] {
  return [`Reason: ${reason}`, `ETA: ${estimate === null ? 'not known' : inWords(estimate)}`, `Started by: ${by}`, `Status updates every ${inWords(every)}`];
}

/** Complete is said of what is complete: neither of steps left out nor of services that nobody checked. */
function rollbackComplete(telling: RollbackComplete, { subject }: Given): Parts {
  const { previous, left, verified, report, postMortem, reason, seconds } = telling;
  const stable = previous === null ? `as before ${version(subject.release)}` : `stable on ${version(previous)}`;
  const whole = left.length === 0;
  return {
    subject: whole ? `ROLLBACK COMPLETE - ${place(subject)} ${stable}` : `ROLLBACK INCOMPLETE - ${place(subject)} needs a person`,
    body: [
      verified ? 'Services verified healthy' : 'Services NOT verified: look at them before relying on them',
      ...list('Left as they are:', left),
      `Reason: ${reason}`,
      `It took ${inWords(seconds)}.`,
      `Incident report: ${report ?? 'not there yet'}`,
      `Post-mortem scheduled: ${postMortem ? minute(postMortem) : 'not yet'}`,
    ],
  };
}

function askedNow({ role, since, about, confirm, next }: Escalation, what: string, { contacts }: Given): Parts {
  const asked = role === null ? null : (contacts?.[role]?.name ?? null);
  return {
    subject: role === null ? `NOBODY HAS ANSWERED - ${what}` : `SOMEBODY IS NEEDED - ${what}`,
    body: [
      about,
      `Since: ${moment(since)}`,
      ...(role === null ? ['All who can be asked were asked by mail, and nobody has answered.'] : [`Asked now: the ${roleName(role)}${asked === null ? '' : `, ${asked}`}`, next === null ? 'There is nobody to go on to.' : `Without an answer the next is asked in ${inWords(next)}.`]),
      `Say that you see to it: ${confirm}`,
      ...escalation(contacts),
    ],
  };
}

function asking({ moment: which, at, title, host, sentence, answers, waited, over }: Asking, what: string, { contacts }: Given): Parts {
  if (over !== undefined) return { subject: `NOT WATCHED - ${what}`, body: [over, `${title}: ${sentence}`, `Since: ${moment(at)}`, onCall(contacts)] };
  return {
    subject: `${which === 'hold' ? `DECISION ${waited === undefined ? '' : 'STILL '}NEEDED` : 'BLOCKED'} - ${what}`,
    body: [
      host === null ? 'The release is live, and stays so until a person decides or it gets worse.' : which === 'hold' ? 'Everything is safe. Going on costs data, so a person decides.' : 'A step back cannot go on without a person.',
      `${title}${host === null ? '' : ` on ${host}`}: ${sentence}`,
      `Waiting since: ${moment(at)}${waited === undefined ? '' : `, for ${inWords(waited)}`}`,
      ...list('Answer with one of:', answers.map(({ command, purpose }) => `${command}   (${purpose})`)),
      onCall(contacts),
      ...escalation(contacts),
    ],
  };
}
