import { EVENT_VERSION, type Ended, type Event, type Planned, type PlannedStep, type TaskName } from '../../src/events/events';
import { readPlan } from '../../src/events/plan-read';
import type { Plan } from '../../src/plan/plan';

type Draft = Event extends infer Each ? (Each extends Event ? Omit<Each, 'v' | 'at'> : never) : never;

export const BEGAN = '2026-11-22T05:45:12.000Z';
const ENDED = { type: 'ended', workflow: 'deploy', failure: null, cause: null, deployment: 'd1', release: 'v2.1.0', skipped: [], schemaAhead: [] } as const;

/** Tells the events of a run with a clock of its own: as {@link HistoryBook} does, but in seconds that a test chooses. */
export class Story {
  readonly events: Event[] = [];
  /** Seconds since {@link BEGAN}. */
  clock = 0;

  constructor(workflow: 'deploy' | 'rollback' = 'deploy', over: { by?: string; reason?: string | null; release?: string } = {}) {
    this.add({ type: 'started', workflow, run: 'run-1', app: 'shop', environment: 'production', deployment: 'd1', release: workflow === 'rollback' ? null : 'v2.1.0', by: 'ada@example.org', via: 'cli', reason: 'weekly release', ...over });
  }

  add(draft: Draft): this {
    this.events.push({ v: EVENT_VERSION, at: new Date(Date.parse(BEGAN) + this.clock * 1000).toISOString(), ...draft });
    return this;
  }

  wait(seconds: number): this {
    this.clock = Math.round((this.clock + seconds) * 1000) / 1000;
    return this;
  }

  plan(steps: readonly PlannedStep[], over: Partial<Planned> = {}): this {
    return this.wait(2).add({ type: 'planned', deployment: 'd1', release: 'v2.1.0', commit: 'c0ffee'.repeat(6) + 'c0ff', previous: 'v2.0.0', hosts: ['web-1', 'web-2'], hash: 'f'.repeat(64), deadline: 600, estimate: null, notes: [], adopted: [], ...over, steps });
  }

  /** One step on its hosts, `seconds` long, on each host after the first a tenth longer. `how`: of a host, what became of it there. */
  step(step: PlannedStep, seconds: number, back = false, how: Readonly<Record<string, { sentence: string; output?: string }>> = {}): this {
    for (const host of step.hosts) this.add({ type: back ? 'undo-started' : 'step-started', ...named(step, host), activity: '1' });
    step.hosts.forEach((host, index) => {
      const failed = how[host];
      this.wait(index === 0 ? seconds : seconds / 10);
      const end = { result: failed ? 'failed' : 'done', seconds: seconds * (1 + index / 10), program: seconds, attempts: 1, adopted: false, sentence: failed?.sentence ?? null, output: failed?.output ?? '' } as const;
      this.add({ type: back ? 'undo-ended' : 'step-ended', ...named(step, host), ...end });
    });
    return this;
  }

  ended(over: Partial<Ended> & Pick<Ended, 'outcome' | 'status' | 'sentence'>): Event[] {
    this.wait(1).add({ ...ENDED, seconds: this.clock, ...over });
    return this.events;
  }
}

export function named({ id, title, phase, kind }: PlannedStep, host: string): TaskName {
  return { task: `${id}@${host}`, step: id, title, phase, kind, host };
}

/** The steps of a real plan, as the event tells them. */
export function stepsOf(plan: Plan): readonly PlannedStep[] {
  return readPlan(plan)?.steps ?? [];
}

/** Seconds of a phase's steps, as on a small site. */
const SECONDS: Readonly<Record<string, number>> = { prepare: 6, backup: 4, close: 0.6, stop: 1.4, migrate: 5, switch: 0.5, start: 2, check: 6, open: 1.2, settle: 0.8 };

/**
 * A whole run of a plan; at the step `fails` on its last host it goes back, in reverse: as in the saga, also where
 * nothing is to be taken back.
 */
export function play(steps: readonly PlannedStep[], fails?: { readonly title: string; readonly sentence: string; readonly output: string }): Event[] {
  const story = new Story().plan(steps);
  const begun: PlannedStep[] = [];
  for (const step of steps) {
    begun.push(step);
    const bad = fails?.title === step.title ? fails : undefined;
    story.step(step, SECONDS[step.phase] ?? 1, false, bad ? { [step.hosts.at(-1) ?? '']: bad } : {});
    if (!bad) continue;
    const why = `${bad.title} ${step.hosts.at(-1) === 'worker' ? 'from outside' : `on ${step.hosts.at(-1)}`}: ${bad.sentence}`;
    story.add({ type: 'turned-back', cause: 'failure', sentence: why }).wait(0.5);
    for (const each of begun.reverse()) if (each.kind === 'change') story.step(each, (SECONDS[each.phase] ?? 1) / 2, true);
    return story.ended({ outcome: 'rolled-back', status: 'failed', failure: 'RolledBack', cause: 'failure', sentence: `${why}. web-1, web-2 back on v2.0.0` });
  }
  return story.ended({ outcome: 'deployed', status: 'completed', sentence: 'v2.1.0 is live on web-1, web-2 and verified' });
}
