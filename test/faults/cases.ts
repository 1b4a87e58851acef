import { createHash } from 'node:crypto';
import { taskKey, type Plan, type Step } from '../../src/plan/plan';
import { DEPLOYMENT, LOCK } from './lane';

/** What happens to the deployment from outside. Those of {@link TURNING} take it back. */
export const KINDS = ['worker-kill', 'server-kill', 'reset', 'black-hole', 'cancel', 'signal'] as const;
/** Drawn at random only. */
export const MORE_KINDS = ['stall', 'delay', 'truncate', 'temporal-reset', 'temporal-stall', 'helper-kill', 'supervisor-kill'] as const;
/** Long ones, at one step only: a worker stopped until the run is over, the line to Temporal cut; Temporal away, and the disk of its database full, past the heartbeat. */
export const LONG_KINDS = ['worker-stop', 'temporal-cut', 'server-away', 'database-full'] as const;
/** Those of a server that can keep nothing meanwhile. */
const SERVER_LESS: readonly Kind[] = ['server-away', 'database-full'];
/** `break-glass`: Sternway is gone for good, and a person takes the host back (glass.ts); `terminate`: the run is, and the next ones find what it left (terminate.ts). */
export type Kind = (typeof KINDS)[number] | (typeof MORE_KINDS)[number] | (typeof LONG_KINDS)[number] | 'break-glass' | 'terminate';
export const WHENS = ['before', 'during', 'after'] as const;
export type When = (typeof WHENS)[number];

/** A point of one side. `via`: a point of the worker's after which it is armed, because its own name says too little. */
export interface Place {
  readonly side: 'worker' | 'host';
  readonly point: string;
  readonly via?: string;
}

export interface Strike {
  readonly place: Place;
  readonly kind: Kind;
  /** The held attempt goes on at once, or only when the way back has passed it by: late, as a delayed packet does. */
  readonly letGo: 'at once' | 'when settling' | 'when undone' | 'when over';
  /** For `truncate`: bytes; for `delay`, `stall`: milliseconds. */
  readonly amount?: number;
  /** The task that it is about, `step@host`. */
  readonly task?: string;
  /** It is a check: one that was let go asks the host for nothing any more. */
  readonly reads?: boolean;
}

export interface Case {
  readonly id: string;
  readonly strikes: readonly Strike[];
  /** What the hosts may be in the end. */
  readonly allowed: readonly string[];
}

const STATE = `/var/lib/sternway/${LOCK}`;
const HOST = 'web-1';
const onHost = (words: string): string => words.replaceAll('/', '~');
export const worker = (point: string): Place => ({ side: 'worker', point });
export const host = (words: string, via?: string): Place => ({ side: 'host', point: onHost(words), ...(via === undefined ? {} : { via }) });

/** Where a step, forward or back, can be struck; nothing runs on a host in the middle of a reading from outside. */
export function placesOf(step: Step, direction: 'forward' | 'undo'): Partial<Record<When, Place>> {
  const before = `before ${direction} ${step.id}`;
  const outside = step.tasks['worker'] !== undefined;
  const during = step.kind === 'check' ? host('reading', before) : host(`running ${STATE}/${DEPLOYMENT}/tasks/${step.id}/${direction === 'forward' ? 'forward' : 'undo-1'}`);
  return { before: worker(before), ...(outside ? {} : { during }), after: worker(`after ${direction} ${step.id}`) };
}

/** What the run does beside its steps, in order; the last one after them. */
export const STAGES: Readonly<Record<string, Partial<Record<When, Place>>>> = {
  claimHosts: { before: worker('before claimHosts'), during: host(`written ${STATE}/claim.json`), after: worker('after claimHosts') },
  preparePlan: { before: worker('before preparePlan'), during: host('reading', 'before preparePlan'), after: worker('after preparePlan') },
  passGates: { before: worker('before passGates'), after: worker('after passGates') },
  storePlan: { before: worker('before storePlan'), during: host(`written ${STATE}/${DEPLOYMENT}/plan.json`), after: worker('after storePlan') },
  storeReport: { before: worker('before storeReport'), after: worker('after storeReport') },
  closeClaims: { before: worker('before closeClaims'), during: host(`written ${STATE}/head.json`), after: worker('after closeClaims') },
};
/** The release is live by then: a wish to go back may come too late. */
const CLOSING: readonly string[] = ['storeReport', 'closeClaims'];

export const goesForward = (step: Step): boolean => step.tasks[HOST]?.run !== undefined || step.outside?.run !== undefined;
const comesBack = (step: Step): boolean => step.kind === 'change' || step.tasks[HOST]?.undo !== undefined || step.outside?.undo !== undefined;
/** A step in a case's id: without its number, which a new step before it would change. */
export const nameOf = (step: Step): string => step.id.replace(/^\d+-/, '');
export const keyOf = (step: Step): string => taskKey(step, step.tasks['worker'] ? 'worker' : HOST);

/** The last check before users are let in: turned back there, everything but the opening has to be undone. */
export function turningPoint(plan: Plan): Step {
  const opening = plan.steps.findIndex((step) => step.letsTrafficIn);
  const step = plan.steps.slice(0, opening).filter(goesForward).at(-1);
  if (!step) throw new Error('the plan has no step before it lets users in');
  return step;
}

