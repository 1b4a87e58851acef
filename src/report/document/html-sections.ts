import { duration, moment } from '../time';
import { cards, list, tag, words, type Cell, type Markup } from './html-parts';
import { TO_FILL, type Section } from './layout';
import type { Part, RunDocument } from './model';
import { changesOf, glance, ITEM_MARKS, resultMark, stepRows, type StepRow } from './rows';
import { seriesSvg } from './series-svg';
import { escaped } from './svg';
import { timelineSvg } from './timeline-svg';

const cell = (text: string, kind?: string): Cell => ({ markup: words(text), ...(kind === undefined ? {} : { kind }), ...(kind === 'time' ? { bare: true } : {}) });

/** One of the five parts: what the record says, and what is left to a person, marked. */
export function partHtml({ name, facts, toFill }: Part): string {
  const asked = toFill.map((question) => tag('div', `${tag('b', TO_FILL)}${words(question)}`, 'ask'));
  return tag('section', [tag('h2', name), list(facts), ...asked]);
}

/** What stands below each heading; empty where there is nothing to tell. */
export const HTML_SECTIONS: Readonly<Record<Exclude<Section, 'parts'>, (document: RunDocument) => string>> = {
  versions: (document) => tag('dl', glance(document).map(([name, value]) => `${tag('dt', escaped(name))}${tag('dd', words(value))}`)),
  changes: (document) => list(changesOf(document)),
  known: ({ releaseNotes }) => list(releaseNotes?.known ?? []),
  picture: (document) => (document.spans.length === 0 ? '' : tag('figure', timelineSvg(document, 'run')) + LEGEND),
  failures: ({ spans }) => spans.filter(({ result }) => result === 'failed').map(failure).join(''),
  metrics: (document) => metricsTable(document) + document.series.map((each, index) => tag('figure', [tag('figcaption', words(`${each.name}${each.unit === '' ? '' : ` (${each.unit})`}`)), seriesSvg(each, { zero: document.startedAt, ...document.marks }, `series${index}`)])).join(''),
  timeline: ({ timeline }) => cards(['time (UTC)', 'after', 'what'], timeline.map(({ at, after, text, mark }) => [cell(moment(at).slice(11, 19) || at, 'time'), cell(duration(after), 'time'), { markup: `${MOMENTS[mark]}${words(text)}` as Markup, bare: true }])),
  decisions: ({ decisions }) => cards(['when', 'who', 'what', 'why'], decisions.map(({ at, who, what, why }) => [cell(moment(at), 'time'), cell(who), cell(what), ...(why === '' ? [{ markup: '' as Markup }] : [cell(why)])])),
  messages: ({ messages }) => cards(['when', 'about', 'to', 'delivered'], messages.map(({ at, what, to, delivered, word }) => [cell(moment(at), 'time'), cell(what), cell(to), cell(`${delivered ? '✓' : '✗ NOT delivered:'} ${word}`)])),
  steps: ({ spans }) => stepsTable(stepRows(spans)),
  checklist: ({ checklist }) => (checklist.length === 0 ? '' : tag('ul', checklist.map(({ text, state, why }) => {
    const [mark, word] = ITEM_MARKS[state];
    return tag('li', [tag('span', mark, `mark ${state}`), tag('span', [words(text), tag('span', words(state === 'done' ? `${word} ${why}` : `${word}: ${why}`), 'soft')])]);
  }), 'checklist')),
  contacts: ({ contacts }) => cards(['role', 'name', 'how'], contacts.map(({ role, name, reach }) => [cell(role), cell(name), cell(reach)])),
};

const MOMENTS: Readonly<Record<RunDocument['timeline'][number]['mark'], string>> = {
  plain: '', failed: '✗ ', switch: '◆ ', back: '◀ ', person: '☐ ', closed: '▨ ', open: '▢ ', end: '● ',
};

const LEGEND = tag('ul', ['solid: done', 'hollow, dashed: done and taken back', 'hatched below: undo', '✗ failed', '▨ hatched, last lane: maintenance page', '┆ dotted: waits for a person'].map((each) => tag('li', escaped(each))), 'legend');

function failure({ title, host, phase, back, seconds, sentence, output }: RunDocument['spans'][number]): string {
  const head = tag('p', [tag('b', words(`${back ? 'undo: ' : ''}${title} · ${host}`)), ' ', tag('span', words(`phase ${phase}, after ${duration(seconds ?? 0)}`), 'soft'), '<br/>', words(sentence ?? '')]);
  return head + (output.length > 0 ? tag('pre', escaped(output.join('\n'))) : '');
}

function metricsTable({ metrics, marks: { turnedAt } }: RunDocument): string {
  const when = turnedAt === null ? 'at the end' : 'when it turned back';
  return cards(['figure', when, 'before', 'limits', 'over the line'], metrics.map(({ name, value, baseline, limits, crossed }) => [cell(name), cell(value), cell(baseline), cell(limits), cell(crossed.length > 0 ? `✗ ${crossed.join(', ')}` : 'no')]));
}

function stepsTable(rows: readonly StepRow[]): string {
  if (rows.length === 0) return '';
  let group = '';
  const body = rows.flatMap((row) => {
    const name = `${row.back ? 'back: ' : ''}${row.phase}`;
    const head = name === group ? [] : [`<tr class="group"><th colspan="3" scope="rowgroup">${words(name)}</th></tr>`];
    group = name;
    const [mark, word] = resultMark(row);
    const kind = row.result === 'failed' ? 'failed' : row.back || row.undone ? 'undo' : row.result;
    return [...head, tag('tr', [
      tag('td', `${words(row.title)}<br/>${tag('span', words(row.hosts.join(', ')), 'soft')}`),
      tag('td', row.seconds === null ? '' : escaped(duration(row.seconds)), 'number'),
      tag('td', escaped(`${mark} ${word}`), `mark ${kind}`),
    ])];
  });
  return tag('table', [tag('thead', tag('tr', [tag('th', 'step and hosts'), tag('th', 'time', 'number'), tag('th', 'result')])), tag('tbody', body)]);
}
