import type { Plan, Step } from '../../src/plan/plan';
import { Random } from '../random';
import { goesForward, host, keyOf, placesOf, wayBack, WHENS, type Case, type Kind, type Place, type Strike } from './cases';

/** What a deployment outlasts. The slow ones are drawn more seldom. */
const OUTLASTED: readonly Kind[] = ['worker-kill', 'worker-kill', 'server-kill', 'reset', 'reset', 'black-hole', 'truncate', 'truncate', 'stall', 'delay', 'temporal-reset', 'temporal-stall', 'helper-kill'];
/** What takes it back. */
const TURNING: readonly Kind[] = ['signal', 'cancel', 'supervisor-kill'];

/** `kills`: of these only what kills a program of ours or cancels the run. */
export const DRAWS = {
  random: { outlasted: OUTLASTED, turning: TURNING },
  kills: { outlasted: ['worker-kill', 'helper-kill', 'server-kill'], turning: ['cancel', 'supervisor-kill'] },
} as const satisfies Record<string, { outlasted: readonly Kind[]; turning: readonly Kind[] }>;
type Draw = (typeof DRAWS)[keyof typeof DRAWS];

/** `count` cases with two to five faults each, most of them taken back, with faults on the way back, too. */
export function randomCases(plan: Plan, count: number, seed: number, draw: keyof typeof DRAWS = 'random'): Case[] {
  return Array.from({ length: count }, (_, n) => randomCase(plan, `${draw}/${seed}/${n}`, new Random(seed * 100_003 + n), DRAWS[draw]));
}

function randomCase(plan: Plan, id: string, dice: Random, draw: Draw): Case {
  const forward = plan.steps.filter(goesForward);
  const turned = dice.chance(0.75);
  const end = turned ? 1 + dice.below(forward.length - 1) : forward.length;
  const strikes: Strike[] = [];
  for (const step of drawn(forward.slice(0, end), turned ? dice.below(2) : 1 + dice.below(3), dice)) strikes.push(outlasted(step, 'forward', dice, draw));
  if (!turned) return { id, strikes, allowed: ['deployed'] };
  const last = forward[end];
  if (!last) throw new RangeError('the turning point lies in the plan');
  strikes.push(turning(last, dice, draw));
  // What users were let in for is left to a person; the way back of all else is struck.
  for (const step of drawn(wayBack(plan, last).filter((step) => step !== last), 1 + dice.below(2), dice)) strikes.push(outlasted(step, 'undo', dice, draw));
  return { id, strikes, allowed: ['rolled-back'] };
}

/** So many of them, in their order. */
function drawn<T>(from: readonly T[], count: number, dice: Random): T[] {
  const chosen = new Set<T>();
  while (chosen.size < Math.min(count, from.length)) chosen.add(from[dice.below(from.length)] as T);
  return from.filter((one) => chosen.has(one));
}

function outlasted(step: Step, direction: 'forward' | 'undo', dice: Random, draw: Draw): Strike {
  const places = placesOf(step, direction);
  const kind = dice.pick<Kind>(draw.outlasted);
  const amount = kind === 'truncate' ? 1 + dice.below(1500) : kind === 'delay' ? 10 + dice.below(90) : 2000 + dice.below(4000);
  const place = kind === 'helper-kill' && step.kind === 'change' ? host(direction === 'forward' ? 'asked start' : 'asked undo', `before ${direction} ${step.id}`) : somewhere(places, dice);
  return { place, kind: kind === 'helper-kill' && step.kind !== 'change' ? (draw === DRAWS.kills ? 'worker-kill' : 'reset') : kind, letGo: 'at once', amount, task: keyOf(step) };
}

function turning(step: Step, dice: Random, draw: Draw): Strike {
  const places = placesOf(step, 'forward');
  const kind = dice.pick<Kind>(draw.turning);
  if (kind !== 'supervisor-kill') return { place: somewhere(places, dice), kind, letGo: 'at once', task: keyOf(step) };
  // A reading has no supervisor, and what only clears away takes nothing back when it fails: they are turned in another way.
  const running = step.kind === 'change' && step.phase !== 'settle' ? places.during : undefined;
  return running ? { place: running, kind, letGo: 'at once', task: keyOf(step) } : { place: somewhere(places, dice), kind: draw === DRAWS.kills ? 'cancel' : 'signal', letGo: 'at once', task: keyOf(step) };
}

function somewhere(places: ReturnType<typeof placesOf>, dice: Random): Place {
  return dice.pick(WHENS.flatMap((when) => places[when] ?? []));
}
