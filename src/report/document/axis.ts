import { duration } from '../time';
import { across, element, escaped } from './svg';

/** A span of time laid along the width. */
export interface Scale {
  readonly from: number;
  readonly to: number;
}

/** From ISO times; an empty span is given a second, so that nothing is divided by zero. */
export function scaleOf(times: readonly string[]): Scale {
  const known = times.map((time) => Date.parse(time)).filter(Number.isFinite);
  const from = known.reduce((least, each) => Math.min(least, each), known[0] ?? 0);
  const to = known.reduce((most, each) => Math.max(most, each), from);
  return { from, to: to > from ? to : from + 1000 };
}

/** Where an ISO time lies: 0 to 1. */
export function share({ from, to }: Scale, time: string): number {
  return Math.min(1, Math.max(0, (Date.parse(time) - from) / (to - from)));
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Lines at round times since `zero` (ms), with their words at `y`; at most five, for a narrow page. */
export function timeAxis(scale: Scale, zero: number, top: number, y: number): string {
  const span = (scale.to - scale.from) / 1000;
  const step = STEPS.find((each) => span / each <= 4) ?? Math.ceil(span / 4 / 86_400) * 86_400;
  const first = Math.ceil((scale.from - zero) / 1000 / step);
  const marks: string[] = [];
  for (let n = first; (n * step * 1000 + zero - scale.from) / (scale.to - scale.from) <= 1.0001; n += 1) {
    const at = (n * step * 1000 + zero - scale.from) / (scale.to - scale.from);
    const anchor = at < 0.04 ? 'start' : at > 0.94 ? 'end' : 'middle';
    const words = n === 0 ? '0' : `${n < 0 ? '-' : '+'}${duration(Math.abs(n * step))}`;
    marks.push(element('line', { x1: across(at), x2: across(at), y1: top, y2: y - 13, class: 'axis' }), element('text', { x: across(at), y, 'text-anchor': anchor, class: 'soft' }, escaped(words)));
  }
  return marks.join('');
}
