import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Bounds, Figures, Look } from '../bake/look';
import type { Sample } from '../bake/series';
import { besideOf } from '../temporal/names';
import { decodeEvent, type HistoryEvent } from './decode';
import { field, list, number, oneOf, text, texts } from './read';
import type { Target } from './runs';

/** A bake as its memo tells it, and what the thresholds said last: no worker is needed. */
export interface BakeStatus {
  readonly deployment: string;
  readonly release: string;
  /** When users were let in: ISO 8601. */
  readonly begun: string;
  /** From 1, of how many, and when it is over. */
  readonly stage: number;
  readonly stages: number;
  readonly until: string;
  /** What it waits for a person with, and since when. */
  readonly holding: { readonly since: string; readonly because: readonly string[] } | null;
  /** What each threshold said last, and when; empty before the first look. */
  readonly said: readonly string[];
  readonly at: string | null;
}

/** A bake from its first look to its last, over all its runs. */
export interface BakeRecord {
  readonly deployment: string;
  readonly begun: string;
  /** Milliseconds from one look to the next. */
  readonly every: number;
  /** What the sources said before the deployment, and since. */
  readonly before: Figures;
  readonly figures: Figures;
  /** As they were applied last. */
  readonly bounds: readonly Bounds[];
  /** When it began to take the release back; null where it did not. */
  readonly turnedAt: string | null;
  readonly decisions: readonly { readonly at: string; readonly by: string; readonly answer: string; readonly reason: string }[];
}

/** Lines of a history in which the latest look stands, read from its end. */
const LATEST_LINES = 60;

/** The bake that goes on there; null: none does. */
export async function readBakeStatus(client: Client, target: Target): Promise<BakeStatus | null> {
  const workflowId = besideOf(target).bake;
  const found = await client.workflow.getHandle(workflowId).describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (found?.status.name !== 'RUNNING') return null;
  const { memo = {}, runId } = found;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({ namespace: client.options.namespace, execution: { workflowId, runId }, maximumPageSize: LATEST_LINES });
  const look = (await looksIn(client, history?.events ?? []))[0] ?? null;
  const holding = field(memo, 'holding');
  return {
    deployment: text(memo, 'deployment') ?? '?', release: text(memo, 'release') ?? '?', begun: text(memo, 'begun') ?? '',
    stage: number(memo, 'stage') ?? 1, stages: number(memo, 'stages') ?? 1, until: text(memo, 'until') ?? '',
    holding: holding ? { since: text(holding, 'since') ?? '', because: texts(holding, 'because') } : null,
    said: look?.verdict.sentences ?? [], at: look?.at ?? null,
  };
}

/** All that the bake of a deployment read and was told, as far back as Temporal keeps it; null: there was none. */
export async function readBake(client: Client, target: Target, deployment: string): Promise<BakeRecord | null> {
  const runs = await runsOf(client, besideOf(target).bake, deployment);
  let record: BakeRecord | null = null;
  for (const runId of runs) {
    for await (const event of linesOf(client, besideOf(target).bake, runId)) record = await told(client, record, event);
  }
  return record;
}

/** The oldest first. Lists lag a moment behind, and the newest run is known exactly. */
async function runsOf(client: Client, workflowId: string, deployment: string): Promise<string[]> {
  const found = new Map<string, number>();
  const newest = await client.workflow.getHandle(workflowId).describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  if (newest && text(newest.memo, 'deployment') === deployment) found.set(newest.runId, newest.startTime.getTime());
  for await (const info of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
    if (text(info.memo, 'deployment') === deployment) found.set(info.runId, info.startTime.getTime());
  }
  return [...found].sort(([, one], [, other]) => one - other).map(([run]) => run);
}

async function* linesOf(client: Client, workflowId: string, runId: string): AsyncGenerator<HistoryEvent> {
  let token: Uint8Array | undefined;
  do {
    const { history, nextPageToken }: { history?: { events?: HistoryEvent[] | null } | null; nextPageToken?: Uint8Array | null } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace, execution: { workflowId, runId }, ...(token ? { nextPageToken: token } : {}),
    });
    yield* history?.events ?? [];
    token = nextPageToken?.length ? nextPageToken : undefined;
  } while (token);
}

/** The record with what one line of the history adds. */
async function told(client: Client, record: BakeRecord | null, event: HistoryEvent): Promise<BakeRecord | null> {
  const line = await decodeEvent(client.options.loadedDataConverter, event);
  if (line.kind === 'started' && record === null) {
    const { input } = line;
    return { deployment: text(input, 'deployment') ?? '', begun: text(input, 'begun') ?? '', every: number(input, 'every') ?? 0, before: figuresIn(field(input, 'before')), figures: {}, bounds: [], turnedAt: null, decisions: [] };
  }
  if (record === null) return null;
  if (line.kind === 'update') {
    // That somebody sees to it decides nothing.
    if (line.name !== 'decide') return record;
    const [by, answer, reason] = ['by', 'answer', 'reason'].map((name) => text(line.input, name) ?? '');
    return { ...record, decisions: [...record.decisions, { at: line.at, by: by ?? '', answer: answer ?? '', reason: reason ?? '' }] };
  }
  if (event.childWorkflowExecutionStartedEventAttributes) return { ...record, turnedAt: line.at };
  const look = line.kind === 'activity-ended' ? lookIn(line.result) : null;
  if (!look) return record;
  const figures = { ...record.figures };
  for (const [source, sample] of Object.entries(look.samples)) figures[source] = [...(figures[source] ?? []), sample];
  return { ...record, figures, bounds: look.bounds };
}

async function looksIn(client: Client, events: readonly HistoryEvent[]): Promise<Look[]> {
  const lines = await Promise.all(events.filter((event) => event.activityTaskCompletedEventAttributes).map((event) => decodeEvent(client.options.loadedDataConverter, event)));
  return lines.flatMap((line) => (line.kind === 'activity-ended' ? (lookIn(line.result) ?? []) : []));
}

/** A look, where a result is one. */
function lookIn(result: unknown): Look | null {
  const at = text(result, 'at');
  const samples = field(result, 'samples');
  if (at === null || typeof samples !== 'object' || samples === null) return null;
  const read = Object.entries(samples).flatMap(([source, one]): [string, Sample][] => sampleIn(one).map((sample) => [source, sample]));
  const verdict = field(result, 'verdict');
  const bounds = list(result, 'bounds').map((one): Bounds => ({
    name: text(one, 'name') ?? '', metric: text(one, 'metric') ?? '', unit: oneOf(['number', 'share', 'seconds'], field(one, 'unit')) ?? 'number',
    accept: number(one, 'accept'), rollback: number(one, 'rollback'), baseline: number(one, 'baseline'),
  }));
  const state = oneOf(['healthy', 'hold', 'rollback'], field(verdict, 'state')) ?? 'healthy';
  return { at, samples: Object.fromEntries(read), judgements: [], verdict: { state, because: texts(verdict, 'because'), sentences: texts(verdict, 'sentences'), unknown: texts(verdict, 'unknown') }, bounds, keep: number(result, 'keep') ?? 0 };
}

function figuresIn(value: unknown): Figures {
  const sources = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return Object.fromEntries(sources.map((source) => [source, list(value, source).flatMap(sampleIn)]));
}

function sampleIn(value: unknown): Sample[] {
  const at = text(value, 'at');
  if (at === null) return [];
  const why = text(value, 'why');
  return [{ at, value: number(value, 'value'), count: number(value, 'count'), ...(why === null ? {} : { why }), ...(field(value, 'atLeast') === true ? { atLeast: true as const } : {}) }];
}
