import { duration } from '../time';
import { cut } from '../width';
import { scaleOf, share, timeAxis, type Scale } from './axis';
import type { RunDocument, Span, Wait } from './model';
import { across, element, escaped, label, picture } from './svg';

/** Letters that fit into half of the narrowest page. */
const LETTERS = 40;
const BAR = 12;

/**
 * The run along time as SVG: for every host a lane of what it did, above the way forward and below the way back, and a lane of when
 * users got the maintenance page. Failed tasks are crossed and named, undone ones hollow, undos hatched. `id`: of this picture alone
 * in its page, letters and digits.
 */
export function timelineSvg(document: RunDocument, id: string): string {
  const { spans, waits, startedAt, endedAt, switchedAt, turnedAt } = document;
  const scale = scaleOf([startedAt, endedAt, ...spans.flatMap(({ from, to }) => [from, ...(to === null ? [] : [to])])]);
  const parts: string[] = [];
  const lines: string[] = [];
  let y = 16;
  for (const [at, name, text] of [[switchedAt, 'switch', `◆ switch to ${document.versions.asked}`], [turnedAt, 'back', '◀ way back begins']] as const) {
    if (at === null) continue;
    parts.push(label(cut(text, LETTERS), share(scale, at), y, name));
    lines.push(element('line', { x1: across(share(scale, at)), x2: across(share(scale, at)), y1: y - 10, y2: 0, class: name }));
    y += 18;
  }
  const top = y;
  const hosts = [...new Set([...spans, ...waits].map(({ host }) => host))].sort();
  for (const host of hosts) {
    const lane = laneOf(spans.filter((span) => span.host === host), waits.filter((wait) => wait.host === host), { host, y, scale, id, until: endedAt });
    parts.push(lane.drawn);
    y = lane.y;
  }
  if (document.downtime.closed.length > 0) {
    parts.push(usersLane(document, scale, y, id));
    y += 40;
  }
  // Drawn first, so that bars lie over them.
  const behind = timeAxis(scale, Date.parse(startedAt) || 0, top, y + 14) + lines.map((line) => line.replace('y2="0"', `y2="${y}"`)).join('');
  return picture(id, y + 22, `Steps of the ${document.workflow === 'rollback' ? 'rollback' : 'deployment'} over time`, describe(document, hosts), behind + parts.join(''));
}

interface Lane {
  readonly host: string;
  readonly y: number;
  readonly scale: Scale;
  readonly id: string;
  readonly until: string;
}

function laneOf(spans: readonly Span[], waits: readonly Wait[], lane: Lane): { drawn: string; y: number } {
  const { host, scale, until } = lane;
  const back = spans.some((span) => span.back) || waits.length > 0;
  const bars = lane.y + 18;
  const height = back ? BAR * 2 + 6 : BAR + 4;
  const failed = spans.filter(({ result }) => result === 'failed');
  const named = failed.slice(0, 3).map((span, index) => label(cut(`✗ ${span.back ? 'undo: ' : ''}${span.title}`, LETTERS), share(scale, span.to ?? until), bars + height + 13 + index * 15, 'failed'));
  const more = failed.length > 3 ? [label(`✗ and ${failed.length - 3} more`, 0, bars + height + 13 + 45, 'failed')] : [];
  const drawn = [
    element('text', { x: 0, y: lane.y + 12, class: 'bold' }, escaped(cut(host, LETTERS)) || ' '),
    element('rect', { x: 0, y: bars, width: '100%', height, class: 'lane' }),
    ...waits.map((wait) => waiting(wait, bars + BAR + 4, lane)),
    ...spans.map((span) => bar(span, bars + 2 + (span.back ? BAR + 2 : 0), lane)),
    ...named, ...more,
  ];
  return { drawn: drawn.join(''), y: bars + height + 8 + Math.min(4, failed.length) * 15 };
}

function bar(span: Span, y: number, { scale, id, until }: Lane): string {
  const [from, to] = [share(scale, span.from), share(scale, span.to ?? until)];
  const kind = span.result === 'done' ? (span.back ? 'undo' : span.undone ? 'undone' : 'done') : span.result;
  const words = `${span.back ? 'undo: ' : ''}${span.title} · ${span.host}: ${span.result}${span.undone ? ', taken back' : ''}${span.seconds === null ? '' : `, ${duration(span.seconds)}`}`;
  const box = element('rect', { x: across(from), width: across(to - from), y, height: BAR, class: kind, ...(kind === 'undo' ? { fill: `url(#${id}-undo)` } : {}) }, element('title', {}, escaped(words)));
  if (span.result !== 'failed') return box;
  // A disc with a cross, however short the task was.
  const cross = element('g', {}, element('circle', { cx: 0, cy: 0, r: 6.5, class: 'failed' }) + element('path', { d: 'M-3 -3L3 3M-3 3L3 -3', class: 'cross' }));
  return box + element('svg', { x: across(to), y: y + BAR / 2, overflow: 'visible' }, cross);
}

function waiting({ from, to, title, hold }: Wait, y: number, { scale, until }: Lane): string {
  const [start, end] = [share(scale, from), share(scale, to ?? until)];
  return element('rect', { x: across(start), width: across(end - start), y, height: BAR, class: 'wait' }, element('title', {}, escaped(`${hold ? 'holds' : 'blocked'}, waits for a person: ${title}`)));
}

function usersLane({ downtime, endedAt }: RunDocument, scale: Scale, y: number, id: string): string {
  const boxes = downtime.closed.map(({ from, to }) => {
    const [start, end] = [share(scale, from), share(scale, to ?? endedAt)];
    return element('rect', { x: across(start), width: across(end - start), y: y + 18, height: BAR, class: 'shut', fill: `url(#${id}-shut)` }, element('title', {}, 'users get the maintenance page'));
  });
  return element('text', { x: 0, y: y + 12, class: 'bold' }, 'users: maintenance page') + element('rect', { x: 0, y: y + 18, width: '100%', height: BAR, class: 'lane' }) + boxes.join('');
}

function describe({ spans, seconds, downtime, word }: RunDocument, hosts: readonly string[]): string {
  const failed = spans.filter(({ result }) => result === 'failed').map(({ title, host }) => `${title} on ${host}`);
  const undone = spans.filter((span) => span.undone).length;
  return `${word} after ${duration(seconds)}. ${hosts.length} lanes: ${hosts.join(', ')}. ${failed.length > 0 ? `Failed: ${failed.join(', ')}.` : 'No task failed.'} ${undone} tasks were taken back. Downtime: ${downtime.sentence}.`;
}
