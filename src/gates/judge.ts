import { instant } from '../config/instant';
import type { Gates } from '../config/schema/gates';
import { milliseconds } from '../config/units';
import { approval } from './approval';
import { order } from './order';
import { iso, told } from './told';
import type { Found, Freeze, GateFacts, Override, Staged, Verdict } from './verdict';
import { lookAt } from './window';

/**
 * All gates of a deployment at once: one verdict each for those that are configured, and for a freeze. It may start when every state is `open`; to be
 * judged again after every wait, as the window may have closed while an approval was waited for. An override opens every gate that is closed, but
 * for the order in which deployments were asked for, and its verdict says who did so.
 *
 * A rollback passes all gates and is never judged: to go back must be possible at any time, without anybody's leave.
 *
 * `gates`: undefined when the settings have none. `now`: milliseconds since 1970. `release`: the tag.
 * @throws RangeError for a time that is none, an override without a name or a reason, a zone that this machine does not know
 */
export function judge(gates: Gates | undefined, now: number, facts: GateFacts, release: string, override: Override | null = null): Verdict[] {
  if (override !== null && (override.by.trim() === '' || override.reason.trim() === '')) throw new RangeError('an override must say by whom and why');
  const found = [
    ...(gates?.window ? [window(gates.window, now, noticeEnds(gates, now, facts))] : []),
    ...(gates?.notice === undefined ? [] : [notice(gates.notice, now, facts)]),
    ...(facts.freeze ? [freeze(facts.freeze, now)] : []),
    ...(gates?.staging ? [staging(gates.staging, now, facts.staging, release)] : []),
    ...(gates?.approvals ? [approval(gates.approvals, facts.approvals, facts.stranger)] : []),
  ];
  const verdicts = found.map(({ gate, state, until, what, todo }): Verdict => {
    if (override === null || state === 'open') return { gate, state, until, sentence: todo === undefined ? what : `${what}; ${todo}` };
    return { gate, state: 'open', until: null, overridden: true, sentence: `overridden by ${override.by} (${override.reason}), although ${what}` };
  });
  return facts.later ? [...verdicts, order(facts.later, release)] : verdicts;
}

/** Before the notice is given: when it would be old enough, given now. Null: it is given already, and people count on it; undefined: none is asked for. */
function noticeEnds({ notice: lead }: Gates, now: number, { noticeGivenAt }: GateFacts): number | null | undefined {
  if (lead === undefined) return undefined;
  return noticeGivenAt === null ? now + milliseconds(lead) : null;
}

/** `closed: refuse` is about the start that is asked for: with a notice that is when it ends. What was announced is waited for. */
function window(settings: NonNullable<Gates['window']>, now: number, ripe: number | null | undefined): Found {
  const { open, next, sentence: what } = lookAt(settings, now);
  if (settings.closed === 'refuse' && typeof ripe === 'number') {
    const then = lookAt(settings, ripe);
    if (!then.open) return { gate: 'window', state: 'refused', until: null, what: `when the notice has been given long enough, at ${told(ripe, settings.zone)}, ${then.sentence}`, todo: 'ask again so that this lies in the window' };
  }
  if (open || next === null) return { gate: 'window', state: open ? 'open' : 'refused', until: null, what };
  if (settings.closed === 'refuse' && ripe === undefined) return { gate: 'window', state: 'refused', until: null, what, todo: 'ask again then' };
  return { gate: 'window', state: 'wait', until: next, what, todo: 'who asks for a deployment waits for it, nothing needs to be done' };
}

function notice(lead: string, now: number, { requestedAt, noticeGivenAt }: GateFacts): Found {
  if (noticeGivenAt === null) {
    const what = `no notice has gone out for the deployment asked for at ${told(instant(requestedAt))}, and it must be given ${lead} ahead`;
    return { gate: 'notice', state: 'wait', until: null, what, todo: 'announce it' };
  }
  const given = instant(noticeGivenAt);
  const ripe = given + milliseconds(lead);
  if (now >= ripe) return { gate: 'notice', state: 'open', until: null, what: `notice was given at ${told(given)}, ${lead} ahead or more` };
  return { gate: 'notice', state: 'wait', until: iso(ripe), what: `notice was given at ${told(given)}, and ${lead} must pass, until ${told(ripe)}`, todo: 'nothing needs to be done' };
}

function freeze({ until, reason, by }: Freeze, now: number): Found {
  const set = `${by} has frozen deployments (${reason})`;
  if (until === null) return { gate: 'freeze', state: 'wait', until: null, what: `${set} until somebody ends it`, todo: `ask ${by}` };
  const end = instant(until);
  if (now >= end) return { gate: 'freeze', state: 'open', until: null, what: `the freeze by ${by} (${reason}) ended at ${told(end)}` };
  return { gate: 'freeze', state: 'wait', until: iso(end), what: `${set} until ${told(end)}`, todo: `wait, or ask ${by} to end it` };
}

/** The last deployment of the release that did something there counts: one that was taken back is worth nothing, whatever went before. */
function staging({ environment, within }: NonNullable<Gates['staging']>, now: number, staged: readonly Staged[], release: string): Found {
  const done = staged.filter((one) => one.release === release && one.outcome !== 'unchanged');
  const last = done.sort((one, other) => instant(other.at) - instant(one.at))[0];
  if (last === undefined) return { gate: 'staging', state: 'wait', until: null, what: `${release} has not been deployed to ${environment}`, todo: 'deploy it there first' };
  const at = instant(last.at);
  const what = `${release} was deployed to ${environment} at ${told(at)}`;
  if (last.outcome !== 'deployed') {
    return { gate: 'staging', state: 'refused', until: null, what: `${release} ended as ${last.outcome} on ${environment} at ${told(at)}`, todo: 'find out why, and deploy there what is to come here' };
  }
  if (now - at > milliseconds(within)) return { gate: 'staging', state: 'wait', until: null, what: `${what}, longer ago than ${within}`, todo: 'deploy it there again' };
  return { gate: 'staging', state: 'open', until: null, what };
}
