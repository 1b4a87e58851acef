import { oneLine } from '../escape';
import type { Point, Series } from './given';
import type { Metric } from './model';

/** Each series as it stood at `at` (ISO): its last reading until then. */
export function metricsAt(series: readonly Series[], at: string): Metric[] {
  const instant = Date.parse(at);
  return series.map(({ name, unit, samples, thresholds, baseline }) => {
    const last = inOrder(samples).findLast((sample) => Date.parse(sample.at) <= instant);
    const value = last?.value ?? null;
    const crossed = value === null ? [] : thresholds.filter((each) => (each.bad === 'above' ? value > each.value : value < each.value));
    return {
      name: oneLine(name),
      value: value === null ? 'no data' : figure(value, unit),
      at: last?.at ?? null,
      baseline: baseline === null ? 'not known' : figure(baseline, unit),
      crossed: crossed.map((each) => oneLine(each.name)),
      limits: thresholds.map((each) => `${oneLine(each.name)} ${each.bad} ${figure(each.value, unit)}`).join(', ') || 'none',
    };
  });
}

/** A value as people read it: `7.5 %`, `480 ms`; at most three digits behind the point. */
export function figure(value: number, unit: string): string {
  return `${String(Math.round(value * 1000) / 1000)}${unit === '' ? '' : ` ${oneLine(unit)}`}`;
}

/** Readings by time, without those whose time or value is none. */
export function inOrder(samples: readonly Point[]): Point[] {
  return samples
    .filter(({ at, value }) => Number.isFinite(Date.parse(at)) && (value === null || Number.isFinite(value)))
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}
