import { DefaultLogger, Runtime } from '@temporalio/worker';
import { Sternway, type Event, type RunRef } from '../src/client';
import type { Stage } from '../src/events/events';
import { raiseStage, type Stage as TestStage } from '../test/e2e/stage';
import { circumstances, writeResults } from './record';
import { Visitor } from './site';
import { median } from './statistics';
import { table } from './table';

const TARGET = { app: 'shop', environment: 'production' };
const ASKED = { by: 'bench', via: 'bench', reason: 'measured' };

/** One operation on the shop. Times in seconds, from the request. */
export interface Operation {
  readonly name: string;
  readonly release: string;
  /** Until the run had ended. */
  readonly run: number;
  /** Until the wanted release answered users for good. */
  readonly answers: number;
  /** How long users got no release at all. */
  readonly closed: number;
  /** By phase, from its first step's request to its last one's end, and by what the run does beside its steps. */
  readonly phases: Readonly<Record<string, number>>;
  readonly steps: readonly { readonly title: string; readonly phase: string; readonly seconds: number; readonly program: number | null }[];
}

/** First and second deployment of the shop, and a rollback of the second, `runs` times, each on a host of its own. */
export async function benchReleases(runs: number, command: string, say: (line: string) => void): Promise<void> {
  const around = circumstances(command);
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const operations: Operation[] = [];
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}`);
    operations.push(...(await onOneHost()));
  }
  const names = [...new Set(operations.map(({ name }) => name))];
  const summaries = names.map((name) => summarize(operations.filter((one) => one.name === name)));
  say('');
  say(table([['median', 'run', 'answers after', 'closed for'], ...summaries.map((one) => [one.name, seconds(one.run), seconds(one.answers), seconds(one.closed)])]));
  const phases = [...new Set(summaries.flatMap((one) => Object.keys(one.phases)))];
  say('');
  say(table([['by phase', ...names], ...phases.map((phase) => [phase, ...summaries.map((one) => (phase in one.phases ? seconds(one.phases[phase] ?? 0) : '-'))])]));
  say(`Raw samples: ${writeResults('releases', { ...around, runs, summaries, operations })}`);
}

async function onOneHost(): Promise<Operation[]> {
  // The example's own limits, and any load: here it is data, not a reason to refuse.
  const stage = await raiseStage('bench', { change: (config) => { delete config['timeouts']; } });
  try {
    const sternway = new Sternway(stage.client);
    const deploy = (release: string) => sternway.startDeployment({ ...TARGET, ...ASKED, release, deployment: `bench-${release.replaceAll('.', '-')}` });
    return [
      await operation(stage, 'first deployment', 'v1.1.0', () => deploy('v1.1.0')),
      await operation(stage, 'second deployment', 'v1.2.0', () => deploy('v1.2.0')),
      await operation(stage, 'rollback', 'v1.1.0', () => sternway.requestRollback({ ...TARGET, ...ASKED })),
    ];
  } finally {
    await stage.remove();
  }
}

async function operation(stage: TestStage, name: string, release: string, request: () => Promise<RunRef>): Promise<Operation> {
  const visitor = new Visitor(stage.shop);
  try {
    const begun = Date.now();
    const events: Event[] = [];
    const run = await request();
    for await (const event of new Sternway(stage.client).follow(run)) events.push(event);
    const ended = Date.now();
    const last = events.at(-1);
    if (last?.type !== 'ended' || last.status !== 'completed') throw new Error(`${name}: ${last?.type === 'ended' ? last.sentence : 'no end'}`);
    const answers = visitor.since(release);
    return {
      name, release, run: (ended - begun) / 1000, answers: (answers - begun) / 1000, closed: visitor.closedFor(begun) / 1000, phases: phasesOf(events),
      steps: events.flatMap((event) => (event.type === 'step-ended' || event.type === 'undo-ended' ? [{ title: event.title, phase: event.phase, seconds: event.seconds, program: event.program }] : [])),
    };
  } finally {
    visitor.end();
  }
}

/** What a run does beside its steps, in words that are no phase's. */
const STAGES: Readonly<Record<Stage, string>> = {
  claim: 'claim the hosts', read: 'read the hosts', gates: 'pass the gates', store: 'store the plan', 'read-head': 'read what is live', weigh: 'weigh the loss', close: 'close the claims',
};

/** Seconds by phase, in the order in which they began. */
function phasesOf(events: readonly Event[]): Record<string, number> {
  const spans = new Map<string, { from: number; to: number }>();
  for (const event of events) {
    const name = 'stage' in event ? STAGES[event.stage] : 'phase' in event ? event.phase : undefined;
    if (name === undefined) continue;
    const at = Date.parse(event.at);
    spans.set(name, { from: spans.get(name)?.from ?? at, to: at });
  }
  return Object.fromEntries([...spans].map(([name, { from, to }]) => [name, (to - from) / 1000]));
}

function summarize(operations: readonly Operation[]): Omit<Operation, 'steps' | 'release'> {
  const of = (value: (one: Operation) => number) => median(operations.map(value));
  const phases = [...new Set(operations.flatMap((one) => Object.keys(one.phases)))];
  return {
    name: operations[0]?.name ?? '', run: of((one) => one.run), answers: of((one) => one.answers), closed: of((one) => one.closed),
    phases: Object.fromEntries(phases.map((phase) => [phase, of((one) => one.phases[phase] ?? 0)])),
  };
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}
