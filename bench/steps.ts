import { raiseHost } from '../testbed';
import { compare, type Compared } from './compare';
import { circumstances, writeResults } from './record';
import { median, quantile } from './statistics';
import { table, time } from './table';
import { STEPS } from './way';

/** Milliseconds that a step may take, its median over all rounds. */
export const BUDGET = 150;

/** Fewer rounds are for trying something out: shown, not kept. */
const ENOUGH = 5;

interface Summary {
  readonly name: Compared['name'];
  readonly title: string;
  readonly step: number;
  readonly stepP95: number;
  /** Of a step, what the host's record gives as the program's own time; absent where there is no record. */
  readonly program?: number;
  readonly run: number;
  /** Medians by process, of a whole run. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** Twenty trivial steps in four ways. @returns whether Sternway kept the budget */
export async function benchSteps(rounds: number, command: string, say: (line: string) => void): Promise<boolean> {
  const around = circumstances(command);
  if ((around.load[0] ?? 0) > around.cores) say(`The load is ${around.load[0]} on ${around.cores} cores: other work slows this down.`);
  const host = await raiseHost({ name: 'web-1' });
  let compared: Compared[];
  try {
    compared = await compare(host, rounds, (number) => say(`round ${number} of ${rounds}`));
  } finally {
    await host.remove();
  }
  const summaries = compared.map(summarize);
  const whole = compared.find(({ name }) => name === 'sternway');
  const parts = whole ? { step: medians(whole.rounds.map((round) => round.parts ?? {})), run: medians(whole.rounds.map((round) => mapValues(round.beside ?? {}, (value) => [value]))) } : undefined;
  const loads = compared.flatMap((one) => one.rounds.map((round) => round.load));
  const load = { least: Math.min(...loads), median: median(loads), most: Math.max(...loads) };
  show(summaries, say);
  if (parts) say(`\nA step of Sternway, by part: ${list(parts.step)}.\nIts run beside the steps: ${list(parts.run)}.`);
  say(`Load average meanwhile: ${load.least.toFixed(1)} to ${load.most.toFixed(1)} on ${around.cores} cores.`);
  if (rounds >= ENOUGH) say(`Raw samples: ${writeResults('steps', { ...around, steps: STEPS, rounds, budget: BUDGET, loadMeanwhile: load, summaries, parts, samples: compared })}`);
  else say(`Not kept: fewer than ${ENOUGH} rounds.`);

  // Nothing is taken off for the command itself, which is a millisecond or two: so the verdict does not rest on whose clock tells how long it ran.
  const step = summaries.find(({ name }) => name === 'sternway')?.step ?? Infinity;
  if (step > BUDGET) say(`Over the budget: the median step of Sternway took ${time(step)}, at most ${BUDGET} ms are allowed.`);
  else say(`Within the budget: the median step of Sternway took ${time(step)} of ${BUDGET} ms, the command's own time included.`);
  return step <= BUDGET;
}

function summarize({ name, title, rounds }: Compared): Summary {
  const steps = rounds.flatMap((round) => round.steps);
  const programs = rounds.flatMap((round) => round.programs ?? []);
  return {
    name, title, step: median(steps), stepP95: quantile(steps, 0.95),
    ...(programs.length > 0 ? { program: median(programs) } : {}),
    run: median(rounds.map((round) => round.total)),
    cpu: medians(rounds.map((round) => mapValues(round.cpu, (value) => [value]))),
  };
}

function show(summaries: readonly Summary[], say: (line: string) => void): void {
  const first = summaries[0];
  const ratio = (value: number, to: number | undefined) => (to ? `${(value / to).toFixed(1)}x` : '');
  const dash = (value: number | undefined) => (value === undefined ? '-' : time(value));
  say('');
  say(table([
    [`${STEPS} trivial commands`, 'step', 'p95', 'program', 'run', 'step', 'run'],
    ...summaries.map((one) => [one.title, time(one.step), time(one.stepP95), dash(one.program), time(one.run), ratio(one.step, first?.step), ratio(one.run, first?.run)]),
  ]));
  const processes = [...new Set(summaries.flatMap(({ cpu }) => Object.keys(cpu)))];
  say('');
  say(table([['CPU time of a run', ...processes], ...summaries.map(({ title, cpu }) => [title, ...processes.map((process) => dash(cpu[process]))])]));
}

/** The median of each part over all rounds, by its name. */
function medians(rounds: readonly Readonly<Record<string, readonly number[]>>[]): Record<string, number> {
  return mapValues(rounds[0] ?? {}, (_, name) => median(rounds.flatMap((round) => round[name] ?? [])));
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, change: (value: From, name: string) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}

function list(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts).map(([name, value]) => `${name} ${time(value)}`).join(', ');
}
