/** What stakeholders are told: where it stands, what it means, what comes next. Causes, but neither hosts nor commands. */
import { minute } from '../report/time';
import type { Telling } from './moments';
import { notice } from './notice';
import { questions } from './people';
import type { Given, Words } from './templates';
import { inWords, later, list, place, spanInWords, text, version } from './words';

export function forStakeholders(telling: Telling, given: Given): Words | undefined {
  const { product, contacts, subject } = given;
  const release = version(subject.release);
  const say = (title: string, ...lines: (string | null)[]): Words => ({ subject: `${product} ${release}: ${title}`, text: text(lines, [questions(contacts)]) });
  switch (telling.moment) {
    case 'notice':
      return notice(telling, 'stakeholders', given);
    case 'postponed':
      return say('deployment postponed', `New start: ${telling.scheduled ? minute(telling.scheduled) : 'not known yet; it will be announced'}`, `Reason: ${telling.reason}`);
    case 'called-off':
      return say('deployment called off', `The deployment that was scheduled for ${minute(telling.scheduled)} does not take place. Nothing was changed.`, `Reason: ${telling.reason}`);
    case 'start':
      return say('deployment started', `The deployment of ${product} ${release} to ${subject.environment} has started.`, `Expected end: ${minute(later(telling.at, telling.duration.most))}`, `Expected downtime: ${telling.downtime ? spanInWords(telling.downtime) : 'none'}`);
    case 'progress':
      return say('progress', `The deployment is ${percent(telling)} done.`);
    case 'delay':
      return say('delayed', `The deployment takes longer than planned: ${telling.reason}`, `Expected end: ${telling.expected ? minute(telling.expected) : 'not known yet'}`);
    case 'done':
      return say('deployment complete', `${place(subject)} is on ${release}. It took ${inWords(telling.seconds)}.`, ...list('Changes:', telling.changes));
    case 'rollback-start':
      return say('rollback decided', `${product} is taken back to the release before ${release}.`, `Reason: ${telling.reason}`, restored(telling.at, telling.estimate));
    case 'rollback-update':
      return say('rollback under way', `The rollback is ${percent(telling)} done after ${inWords(telling.elapsed)}.`, restored(telling.at, telling.remaining));
    case 'rollback-complete': {
      const live = telling.previous === null ? `as before ${release}` : `on ${version(telling.previous)}`;
      const whole = telling.left.length === 0;
      return say(
        whole ? 'rollback complete' : 'rollback incomplete',
        whole ? `${place(subject)} is ${live} again${telling.verified ? ', and its services are verified healthy' : '; its services are not verified yet'}.` : 'Part of the deployment could not be taken back; the team is working on it.',
        `Reason: ${telling.reason}`,
        telling.report && `Incident report: ${telling.report}`,
        `Post-mortem: ${telling.postMortem ? minute(telling.postMortem) : 'will be scheduled'}`,
      );
    }
    case 'hold':
      if (telling.waited !== undefined || telling.over !== undefined) return undefined;
      // Of a bake: nothing has stopped there, and the release serves users as it is.
      return telling.host === null
        ? say('waiting for a decision', `${release} is live, and stays so until the team decides or it gets worse.`, 'What is watched since it went live is not as it should be, or cannot be told.')
        : say('waiting for a decision', 'Everything is safe. Going on would cost data, so the team decides how.');
    case 'blocked':
    case 'escalation':
    case 'test-alert':
    case 'due':
    case 'drill-failed':
      return undefined;
  }
}

function percent({ done, total }: { readonly done: number; readonly total: number }): string {
  return `${total === 0 ? 0 : Math.floor((100 * done) / total)}%`;
}

function restored(at: string, seconds: number | null): string {
  return seconds === null ? 'Time of restoration: not known yet' : `Estimated time of restoration: ${minute(later(at, seconds))}, in ${inWords(seconds)}`;
}
