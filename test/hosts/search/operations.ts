import { Random } from '../../random';

export const STEPS = ['01-a', '02-b'] as const;
export type Step = (typeof STEPS)[number];

/** What one client does next, and how long it waits before (ms). */
export interface Operation {
  readonly wait: number;
  readonly what: 'start' | 'zombie' | 'undo' | 'settle' | 'stop' | 'states' | 'takeover' | 'drop' | 'kill-supervisor' | 'kill-script' | 'kill-helper' | 'cut' | 'power';
  readonly step: Step;
  readonly mode: 'finish' | 'stop';
  readonly again: boolean;
}

/** How the programs of a step behave. */
export interface Behaviour {
  readonly seconds: number;
  readonly code: number;
  readonly ignoresTerm: boolean;
  readonly leavesDaemon: boolean;
  readonly undoSeconds: number;
  /** How many undo runs fail before one succeeds. */
  readonly undoFailures: number;
}

export interface Script {
  readonly behaviour: Readonly<Record<Step, Behaviour>>;
  readonly clients: readonly (readonly Operation[])[];
}

const WEIGHTS: Readonly<Record<Exclude<Operation['what'], 'power'>, number>> = {
  start: 30, zombie: 8, undo: 18, settle: 6, stop: 5, states: 8, takeover: 6, drop: 6, 'kill-supervisor': 5, 'kill-script': 3, 'kill-helper': 2, cut: 3,
};

/** The requests of a trial, all drawn before it begins. */
export function draw(seed: number, power: boolean): Script {
  const random = new Random(seed);
  const behaviour = Object.fromEntries(STEPS.map((step) => [step, behave(random)])) as Record<Step, Behaviour>;
  const clients = Array.from({ length: 2 + random.below(2) }, () => Array.from({ length: 4 + random.below(5) }, () => operation(random)));
  if (power) clients[0]?.splice(2 + random.below(3), 0, { ...operation(random), what: 'power' });
  return { behaviour, clients };
}

function operation(random: Random): Operation {
  return { wait: random.chance(0.3) ? 0 : random.below(90), what: random.weighted(WEIGHTS), step: random.pick(STEPS), mode: random.pick(['finish', 'stop'] as const), again: random.chance(0.3) };
}

function behave(random: Random): Behaviour {
  return {
    seconds: random.below(16) / 100, code: random.pick([0, 0, 0, 1, 3, 137]), ignoresTerm: random.chance(0.1), leavesDaemon: random.chance(0.2),
    undoSeconds: random.below(10) / 100, undoFailures: random.pick([0, 0, 0, 1, 2]),
  };
}
