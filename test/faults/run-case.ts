import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE } from '../../src/temporal/names';
import { decideUpdate, progressQuery, type Progress } from '../../src/workflows/messages';
import type { Result } from '../../src/workflows/outcome';
import type { Case } from './cases';
import { DEPLOYMENT, LOCK, RELEASE, type Lane } from './lane';
import { arm, strike } from './strike';
import { until } from './until';

/** Seconds for one run with its faults: past them it hangs. */
const LIMIT = 150;
/** Seconds without a step after which the run is asked whether it waits for a person. */
const SILENT = 3;

/** Between looks whether a run has ended: the server has better to do. */
const DESCRIBE_MS = 150;

/** How a case went, before anybody looked at the host. */
export interface Ran {
  readonly outcome: string;
  readonly sentence: string;
  /** Points that struck, in order. */
  readonly fired: readonly string[];
  /** Questions to a person that were answered with `retry`: a loss of what users may have written. */
  readonly held: number;
  /** Sentences of tasks that waited for a person and should not have. */
  readonly blocked: readonly string[];
  /** Seconds from each fault to the next point that a worker passed, by kind. */
  readonly recovery: readonly { readonly kind: string; readonly seconds: number }[];
  readonly seconds: number;
  /** Another deployment came after it and was taken back. */
  readonly another?: true;
  /** What went wrong with the run itself; undefined: it came to an end. */
  readonly hung?: string;
}

/** How a run ended, by its result or its failure; `type`: of its failure (src/workflows/outcome.ts). */
export interface Ended {
  readonly outcome: string;
  readonly sentence: string;
  readonly type?: string;
}

/** Asks for the till's release, as every case does; `more`: under another name, or over what a lost run left. */
export async function startRun(lane: Lane, more: { readonly deployment?: string; readonly takeOver?: true } = {}): Promise<WorkflowHandle> {
  const input = { app: 'till', environment: 'production', release: RELEASE, deployment: DEPLOYMENT, by: 'faults', ...more };
  return await lane.client.workflow.start('deploy', { workflowId: LOCK, taskQueue: TASK_QUEUE, args: [input] });
}

/** Deploys under the case's faults and waits for the end. */
export async function runCase(lane: Lane, { strikes }: Case): Promise<Ran> {
  const begun = Date.now();
  if (strikes[0]) arm(lane, strikes[0]);
  const handle = await startRun(lane);
  const end = follow(lane, handle);
  const fired: string[] = [];
  const recovery: { kind: string; seconds: number }[] = [];
  const late: (() => Promise<void>)[] = [];
  let hung: string | undefined;
  try {
    for (const [n, one] of strikes.entries()) {
      const struck = await strike(lane, handle, [one, strikes[n + 1]], () => end.over);
      if (!struck) break;
      fired.push(`${one.kind} at ${one.place.point}`);
      if (struck.recovery) recovery.push({ kind: one.kind, seconds: await struck.recovery.catch(() => LIMIT) });
      if (struck.afterwards) late.push(struck.afterwards);
    }
    await end.done;
    for (const afterwards of late) await afterwards();
  } catch (error) {
    hung = error instanceof Error ? error.message : String(error);
    end.stop();
    await handle.terminate('the case is over').catch(() => undefined);
  }
  lane.ssh.delay = 0;
  const seconds = (Date.now() - begun) / 1000;
  const { held, blocked } = end;
  const { outcome, sentence } = hung === undefined ? await result(handle) : { outcome: blocked.length > 0 ? 'blocked' : 'hung', sentence: hung };
  return { outcome, sentence, fired, held, blocked, recovery, seconds, ...(hung === undefined ? {} : { hung }) };
}

/** Watches the run until it closes, answers what it asks, and rejects when it is blocked or too slow. */
export function follow(lane: Lane, handle: WorkflowHandle) {
  const seen = { over: false, held: 0, blocked: [] as string[], stopped: false, stop: () => void (seen.stopped = true), done: Promise.resolve() };
  let last = { passed: 0, at: Date.now() };
  seen.done = until('the end of the run', async () => {
    if (seen.stopped) return true;
    const status = await handle.describe().then((description) => description.status.name, () => 'RUNNING');
    if (status !== 'RUNNING') return (seen.over = true);
    const passed = lane.points.worker.passed().length;
    if (passed !== last.passed) last = { passed, at: Date.now() };
    if (Date.now() - last.at > SILENT * 1000) {
      last.at = Date.now();
      await answer(handle, seen);
    }
    return undefined;
  }, LIMIT, DESCRIBE_MS).then(() => undefined);
  // Whoever waits for a strike first hears of it later.
  seen.done.catch(() => (seen.over = true));
  return seen;
}

async function answer(handle: WorkflowHandle, seen: { held: number; blocked: string[] }): Promise<void> {
  const progress = await handle.query<Progress, []>(progressQuery).catch(() => undefined);
  for (const { task, hold, sentence } of progress?.blocked ?? []) {
    if (!hold) {
      seen.blocked.push(sentence);
      throw new Error(`blocked: ${sentence}`);
    }
    seen.held++;
    await handle.executeUpdate(decideUpdate, { args: [{ task, answer: 'retry', by: 'faults', reason: 'the loss is accepted' }] }).catch(() => undefined);
  }
}

export async function result(handle: WorkflowHandle): Promise<Ended> {
  try {
    return (await handle.result()) as Result;
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const failure = cause instanceof ApplicationFailure ? cause : undefined;
    const found = failure?.details?.[0] as Result | undefined;
    const type = failure?.type ? { type: failure.type } : {};
    if (found) return { outcome: found.outcome, sentence: found.sentence, ...type };
    // A cancelled run closes without details: its memo has them.
    const { outcome = 'unknown', sentence = String(cause ?? error) } = ((await handle.describe()).memo ?? {}) as Partial<Result>;
    return { outcome, sentence, ...type };
  }
}
