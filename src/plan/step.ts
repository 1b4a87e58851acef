import type { RemoteCommand } from '../commands/remote-command';
import type { Job, OutsideProbe, Phase, Step, Task } from './plan';

/** A step as a strategy writes it: the same words for every host, its commands made for each. */
export interface Line<H> {
  readonly title: string;
  readonly activity: string;
  readonly phase: Phase;
  /** A check only reads; default `change`. */
  readonly kind?: 'check';
  /** Returns undefined where a host needs nothing. */
  readonly run?: (host: H) => RemoteCommand | undefined;
  readonly undo?: (host: H) => RemoteCommand | undefined;
  /** Seconds. */
  readonly limit: number;
  readonly onTurnBack?: 'finish' | 'stop';
  /** On the first host only: one schema, however many hosts. */
  readonly once?: true;
  readonly schema?: NonNullable<Step['schema']>;
  readonly classifies?: true;
  readonly letsTrafficIn?: true;
  /** Readings by the worker. A function is asked with the first host. */
  readonly outside?: { readonly run?: readonly OutsideProbe[] | ((host: H) => readonly OutsideProbe[]); readonly undo?: readonly OutsideProbe[]; readonly seconds: number };
  /** Work of the worker's own, beside the hosts. */
  readonly job?: Exclude<Job, { readonly kind: 'offsite' }> | { readonly kind: 'offsite'; readonly name: string; readonly file: (host: H) => string; readonly trial?: true };
}

/** Numbers the lines and makes each host's commands; lines that no host needs are dropped. */
export function steps<H>(hosts: Readonly<Record<string, H>>, lines: readonly Line<H>[]): Step[] {
  const made: Step[] = [];
  const [first] = Object.entries(hosts);
  if (!first) throw new RangeError('a plan needs at least one host');
  for (const { run, undo, once, outside: readings, job: work, ...rest } of lines) {
    const line = { ...rest, ...(readings ? { outside: outsideOf(readings, first[1]) } : {}), ...(work ? { job: jobOf(work, ...first) } : {}) };
    if (line.outside?.run?.length === 0 && line.outside.undo === undefined) continue;
    const names = line.outside || line.job ? ['worker'] : Object.keys(hosts).slice(0, once ? 1 : undefined);
    const tasks = Object.fromEntries(names.map((name) => [name, task(hosts[name], run, undo)] as const).filter(([name, made]) => name === 'worker' || Object.keys(made).length > 0));
    if (Object.keys(tasks).length === 0) continue;
    const id = `${String(made.length + 1).padStart(2, '0')}-${line.title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40)}`;
    made.push({ ...line, id, kind: line.kind ?? 'change', onTurnBack: line.onTurnBack ?? 'finish', tasks });
  }
  return made;
}

function outsideOf<H>({ run, ...rest }: NonNullable<Line<H>['outside']>, host: H): NonNullable<Step['outside']> {
  if (run === undefined) return rest;
  return { run: typeof run === 'function' ? run(host) : run, ...rest };
}

function jobOf<H>(work: NonNullable<Line<H>['job']>, name: string, host: H): Job {
  return work.kind !== 'offsite' ? work : { ...work, host: name, file: work.file(host) };
}

function task<H>(host: H | undefined, run: Line<H>['run'], undo: Line<H>['undo']): Task {
  if (host === undefined) return {};
  const [forward, back] = [run?.(host), undo?.(host)];
  return { ...(forward ? { run: forward } : {}), ...(back ? { undo: back } : {}) };
}