/** The signal that turns it back there. */
export const turnOf = (last: Step): Strike => ({ place: worker(`after forward ${last.id}`), kind: 'signal', letGo: 'at once', task: keyOf(last) });

/** Steps that a run turned back after `last` takes back, in that order. */
export function wayBack(plan: Plan, last: Step): Step[] {
  return plan.steps.slice(0, plan.steps.indexOf(last) + 1).filter((step) => comesBack(step) && (step.kind === 'change' ? goesForward(step) : true)).reverse();
}

const turns = (kind: Kind): boolean => kind === 'cancel' || kind === 'signal';

/** A signal lets the attempt that it met go on late, a cancel at once: so both orders of arrival are tried everywhere. */
function letGo(group: string, kind: Kind, when: When): Strike['letGo'] {
  if (kind !== 'signal') return 'at once';
  // A late start meets the mark of its undo while the claim is still open; a late claim meets a host that nobody holds.
  if (when === 'before') return group === 'stage' ? 'when over' : 'when undone';
  return when === 'during' ? 'when settling' : 'at once';
}

/** Always the same order, in which neighbours have nothing in common: half a campaign is a sample of the whole. */
function shuffled(cases: Case[]): Case[] {
  const rank = new Map(cases.map((one) => [one, createHash('sha256').update(one.id).digest('hex')]));
  return cases.sort((a, b) => ((rank.get(a) ?? '') < (rank.get(b) ?? '') ? -1 : 1));
}

/** Every step, stage and undo × before, during, after × every kind; a signal and a cancel on the way back, which change nothing, only during. */
export function exhaustive(plan: Plan): Case[] {
  const cases: Case[] = [];
  const add = (group: string, name: string, places: Partial<Record<When, Place>>, first: readonly Strike[], allowed: (kind: Kind) => string[], task?: string): void => {
    for (const when of WHENS) {
      const place = places[when];
      if (!place) continue;
      for (const kind of KINDS) {
        if (group === 'back' && turns(kind) && when !== 'during') continue;
        // On the way back nobody passes an attempt by: a signal or cancel changes nothing, and nothing waits for it. Nor does a check settle.
        // A stage that asks no host has nothing that could come late.
        const late = group === 'forward' && !(when === 'during' && place.via !== undefined) ? letGo(group, kind, when) : group === 'stage' && when === 'before' && places.during ? letGo(group, kind, when) : 'at once';
        cases.push({ id: `${group}/${name}/${when}/${kind}`, strikes: [...first, { place, kind, letGo: late, ...(task ? { task } : {}), ...(task && places.during?.point === 'reading' ? { reads: true } : {}) }], allowed: allowed(kind) });
      }
    }
  };
  for (const [stage, places] of Object.entries(STAGES)) {
    const last = CLOSING.includes(stage);
    add('stage', stage, places, [], (kind) => (!turns(kind) ? ['deployed'] : last ? ['deployed', 'rolled-back'] : ['unchanged', 'rolled-back']));
  }
  for (const step of plan.steps.filter(goesForward)) add('forward', nameOf(step), placesOf(step, 'forward'), [], (kind) => (turns(kind) ? ['rolled-back'] : ['deployed']), keyOf(step));
  const last = turningPoint(plan);
  const turn = turnOf(last);
  for (const step of wayBack(plan, last)) add('back', nameOf(step), placesOf(step, 'undo'), [turn], () => ['rolled-back'], keyOf(step));
  add('back', 'storeReport', { before: worker('before storeReport'), after: worker('after storeReport') }, [turn], () => ['rolled-back']);
  add('back', 'closeClaims', { before: worker('before closeClaims'), after: worker('after closeClaims') }, [turn], () => ['rolled-back']);
  return shuffled(cases);
}

/** The other strategy, sampled: of each step that changes something one fault in each direction, every kind in its turn, and none left out that begins or ends a stage. */
export function composeCases(plan: Plan): Case[] {
  const sampled = new Map<string, Case[]>();
  for (const one of exhaustive(plan)) {
    const [group = '', step = ''] = one.id.split('/');
    sampled.set(`${group}/${step}`, [...(sampled.get(`${group}/${step}`) ?? []), one]);
  }
  return [...sampled.keys()].sort().flatMap((name, n) => {
    const cases = sampled.get(name) ?? [];
    const wanted = [KINDS[n % KINDS.length], KINDS[(n + 3) % KINDS.length]];
    return wanted.flatMap((kind) => cases.filter(({ strikes }) => strikes.at(-1)?.kind === kind).slice(0, 1)).map((one) => ({ ...one, id: `compose/${one.id}` }));
  });
}

/** What takes long, at the migration, which must never run twice; part of the sample and of no campaign. */
export function longCases(plan: Plan): Case[] {
  const step = plan.steps.find((each) => nameOf(each) === 'migrate');
  if (!step) throw new Error('the plan has no migration');
  const places = placesOf(step, 'forward');
  return LONG_KINDS.flatMap((kind) => (['before', 'during'] as const).flatMap((when): Case[] => {
    const place = places[when];
    // Nothing runs yet that could end meanwhile.
    if (!place || (SERVER_LESS.includes(kind) && when === 'before')) return [];
    return [{ id: `long/${nameOf(step)}/${when}/${kind}`, strikes: [{ place, kind, letGo: 'at once', task: keyOf(step) }], allowed: ['deployed'] }];
  }));
}
