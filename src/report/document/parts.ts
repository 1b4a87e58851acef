import { oneLine } from '../escape';
import { duration, moment } from '../time';
import { secondsBetween } from '../../events/read';
import { hostsOf, type Facts } from './facts';
import type { Metric, Part } from './model';

/** The five parts of an incident report, each with what the record says and what is left to a person. */
export function partsOf(facts: Facts, failedRequests: string, metrics: readonly Metric[]): Part[] {
  const incident = facts.layout === 'incident';
  const ask = (...questions: string[]): string[] => (incident ? questions : []);
  return [
    { name: 'What happened', facts: happened(facts), toFill: [] },
    { name: 'Why', facts: why(facts), toFill: ask('The root cause: why did this happen, and why was it not seen before?') },
    { name: 'Impact', facts: impact(facts, failedRequests, metrics), toFill: ask('Who noticed, how many users, what it cost them, and whether data was lost or wrong.') },
    { name: 'Resolution', facts: resolution(facts), toFill: ask('What people did beside Sternway, and what is still to be done now.') },
    { name: 'Prevention', facts: prevention(facts), toFill: ['What is changed so that it does not happen again, or goes better next time: each with a name and a date.'] },
  ];
}

function happened(facts: Facts): string[] {
  const { state, workflow, startedAt, endedAt, spans, switchedAt, versions, outcome } = facts;
  const hosts = hostsOf(facts).join(', ');
  const by = oneLine(state.started?.by ?? 'somebody');
  const forward = spans.filter(({ back, result }) => !back && result === 'done').length;
  const planned = (state.plan?.steps ?? []).reduce((sum, step) => sum + step.hosts.length, 0);
  const commit = versions.commit === '' ? '' : ` (commit ${versions.commit.slice(0, 12)})`;
  return [
    workflow === 'rollback' ? `${by} asked at ${moment(startedAt)} for the rollback of ${versions.asked}${commit}.` : `${by} asked at ${moment(startedAt)} for the deployment of ${versions.asked}${commit}${hosts === '' ? '' : ` on ${hosts}`}.`,
    ...(workflow === 'deploy' && state.plan ? [`Of ${planned} tasks ${forward} were done.`] : []),
    ...(switchedAt === null ? ['The release never took over.'].filter(() => workflow === 'deploy') : [`${versions.asked} took over at ${moment(switchedAt)}.`]),
    ...(state.turnedBack ? [`It turned back at ${moment(state.turnedBack.at)}.`] : []),
    `${state.ended ? `After ${duration(secondsBetween(startedAt, endedAt))}` : 'Now'}: ${outcome}`,
  ];
}

function why({ state, workflow, spans }: Facts): string[] {
  const { started, turnedBack, ended } = state;
  const reason = started?.reason ? oneLine(started.reason) : 'no reason was given';
  if (workflow === 'rollback') return [`${oneLine(started?.by ?? 'somebody')} asked for the rollback: ${reason}.`];
  const asked = `${oneLine(started?.by ?? 'somebody')} asked for the deployment: ${reason}.`;
  if (!turnedBack) return ended?.outcome === 'unchanged' ? [asked, `Nothing was changed: ${oneLine(ended.sentence)}`] : [asked];
  const first = spans.find(({ back, result }) => !back && result === 'failed');
  return [
    `Cause (${turnedBack.cause}): ${oneLine(turnedBack.sentence)}`,
    ...(first && turnedBack.cause !== 'failure' ? [`Before that, ${first.title} · ${first.host} had failed: ${first.sentence ?? ''}`] : []),
    asked,
  ];
}

function impact({ downtime }: Facts, failedRequests: string, metrics: readonly Metric[]): string[] {
  return [
    `Downtime: ${downtime.sentence}.`,
    `Failed requests: ${failedRequests}.`,
    ...metrics.map(({ name, value, baseline, crossed }) => `${name}: ${value}, before ${baseline}${crossed.length > 0 ? `, over the line: ${crossed.join(', ')}` : ''}.`),
  ];
}

function resolution({ state, spans, waits, turnedAt, endedAt, versions }: Facts): string[] {
  const done = spans.filter(({ back, kind, result }) => back && kind === 'change' && result === 'done');
  const since = turnedAt === null ? '' : ` in ${duration(secondsBetween(turnedAt, endedAt))}`;
  return [
    ...(done.length > 0 ? [`${done.length} ${done.length === 1 ? 'task was' : 'tasks were'} taken back${since}.`] : turnedAt === null ? ['Nothing had to be taken back.'] : ['No task was taken back.']),
    ...waits.map(({ hold, sentence, to }) => `${hold ? 'It held and asked' : 'It was blocked'}: ${sentence} (${to === null ? 'not answered' : `answered at ${moment(to)}`})`),
    ...(state.ended?.skipped ?? []).map((each) => `NOT taken back: ${oneLine(each)}`),
    ...(state.ended?.schemaAhead ?? []).map((each) => `Schema that stayed, being additive: ${oneLine(each)}`),
    `Before: ${versions.before}. After: ${versions.after}.`,
  ];
}

/** What the record offers to think about: which checks saw it, and where people were waited for. */
function prevention({ spans, waits }: Facts): string[] {
  const saw = spans.filter(({ result }) => result === 'failed');
  const again = spans.filter(({ remarks }) => remarks.some((each) => /attempts$/.test(each)));
  return [
    ...saw.map(({ kind, title, host, back }) => `Seen by: ${back ? 'undo of ' : ''}${title} · ${host} (${kind === 'check' ? 'a check' : 'the change itself'})`),
    ...waits.map(({ title, host, from, to }) => `Waited for a person: ${title} · ${host}${to === null ? '' : `, ${duration(secondsBetween(from, to))}`}`),
    ...again.map(({ title, host, remarks }) => `Took more than one attempt: ${title} · ${host} (${remarks.join(', ')})`),
  ];
}
