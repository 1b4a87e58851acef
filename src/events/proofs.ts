import type { Client } from '@temporalio/client';
import { field, number, oneOf, text } from './read';
import type { Target } from './runs';

/** What a drill has shown. Times: ISO, UTC. */
export interface Proof {
  /** When it ended. */
  readonly at: string;
  /** `not-held`: nothing was changed, so it says nothing of the way back. */
  readonly outcome: 'proven' | 'failed' | 'not-held';
  /** One sentence: what was shown, or why not. */
  readonly sentence: string;
  /** The release that was taken back, and the one before it. */
  readonly release: string | null;
  readonly previous: string | null;
  /** The environment that it took place on. */
  readonly on: string | null;
  readonly rollbackSeconds: number | null;
  /** `ok`, or why the backup cannot be restored; null where it was not tried. */
  readonly restore: string | null;
}

/** A drill in the list of them. */
export interface Drill {
  readonly workflowId: string;
  readonly run: string;
  readonly startedAt: string;
  /** Null while it goes on. */
  readonly proof: Proof | null;
}

/** Drills of an environment, newest first, as far back as Temporal keeps them; needs no worker. */
export async function drillsOf(client: Client, { app, environment }: Target, limit = 50): Promise<Drill[]> {
  const found: Drill[] = [];
  for await (const info of client.workflow.list({ query: `WorkflowType = "drill" AND SternwayApp = "${app}" AND SternwayEnvironment = "${environment}"`, pageSize: limit })) {
    const { workflowId, runId, status, startTime, closeTime, memo } = info;
    const proof = status.name === 'RUNNING' ? null : (readProof(field(memo, 'proof')) ?? unsaid(status.name, (closeTime ?? startTime).toISOString()));
    found.push({ workflowId, run: runId, startedAt: startTime.toISOString(), proof });
    if (found.length >= limit) break;
  }
  return found.sort((one, other) => other.startedAt.localeCompare(one.startedAt));
}

function readProof(memo: unknown): Proof | null {
  const [at, outcome, sentence] = [text(memo, 'at'), oneOf(['proven', 'failed', 'not-held'], field(memo, 'outcome')), text(memo, 'sentence')];
  if (at === null || outcome === null || sentence === null) return null;
  return { at, outcome, sentence, release: text(memo, 'release'), previous: text(memo, 'previous'), on: text(memo, 'on'), rollbackSeconds: number(memo, 'rollbackSeconds'), restore: text(memo, 'restore') };
}

/** Ended from outside, perhaps in the middle of a way back: nobody may take that for well. */
function unsaid(status: string, at: string): Proof {
  return { at, outcome: 'failed', sentence: `the drill ended without a word (${status.toLowerCase()})`, release: null, previous: null, on: null, rollbackSeconds: null, restore: null };
}
