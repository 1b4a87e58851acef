import { readReleaseNotes } from '../config/release-notes';
import type { Planned, PlannedStep } from './events';
import { field, list, number, oneOf, text, texts } from './read';

/**
 * The plan in the result of `preparePlan`, or of `readHead` (`{ plan, attempted }`), of which only what was attempted is to be
 * taken back. Undefined when there is none to be read.
 */
export function readPlan(result: unknown): Omit<Planned, 'v' | 'at' | 'type'> | undefined {
  const head = field(result, 'plan');
  const plan = head ?? result;
  const deployment = text(plan, 'deployment');
  if (deployment === null) return undefined;
  const attempted = head === undefined ? undefined : new Set(texts(result, 'attempted'));
  return {
    deployment,
    release: text(field(plan, 'release'), 'tag') ?? '',
    commit: text(field(plan, 'release'), 'commit') ?? '',
    previous: text(field(plan, 'previous'), 'tag'),
    hosts: texts(plan, 'hosts'),
    hash: text(plan, 'hash') ?? '',
    deadline: number(field(plan, 'limits'), 'deadline'),
    estimate: number(result, 'estimate'),
    notes: texts(plan, 'notes'),
    adopted: list(plan, 'adopted').flatMap((each) => text(each, 'sentence') ?? []),
    ...notesIn(plan, 'releaseNotes'),
    steps: list(plan, 'steps').flatMap((step) => readStep(step, attempted)),
  };
}

/** What a person wrote for the release, in a field; nothing where there is none to be read. */
export function notesIn(value: unknown, name: string): Pick<Planned, 'releaseNotes'> {
  const releaseNotes = readReleaseNotes(field(value, name));
  return releaseNotes === null ? {} : { releaseNotes };
}

function readStep(step: unknown, attempted: ReadonlySet<string> | undefined): PlannedStep[] {
  const id = text(step, 'id');
  if (id === null) return [];
  const kind = oneOf(['change', 'check'], field(step, 'kind')) ?? 'change';
  const outside = field(step, 'outside');
  const has = (host: string, task: unknown, way: 'run' | 'undo'): boolean => field(task, way) !== undefined || (host === 'worker' && (field(outside, way) !== undefined || (way === 'run' && field(step, 'job') !== undefined)));
  const hosts = Object.entries(field(step, 'tasks') ?? {})
    .filter(([host, task]) => (attempted === undefined ? has(host, task, 'run') : kind === 'check' ? has(host, task, 'undo') : attempted.has(`${id}@${host}`)))
    .map(([host]) => host);
  if (hosts.length === 0) return [];
  const nothing = kind === 'change' && !Object.values(field(step, 'tasks') ?? {}).some((task) => field(task, 'undo') !== undefined) && field(outside, 'undo') === undefined;
  return [{ id, title: text(step, 'title') ?? id, phase: text(step, 'phase') ?? '', kind, hosts, ...(nothing ? { undo: false as const } : {}) }];
}
