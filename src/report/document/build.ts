import type { Event } from '../../events/events';
import { secondsBetween } from '../../events/read';
import { oneLine } from '../escape';
import { checklistOf } from './checklist';
import { decisionsOf } from './decisions';
import { factsOf, hostsOf, type Facts } from './facts';
import type { Given, Series } from './given';
import { alertingOf, marksOf, messagesOf } from './messages';
import { inOrder, metricsAt } from './metrics';
import type { RunDocument } from './model';
import { timelineOf } from './moments';
import { partsOf } from './parts';

/**
 * The written report of one run, from its events in their order and from what else is known. Same input, same document; throws
 * nothing, whatever the events hold. The events may stop anywhere: what is not known yet is said to be so.
 */
export function runDocument(events: readonly Event[], given: Given = {}): RunDocument {
  const facts = factsOf(events, given);
  const { state, turnedAt, startedAt, endedAt } = facts;
  const series = (given.series ?? []).map(cleaned);
  const marks = { switchedAt: facts.switchedAt ?? given.marks?.switchedAt ?? null, turnedAt: turnedAt ?? given.marks?.turnedAt ?? null };
  // Watched beyond the end of a deployment: what counts is the last that is known.
  const metrics = metricsAt(series, marks.turnedAt ?? series.flatMap(({ samples }) => samples.at(-1)?.at ?? []).concat(endedAt).sort().at(-1) ?? endedAt);
  const failedRequests = failedRequestsOf(given);
  return {
    format: 1,
    layout: facts.layout,
    workflow: facts.workflow,
    title: titleOf(facts),
    word: facts.word,
    tone: facts.tone,
    outcome: facts.outcome,
    app: oneLine(state.started?.app ?? '?'),
    environment: oneLine(state.started?.environment ?? '?'),
    deployment: oneLine(state.deployment ?? 'none'),
    run: oneLine(state.started?.run ?? ''),
    hash: oneLine(state.plan?.hash ?? ''),
    startedAt,
    endedAt,
    over: state.ended !== undefined,
    seconds: secondsBetween(startedAt, endedAt),
    hosts: hostsOf(facts),
    versions: facts.versions,
    notes: (state.plan?.notes ?? []).map(oneLine),
    releaseNotes: notesOf(facts),
    parts: partsOf(facts, failedRequests, metrics),
    downtime: facts.downtime,
    failedRequests,
    switchedAt: facts.switchedAt,
    turnedAt,
    timeline: timelineOf(facts),
    decisions: decisionsOf(events, given),
    messages: messagesOf(state),
    keptAt: (state.stored?.where ?? []).map(oneLine),
    alerting: alertingOf(state),
    spans: facts.spans,
    waits: facts.waits,
    metrics,
    series,
    marks,
    notTakenBack: (state.ended?.skipped ?? []).map(oneLine),
    schemaAhead: (state.ended?.schemaAhead ?? []).map(oneLine),
    contacts: (given.contacts ?? []).map(({ role, name, reach }) => ({ role: oneLine(role), name: oneLine(name), reach: oneLine(reach) })),
    checklist: checklistOf(state, [...marksOf(state), ...(given.checklist ?? [])]),
    written: given.written ?? null,
  };
}

function titleOf({ workflow, layout, versions, state }: Facts): string {
  const site = oneLine(`${state.started?.app ?? '?'}/${state.started?.environment ?? '?'}`);
  const what = workflow === 'rollback' ? `rollback of ${versions.asked} on ${site}` : `deployment of ${versions.asked} to ${site}`;
  return layout === 'incident' ? `Incident report: ${what}` : `Report: ${what}`;
}

function notesOf({ state: { releaseNotes: notes } }: Facts): RunDocument['releaseNotes'] {
  return notes && { changes: notes.changes.map(oneLine), for_users: notes.for_users.map(oneLine), known: notes.known.map(oneLine) };
}

function failedRequestsOf({ failedRequests }: Given): string {
  if (!failedRequests) return 'not measured';
  const { count, total, source } = failedRequests;
  return `${count}${total === null ? '' : ` of ${total}`}, by ${oneLine(source)}`;
}

function cleaned(series: Series): Series {
  const thresholds = series.thresholds.filter(({ value }) => Number.isFinite(value)).map((each) => ({ ...each, name: oneLine(each.name) }));
  return { ...series, name: oneLine(series.name), unit: oneLine(series.unit), samples: inOrder(series.samples), thresholds };
}
