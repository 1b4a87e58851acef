/** What a probe's reading says as one figure, in base units: shares as fractions, times as seconds. */
import type { ProbeKind } from '../config/schema/probes';
import { FAILING } from '../config/schema/bake-sources';
import type { Sample } from './series';

/** What a source is told to measure. */
export interface Measured {
  readonly kind: ProbeKind;
  readonly measure: string;
}

/** A reading as the probe program prints it. */
export interface ReadingOf {
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly why: string | null;
  readonly value?: unknown;
}

type Value = Readonly<Record<string, unknown>>;

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const divided = (value: unknown, by: unknown): number | null => {
  const [above, below] = [number(value), number(by)];
  return above === null || below === null || below === 0 ? null : above / below;
};
/** The highest of one field over all entries; null when an entry lacks it: the missing one may be the highest. */
const highest = (value: Value, of: (entry: Value) => number | null): number | null => {
  const found = Object.values(value).map((entry) => (typeof entry === 'object' && entry !== null ? of(entry as Value) : null));
  return found.length === 0 || found.includes(null) ? null : Math.max(...(found as number[]));
};
const left = (share: unknown): number | null => {
  const free = divided(share, 100);
  return free === null ? null : 1 - free;
};

const FIGURES: Readonly<Record<string, (value: Value) => number | null>> = {
  'path.seconds': (value) => divided(value['ms'], 1000),
  // No request at all: nothing went wrong, and `count` says that it proves nothing.
  'access_log.error_share': (value) => (value['requests'] === 0 ? 0 : divided(value['5xx'], value['requests'])),
  'access_log.requests': (value) => number(value['requests']),
  'log.lines': (value) => number(value['found']),
  'cpu.busy': (value) => divided(value['busy'], 100),
  'memory.used': (value) => {
    const free = divided(value['available'], value['total']);
    return free === null ? null : 1 - free;
  },
  'disk.used': (value) => highest(value, ({ free, inodes }) => {
    const [space, names] = [left(free), left(inodes)];
    return space === null || names === null ? null : Math.max(space, names);
  }),
  'mysql.connections': (value) => divided(value['Threads_connected'], value['max_connections']),
  'mysql.slow': (value) => number(value['slow']),
  'redis.memory': (value) => number(value['used_memory']),
  'redis.clients': (value) => number(value['connected_clients']),
  'containers.memory': (value) => highest(value, ({ memory }) => divided(memory, 100)),
  'containers.cpu': (value) => highest(value, ({ cpu }) => divided(cpu, 100)),
  'sentry.critical': (value) => number(value['critical']),
  'sentry.warnings': (value) => number(value['warnings']),
};

/** Do the samples of several hosts add up by their requests (series.ts, `together`)? */
export const isShare = ({ kind, measure }: Measured): boolean => kind === 'access_log' && measure === 'error_share';

/**
 * The figure of a reading. `unknown` is no data, whatever it says beside, but for a request that reached the site and got no answer in time. Its time is
 * known to be at least that, as is that of a wrong answer: an error page is quick, and no good time. @throws RangeError for a measure that nothing has: a mistake of ours, the configuration was checked
 */
export function figureOf(measured: Measured, { verdict, why, value }: ReadingOf): Omit<Sample, 'at'> {
  const none = (words: string): Omit<Sample, 'at'> => ({ value: null, count: null, why: words });
  const { kind, measure } = measured;
  const found = typeof value === 'object' && value !== null ? (value as Value) : {};
  if (kind === 'path' && measure === 'seconds' && verdict !== 'pass') {
    const seconds = divided(found[verdict === 'fail' ? 'ms' : 'waited_ms'], 1000);
    if (seconds !== null) return { value: seconds, count: null, atLeast: true, why: why ?? 'a wrong answer' };
  }
  if (verdict === 'unknown') return none(why ?? 'nothing that says anything');
  if (measure === FAILING) return { value: verdict === 'fail' ? 1 : 0, count: null };
  const figure = FIGURES[`${kind}.${measure}`];
  if (figure === undefined) throw new RangeError(`a probe of kind ${kind} has no ${measure}`);
  if (kind === 'path' && verdict === 'fail') return none(why ?? 'a wrong answer');
  const said = figure(found);
  if (said === null) return none(why ?? `the reading has no ${measure}`);
  return { value: said, count: isShare(measured) ? number(found['requests']) : null };
}
