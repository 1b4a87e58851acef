// One sample of every source of the bake, whatever it takes: readings on the hosts and on this machine, the access logs, Prometheus, Sentry, programs.
import { readFileSync } from 'node:fs';
import { figureOf, isShare, type ReadingOf } from '../bake/figures';
import { together, type Sample } from '../bake/series';
import type { ProbeDocument, Reading } from '../commands/probe';
import type { Inventory, Settings, Source } from '../config/schema';
import { stateRoot } from '../facts/ask';
import type { Host } from '../hosts/host';
import { reading } from '../plan/lines/readings';
import type { ProbeAim } from '../plan/probes/aim';
import { sourceReading, type SourceReading } from '../plan/probes/sources';
import { composeWay, servingRunner } from '../plan/runtime';
import type { Deps } from './deps';
import { readPrometheus } from './metrics';
import { takeReadings } from './outside';
import { readProgram } from './program-figure';

/** The release that serves; null where nobody knows which. */
export type Served = { readonly deployment: string | null; readonly tag: string | null; readonly release: string } | null;

export interface Sampling {
  readonly settings: Settings;
  readonly inventory: Inventory;
  /** What the readings are about; null: of no known release. */
  readonly aim: Aim;
  /** ISO 8601: what the samples are dated, and from when an access log is read. */
  readonly at: string;
  readonly from: string;
  readonly signal?: AbortSignal;
}

/** `known`: this deployment made the release, so what a probe expects of it can be asked. */
export type Aim = ProbeAim & { readonly known: boolean };

/** Milliseconds for one source. Shorter than the workflow waits for all. */
const WITHIN = 25_000;
/** Seconds that a host may take for a reading beyond the reading's own time. */
const REACH = 10;

export function aimAt(settings: Settings, inventory: Inventory, served: Served): Aim {
  const { deployment, tag, release } = served ?? { deployment: null, tag: null, release: settings.paths.app };
  return {
    deployment: deployment ?? '', tag: tag ?? '', release, folder: `${stateRoot(settings)}/${deployment ?? 'none'}`, known: deployment !== null && tag !== null,
    runner: servingRunner(settings, release), compose: composeWay(settings, release),
    outside: { ...(inventory.connect ? { connect: inventory.connect } : {}), ...(inventory.ca ? { ca: readFileSync(inventory.ca, 'utf8') } : {}) },
  };
}

/** By the name of the source. What cannot be read is no data, with its reason. @throws the reason of `signal` */
export async function readSources(deps: Deps, sampling: Sampling): Promise<Record<string, Sample>> {
  const sources = sampling.settings.bake?.sources ?? [];
  const read = sources.map(async (source): Promise<[string, Sample]> => {
    try {
      return [source.name, await within(readSource(deps, sampling, source))];
    } catch (error) {
      sampling.signal?.throwIfAborted();
      return [source.name, { at: sampling.at, value: null, count: null, why: wordsOf(error) }];
    }
  });
  return Object.fromEntries(await Promise.all(read));
}

/** One that hangs must not cost the others their samples. */
async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`no answer within ${WITHIN / 1000} s`)), WITHIN)));
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function readSource(deps: Deps, { settings, inventory, aim, at, from, signal }: Sampling, source: Source): Promise<Sample> {
  const secret = (name: string): string => deps.secret(inventory, name);
  const cancel = signal ? { signal } : {};
  if (source.prometheus !== undefined) return { at, ...(await readPrometheus(source.prometheus, { secret, ...cancel })) };
  if (source.program !== undefined) return { at, ...(await readProgram(source.program, { app: settings.app, environment: settings.environment, release: aim.tag, from, at }, { secret, ...cancel })) };
  // An access log dates its lines by whole seconds: one that straddles is counted twice rather than never.
  const made = sourceReading(settings, aim, source, Math.floor(Date.parse(from) / 1000));
  if (made === null) throw new RangeError(`the source ${source.name} is of no kind`);
  if (!aim.known && (made.measure === 'failing' || made.kind === 'sentry')) throw new Error('what it expects of a release cannot be asked of one that Sternway did not deploy');
  if (made.side === 'worker') {
    const [one] = await takeReadings([made.document], { secret, ...cancel });
    return { at, ...figureOf(made, said(one)) };
  }
  const hosts = Object.keys(inventory.hosts).map((name) => deps.host(inventory, settings, name));
  const samples = await Promise.all(hosts.map((host) => onHost(host, made, secret, signal)));
  return together(at, samples, isShare(made));
}

/** A host that says nothing, or is not reached, is no data. */
async function onHost(host: Host, made: SourceReading, secret: (name: string) => string, signal?: AbortSignal): Promise<Omit<Sample, 'at'>> {
  try {
    const { script, secrets = [] } = reading(host.helperHome, [made.document]);
    const { code, stdout, stderr } = await host.read(script, secondsOf(made.document) + REACH, Object.fromEntries(secrets.map((name) => [name, secret(name)])), signal);
    const line = stdout.split('\n').findLast((one) => one.startsWith('{'));
    if (line === undefined) throw new Error(code === null ? 'no answer in time' : stderr.trim().split('\n').at(-1) || `exit code ${code}`);
    return figureOf(made, JSON.parse(line) as Reading);
  } catch (error) {
    signal?.throwIfAborted();
    return { value: null, count: null, why: `${host.name}: ${wordsOf(error)}` };
  }
}

const secondsOf = (document: ProbeDocument): number => ('timeout' in document && typeof document.timeout === 'number' ? document.timeout : 30);

const said = (one: ReadingOf | undefined): ReadingOf => one ?? { verdict: 'unknown', why: 'the probe said nothing' };

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300);
