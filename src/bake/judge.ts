/** One threshold over its series so far. No clock: the instant is an argument, so the past can be judged again. */
import type { Threshold } from '../config/schema';
import { instant } from '../config/instant';
import { formatDuration, milliseconds } from '../config/units';
import { limitsOf } from './limits';
import { tooOften, windowOf } from './often';
import { runOf } from './run';
import { between, isData, isEnough, type Series } from './series';

/**
 * `healthy`: the latest figure is accepted. `hold`: a person is asked. `rollback`: the release is taken back. `unknown`: nothing can
 * be said yet; never a pass where one is asked for.
 */
export type State = 'healthy' | 'hold' | 'rollback' | 'unknown';

export interface Judgement {
  /** Name of the threshold. */
  readonly threshold: string;
  readonly state: State;
  /** One sentence without a full stop, beginning with the name. */
  readonly sentence: string;
  /** Since when it is so: ISO 8601. */
  readonly since: string;
  /** The latest figure that says something, in base units; null: there is none. */
  readonly value: number | null;
}

export interface Circumstances {
  /** The instant to judge at, and when users were let in: ISO 8601. Samples of other times are not looked at. */
  readonly at: string;
  readonly begun: string;
  /** Time from one sample to the next, in milliseconds. */
  readonly every: number;
  /** What the figure was before the deployment (series.ts, `baselineOf`); null or absent: nobody knows. */
  readonly baseline?: number | null;
  /** A stage is over. */
  readonly ending?: boolean;
}

/**
 * Rolls back only when every sample of an unbroken `for` is beyond `rollback`. One sample that is not starts it anew, and so does a gap
 * of more than two intervals. What was bad too often for that asks (often.ts): of a whole window, or of what there is where a stage ends sooner. @throws RangeError for a time that is none
 */
export function judge(threshold: Threshold, series: Series, { at, begun, every, baseline = null, ending = false }: Circumstances): Judgement {
  const { name, least } = threshold;
  const [now, start, needed, gap] = [instant(at), instant(begun), milliseconds(threshold.for), 2 * every];
  const limits = limitsOf(threshold, baseline);
  // What is at least so much says something only where that is already too much.
  const samples = between(series, start, now).map((sample) => (sample.atLeast && (limits === null || (sample.value ?? 0) <= limits.accept) ? { ...sample, value: null } : sample));
  const data = samples.flatMap((sample) => (isData(sample.value) ? [{ ...sample, value: sample.value }] : []));
  const evidence = data.filter(({ count }) => isEnough(count, least));
  const last = evidence.at(-1);
  const judged = (state: State, since: number, words: string): Judgement => ({ threshold: name, state, sentence: `${name}: ${words}`, since: new Date(since).toISOString(), value: last?.value ?? null });

  const heard = data.at(-1)?.time ?? start;
  if (now - heard > gap || data.length === 0) {
    const why = samples.at(-1)?.why;
    const silent = `no data ${data.length === 0 ? 'yet' : 'any more'}, for ${formatDuration(now - heard)}${why === undefined ? '' : ` (${why})`}`;
    return now - heard >= Math.max(needed, gap) ? judged('hold', heard, `${silent}: nobody can tell whether it is healthy`) : judged('unknown', heard, silent);
  }
  if (limits === null) return judged('hold', start, 'it is judged against what it was before the deployment, and nobody knows what that was');
  if (last === undefined || now - last.time > gap) {
    const count = data.at(-1)?.count ?? null;
    return judged('unknown', last?.time ?? start, `too little to go by: ${count === null ? 'requests were not counted' : `${Number(count.toPrecision(3))} requests in an interval, fewer than ${least ?? 1}`}`);
  }

  const { accept, rollback, redBefore, show, origin } = limits;
  const back = now - windowOf(needed);
  const often = back >= start || ending ? tooOften(evidence.filter(({ time }) => time > back), (value) => value > accept, { needed, every }) : undefined;
  const flaps = often && judged('hold', often.since, `${show(last.value)} now, but beyond ${show(accept)} in ${often.beyond} of ${often.of} samples of the last ${formatDuration(Math.min(windowOf(needed), now - start))}${origin}`);
  const good = runOf(evidence, (value) => value <= accept, gap);
  if (good !== undefined) return flaps ?? judged('healthy', good.since, `${show(last.value)}, within ${show(accept)}${origin}`);
  const worst = rollback === null ? undefined : runOf(evidence, (value) => value > rollback, gap);
  if (rollback !== null && worst !== undefined && worst.lasted >= needed) {
    const words = `${show(last.value)}, beyond ${show(rollback)} without a break for ${formatDuration(worst.lasted)}${origin}`;
    return redBefore ? judged('hold', worst.since, `${words}; it was beyond that already, so the release need not be the reason`) : judged('rollback', worst.since, words);
  }
  // Seen now and then only, with gaps: too little to take anything back, enough to ask.
  const bad = runOf(evidence, (value) => value > accept, Math.max(gap, needed)) ?? { since: last.time, lasted: 0 };
  const beyond = `${show(last.value)}, beyond ${show(accept)}${origin}`;
  if (bad.lasted >= needed) return judged('hold', bad.since, `${beyond} whenever it was read, for ${formatDuration(bad.lasted)}`);
  if (flaps) return flaps;
  return judged('unknown', bad.since, `${beyond} for ${formatDuration(now - bad.since)}, not yet for ${threshold.for}`);
}
