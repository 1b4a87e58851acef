import type { Plan, Step } from '../../src/plan/plan';
import { goesForward, host, keyOf, placesOf, wayBack, WHENS, type Case, type Kind, type Place, type Strike } from './cases';

/** Mulberry32: numbers from 0 to below 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What a deployment outlasts. The slow ones are drawn more seldom. */
const OUTLASTED: readonly Kind[] = ['worker-kill', 'worker-kill', 'server-kill', 'reset', 'reset', 'black-hole', 'truncate', 'truncate', 'stall', 'delay', 'temporal-reset', 'temporal-stall', 'helper-kill'];
/** What takes it back. */
const TURNING: readonly Kind[] = ['signal', 'cancel', 'supervisor-kill'];

/** `count` cases with two to five faults each, most of them taken back, with faults on the way back, too. */
export function randomCases(plan: Plan, count: number, seed: number): Case[] {
  return Array.from({ length: count }, (_, n) => randomCase(plan, `random/${seed}/${n}`, randomFrom(seed * 100_003 + n)));
}

function randomCase(plan: Plan, id: string, next: () => number): Case {
  const pick = <T>(from: readonly T[]): T => {
    const one = from[Math.floor(next() * from.length)];
    if (one === undefined) throw new RangeError('nothing to draw from');
    return one;
  };
  const forward = plan.steps.filter(goesForward);
  const turned = next() < 0.75;
  const end = turned ? 1 + Math.floor(next() * (forward.length - 1)) : forward.length;
  const strikes: Strike[] = [];
  for (const step of drawn(forward.slice(0, end), turned ? Math.floor(next() * 2) : 1 + Math.floor(next() * 3), next)) strikes.push(outlasted(step, 'forward', pick, next));
  if (!turned) return { id, strikes, allowed: ['deployed'] };
  const last = forward[end];
  if (!last) throw new RangeError('the turning point lies in the plan');
  strikes.push(turning(last, pick));
  // What users were let in for is left to a person; the way back of all else is struck.
  for (const step of drawn(wayBack(plan, last).filter((step) => step !== last), 1 + Math.floor(next() * 2), next)) strikes.push(outlasted(step, 'undo', pick, next));
  return { id, strikes, allowed: ['rolled-back'] };
}

/** So many of them, in their order. */
function drawn<T>(from: readonly T[], count: number, next: () => number): T[] {
  const chosen = new Set<T>();
  while (chosen.size < Math.min(count, from.length)) chosen.add(from[Math.floor(next() * from.length)] as T);
  return from.filter((one) => chosen.has(one));
}

function outlasted(step: Step, direction: 'forward' | 'undo', pick: <T>(from: readonly T[]) => T, next: () => number): Strike {
  const places = placesOf(step, direction);
  const kind = pick(OUTLASTED);
  const amount = kind === 'truncate' ? 1 + Math.floor(next() * 1500) : kind === 'delay' ? 10 + Math.floor(next() * 90) : 2000 + Math.floor(next() * 4000);
  const place = kind === 'helper-kill' && step.kind === 'change' ? host(direction === 'forward' ? 'asked start' : 'asked undo', `before ${direction} ${step.id}`) : somewhere(places, pick);
  return { place, kind: kind === 'helper-kill' && step.kind !== 'change' ? 'reset' : kind, letGo: 'at once', amount, task: keyOf(step) };
}

function turning(step: Step, pick: <T>(from: readonly T[]) => T): Strike {
  const places = placesOf(step, 'forward');
  const kind = pick(TURNING);
  if (kind !== 'supervisor-kill') return { place: somewhere(places, pick), kind, letGo: 'at once', task: keyOf(step) };
  // A reading has no supervisor, so it is turned by a signal.
  const running = step.kind === 'change' ? places.during : undefined;
  return running ? { place: running, kind, letGo: 'at once', task: keyOf(step) } : { place: somewhere(places, pick), kind: 'signal', letGo: 'at once', task: keyOf(step) };
}

function somewhere(places: ReturnType<typeof placesOf>, pick: <T>(from: readonly T[]) => T): Place {
  return pick(WHENS.flatMap((when) => places[when] ?? []));
}
