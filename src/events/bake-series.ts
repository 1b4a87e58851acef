import type { LimitUnit } from '../config/limits';
import type { Source } from '../config/schema';
import type { BakeRecord } from './bake';

/** A figure of a bake for a report, as src/report/document/given.ts takes it. */
export interface BakeSeries {
  readonly name: string;
  readonly unit: string;
  readonly samples: { readonly at: string; readonly value: number | null }[];
  readonly thresholds: { readonly name: string; readonly value: number; readonly bad: 'above' }[];
  readonly baseline: number | null;
  readonly gap: number;
}

/** How a figure is written: base units times this, and what stands behind it. */
const WRITTEN: Readonly<Record<LimitUnit, readonly [number, string]>> = { share: [100, '%'], seconds: [1000, 'ms'], number: [1, ''] };

/** A curve for each source, from before the deployment to the last look, with the lines that its thresholds held it against. */
export function bakeSeries({ before, figures, bounds, every }: BakeRecord): BakeSeries[] {
  return [...new Set([...Object.keys(before), ...Object.keys(figures)])].map((source) => {
    const own = bounds.filter(({ metric }) => metric === source);
    const [times, unit] = WRITTEN[own[0]?.unit ?? 'number'];
    const lines = own.flatMap(({ name, accept, rollback }) => [
      ...(accept === null ? [] : [{ name: own.length > 1 ? `${name}: ask` : 'ask', value: accept * times, bad: 'above' as const }]),
      ...(rollback === null ? [] : [{ name: own.length > 1 ? `${name}: roll back` : 'roll back', value: rollback * times, bad: 'above' as const }]),
    ]);
    // The time of an error page is no good time: it is shown where it was counted.
    const counts = (value: number): boolean => own.some(({ accept }) => accept !== null && value > accept);
    const samples = [...(before[source] ?? []), ...(figures[source] ?? [])].map(({ at, value, atLeast }) => ({ at, value: value === null || (atLeast && !counts(value)) ? null : value * times }));
    const baseline = own.find((one) => one.baseline !== null)?.baseline ?? null;
    // Of two intervals the bake's own windows break; the deployment lies between the samples before it and those after.
    return { name: source, unit, samples, thresholds: lines, baseline: baseline === null ? null : baseline * times, gap: (2 * every) / 1000 };
  });
}

/** Requests that failed while it went on, by the first source that counts each request once: an access log. Undefined where none does. */
function failedRequests({ figures }: BakeRecord, sources: readonly Source[]) {
  const source = sources.find((one) => one.access_log?.measure === 'error_share');
  const counted = (figures[source?.name ?? ''] ?? []).flatMap(({ value, count }) => (value === null || count === null ? [] : [{ failed: Math.round(value * count), count }]));
  if (source === undefined || counted.length === 0) return undefined;
  const sum = (of: 'failed' | 'count'): number => counted.reduce((all, one) => all + one[of], 0);
  return { count: sum('failed'), total: sum('count'), source: `${source.name}, while it was watched` };
}

/** What a report may be given of the bake: in the deployment's own, and in that of its rollback. Nothing where there was none. `sources`: what it reads. */
export function bakeGiven(bake: BakeRecord | null, sources: readonly Source[] = []) {
  if (!bake) return {};
  const failed = failedRequests(bake, sources);
  const decisions = bake.decisions.map(({ at, by, answer, reason }) => ({ at, who: by, what: `answered the bake's question with ${answer}`, why: reason }));
  return { series: bakeSeries(bake), ...(failed ? { failedRequests: failed } : {}), marks: { switchedAt: bake.begun, turnedAt: bake.turnedAt }, decisions };
}
