import { scaleOf, share, timeAxis, type Scale } from './axis';
import type { Point, Series } from './given';
import { figure, inOrder } from './metrics';
import { cut } from '../width';
import { across, element, escaped, label, picture } from './svg';

const TOP = 44;
const HEIGHT = 130;
const LETTERS = 40;

/** Moments that are marked, as ISO times; null where there was none. `zero`: what times are counted from. */
export interface SeriesMarks {
  readonly zero: string;
  readonly switchedAt: string | null;
  readonly turnedAt: string | null;
}

/** A figure over time as SVG, its thresholds and baseline as lines; where nothing was read the curve stops. `id`: as for the timeline. */
export function seriesSvg(series: Series, marks: SeriesMarks, id: string): string {
  const samples = inOrder(series.samples);
  const known = samples.flatMap(({ value }) => (value === null ? [] : [value]));
  const runs = runsOf(samples, series.gap);
  const scale = scaleOf([...samples.map(({ at }) => at), ...[marks.switchedAt, marks.turnedAt].filter((at) => at !== null)]);
  const levels = [...known, ...series.thresholds.map(({ value }) => value), ...(series.baseline === null ? [] : [series.baseline])];
  const range = { low: levels.reduce((least, each) => Math.min(least, each), 0), high: levels.reduce((most, each) => Math.max(most, each), 0) * 1.1 || 1 };
  const y = (value: number): number => TOP + HEIGHT * (1 - (value - range.low) / (range.high - range.low));
  const content = [
    timeAxis(scale, Date.parse(marks.zero) || scale.from, TOP, TOP + HEIGHT + 17),
    element('line', { x1: 0, x2: '100%', y1: TOP + HEIGHT, y2: TOP + HEIGHT, class: 'axis' }),
    ...gaps(runs, scale, id),
    ...limits(series, y),
    ...runs.map((run) => curve(run, scale, y)),
    ...moments(marks, scale),
  ];
  return picture(id, TOP + HEIGHT + 24, `${series.name} over time`, describe(series, known, runs), content.join(''));
}

/** Readings without a gap between them: a missing value, or too long a silence, ends a run. */
export function runsOf(samples: readonly Point[], gap: number | undefined): (Point & { readonly value: number })[][] {
  const distances = samples.slice(1).map(({ at }, index) => Date.parse(at) - Date.parse(samples[index]?.at ?? at)).sort((one, other) => one - other);
  const silence = gap === undefined ? (distances[Math.floor(distances.length / 2)] ?? Infinity) * 3 : gap * 1000;
  const runs: (Point & { readonly value: number })[][] = [];
  let last: Point | undefined;
  for (const { at, value } of samples) {
    if (value !== null) {
      const goesOn = last !== undefined && last.value !== null && Date.parse(at) - Date.parse(last.at) <= silence;
      if (!goesOn) runs.push([]);
      runs.at(-1)?.push({ at, value });
    }
    last = { at, value };
  }
  return runs;
}

function curve(run: readonly (Point & { readonly value: number })[], scale: Scale, y: (value: number) => number): string {
  const [only] = run;
  if (run.length === 1 && only) return element('circle', { cx: across(share(scale, only.at)), cy: y(only.value), r: 3, class: 'dot' });
  const points = run.map(({ at, value }) => `${Math.round(share(scale, at) * 100_000) / 100},${Math.round((y(value) - TOP) * 100) / 100}`).join(' ');
  // Stretched to the width of the page; its stroke is not.
  return element('svg', { x: 0, y: TOP, width: '100%', height: HEIGHT, viewBox: `0 0 1000 ${HEIGHT}`, preserveAspectRatio: 'none', overflow: 'visible' }, element('polyline', { points, class: 'curve', 'vector-effect': 'non-scaling-stroke' }));
}

function gaps(runs: readonly (readonly Point[])[], scale: Scale, id: string): string[] {
  return runs.slice(1).map((run, index) => {
    const from = share(scale, runs[index]?.at(-1)?.at ?? '');
    const to = share(scale, run[0]?.at ?? '');
    const words = to - from > 0.14 ? element('text', { x: across((from + to) / 2), y: TOP + 14, 'text-anchor': 'middle', class: 'soft' }, 'no data') : '';
    return element('rect', { x: across(from), width: across(to - from), y: TOP, height: HEIGHT, fill: `url(#${id}-none)` }, element('title', {}, 'no data')) + words;
  });
}

/** Lines with their words above them, pushed apart where two are close. */
function limits({ thresholds, baseline, unit }: Series, y: (value: number) => number): string[] {
  const lines = [
    ...thresholds.map(({ name, value, bad }) => ({ value, kind: 'limit', words: `${name}: ${bad} ${figure(value, unit)}` })),
    ...(baseline === null ? [] : [{ value: baseline, kind: 'baseline', words: `before: ${figure(baseline, unit)}` }]),
  ].sort((one, other) => y(one.value) - y(other.value));
  let last = -Infinity;
  return lines.map(({ value, kind, words }) => {
    const at = Math.max(y(value) - 4, last + 14);
    last = at;
    return element('line', { x1: 0, x2: '100%', y1: y(value), y2: y(value), class: kind }) + element('text', { x: 4, y: at, class: 'soft' }, escaped(cut(words, LETTERS)));
  });
}

function moments({ switchedAt, turnedAt }: SeriesMarks, scale: Scale): string[] {
  return ([[switchedAt, 'switch', '◆ switch', 14], [turnedAt, 'back', '◀ way back begins', 32]] as const).flatMap(([at, kind, words, y]) =>
    at === null ? [] : [element('line', { x1: across(share(scale, at)), x2: across(share(scale, at)), y1: y - 10, y2: TOP + HEIGHT, class: kind }), label(words, share(scale, at), y, kind)],
  );
}

function describe({ unit, thresholds, baseline }: Series, known: readonly number[], runs: readonly unknown[]): string {
  if (known.length === 0) return 'Nothing was read.';
  const [least, most] = [known.reduce((one, other) => Math.min(one, other)), known.reduce((one, other) => Math.max(one, other))];
  return `${known.length} readings from ${figure(least, unit)} to ${figure(most, unit)}, ${runs.length - 1} ${runs.length === 2 ? 'gap' : 'gaps'} without data. Lines: ${thresholds.map(({ name, bad, value }) => `${name} ${bad} ${figure(value, unit)}`).join(', ') || 'none'}. Before: ${baseline === null ? 'not known' : figure(baseline, unit)}.`;
}
