import { duration, moment } from '../time';
import type { ItemState } from './checklist-items';
import type { RunDocument, Span } from './model';

/** What is known at a glance: names and values, in the order in which they are read. */
export function glance(document: RunDocument): (readonly [name: string, value: string])[] {
  const { versions, startedAt, endedAt, over, seconds, hosts, deployment, downtime, failedRequests } = document;
  return [
    ['Version before', versions.before],
    ['Version after', versions.after],
    ...(versions.commit === '' ? [] : [['Commit', versions.commit] as const]),
    ['Hosts', hosts.join(', ') || 'none were read'],
    ['Began', moment(startedAt)],
    [over ? 'Ended' : 'Told until', `${moment(endedAt)}, after ${duration(seconds)}`],
    ['Downtime', downtime.sentence],
    ['Failed requests', failedRequests],
    ['Deployment id', deployment],
    ...(document.notTakenBack.length > 0 ? [['NOT taken back', document.notTakenBack.join(', ')] as const] : []),
    ...(document.schemaAhead.length > 0 ? [['Schema that stayed', document.schemaAhead.join(', ')] as const] : []),
    ...(document.alerting === null ? [] : [['Alerting', document.alerting] as const]),
    ...document.keptAt.map((file) => ['Kept at', file] as const),
    ...document.notes.map((note) => ['Note', note] as const),
  ];
}

/** What changed, and below it what users were told of it. */
export function changesOf({ releaseNotes }: Pick<RunDocument, 'releaseNotes'>): string[] {
  return [...(releaseNotes?.changes ?? []), ...(releaseNotes?.for_users ?? []).map((text) => `for users: ${text}`)];
}

/** A step with all its hosts, one try and one direction: a row of the table of steps. */
export interface StepRow {
  readonly phase: string;
  readonly back: boolean;
  readonly title: string;
  /** `web-1 0.4 s`, with what was not plain. */
  readonly hosts: readonly string[];
  /** The worst of its tasks. */
  readonly result: Span['result'];
  readonly undone: boolean;
  /** Of its slowest task; null while one runs. */
  readonly seconds: number | null;
}

/** Tasks of one step that follow one another, put together; a second try of the same task begins a row of its own. */
export function stepRows(spans: readonly Span[]): StepRow[] {
  const groups: Span[][] = [];
  for (const span of spans) {
    const last = groups.at(-1);
    const same = last?.[0] && last[0].title === span.title && last[0].phase === span.phase && last[0].back === span.back && !last.some(({ task }) => task === span.task);
    if (same) last.push(span);
    else groups.push([span]);
  }
  return groups.flatMap((group) => {
    const [first] = group;
    return first ? [{ phase: first.phase, back: first.back, title: first.title, hosts: group.map(told), result: worst(group), undone: group.every(({ undone }) => undone), seconds: slowest(group) }] : [];
  });
}

function told({ host, seconds, remarks, result }: Span): string {
  const extra = [...(result === 'failed' ? ['failed'] : []), ...remarks];
  return `${host} ${seconds === null ? 'runs' : duration(seconds)}${extra.length > 0 ? ` (${extra.join(', ')})` : ''}`;
}

function worst(group: readonly Span[]): Span['result'] {
  return (['failed', 'running', 'stopped'] as const).find((result) => group.some((span) => span.result === result)) ?? 'done';
}

function slowest(group: readonly Span[]): number | null {
  return group.reduce<number | null>((most, { seconds }) => (most === null || seconds === null ? null : Math.max(most, seconds)), 0);
}

/** A result as a mark and a word, so that no colour is needed. */
export function resultMark({ result, back, undone }: Pick<StepRow, 'result' | 'back' | 'undone'>): readonly [mark: string, word: string] {
  switch (result) {
    case 'failed':
      return ['✗', 'failed'];
    case 'stopped':
      return ['■', 'let go'];
    case 'running':
      return ['…', 'runs'];
    case 'done':
      return back ? ['↶', 'undo done'] : undone ? ['↶', 'done, taken back'] : ['✓', 'done'];
  }
}

export const ITEM_MARKS: Readonly<Record<ItemState, readonly [mark: string, word: string]>> = {
  done: ['✓', 'done'],
  'not-done': ['✗', 'not done'],
  'not-applicable': ['–', 'not applicable'],
  person: ['☐', 'for a person'],
};
