import { principalsIn } from '../approvals/principals';
import { verify, ApprovalRefused, type Verified } from '../approvals/verify';
import { tally } from '../approvals/tally';
import type { Gates } from '../config/schema/gates';
import { freezeOf, requestOf } from '../events/beside';
import { Runs } from '../events/runs';
import type { RunSummary } from '../events/summary';
import type { GateFacts, Staged } from '../gates/verdict';
import type { GateQuestion } from './contract';
import type { Deps } from './deps';
import { laterThan } from './gate-order';

/** How many runs of the other environment are looked at: the release must be among them. */
const RUNS = 200;

/** All that gates are judged by: from Temporal's memory and the worker's own allowed signers, and nothing of it from who asks. `now`: milliseconds. `waiting`: it has not begun yet. */
export async function gateFacts(deps: Deps, gates: Gates | undefined, question: GateQuestion, now: number, waiting: boolean): Promise<{ facts: GateFacts; dropped: string[] }> {
  const { app, environment, deployment } = question.operation;
  const client = await deps.temporal();
  const author = gates?.approvals ? await authorOf(gates.approvals, question.operation.by) : undefined;
  const [freeze, request, staging, { verified, dropped }] = await Promise.all([
    freezeOf(client, { app, environment }),
    requestOf(client, { app, environment }, deployment),
    gates?.staging ? new Runs(client).history({ app, environment: gates.staging.environment }, RUNS).then(stagedBy) : [],
    verifiedOnes(gates?.approvals, question, author, now),
  ]);
  const stranger = author === null ? { stranger: question.operation.by } : {};
  const later = await laterThan(client, { app, environment }, request, waiting);
  const facts: GateFacts = { requestedAt: request?.requestedAt ?? new Date(now).toISOString(), noticeGivenAt: request?.noticeGivenAt ?? null, freeze, staging, approvals: tally(verified), ...stranger, later };
  return { facts, dropped };
}

/** What runs did to releases there. A rollback counts for the release that it took back, if that run is still known. */
export function stagedBy(runs: readonly RunSummary[]): Staged[] {
  const releases = new Map(runs.flatMap(({ workflow, deployment, release }) => (workflow === 'deploy' && deployment !== null && release !== null ? [[deployment, release] as const] : [])));
  return runs.flatMap(({ workflow, deployment, release, outcome, endedAt }) => {
    const meant = workflow === 'rollback' ? releases.get(deployment ?? '') : release;
    return meant === undefined || meant === null || outcome === null || endedAt === null ? [] : [{ release: meant, at: endedAt, outcome }];
  });
}

/** The principal who asked: as the settings say, or by that very name. Null: it may be anybody. */
async function authorOf({ authors, signers }: NonNullable<Gates['approvals']>, by: string): Promise<string | null> {
  if (Object.hasOwn(authors, by)) return authors[by] ?? null;
  return (await principalsIn(signers)).includes(by) ? by : null;
}

/** Each approval that counts, and a sentence for each that does not. Who asked for the deployment may reject it, and not approve it. */
async function verifiedOnes(gate: Gates['approvals'], { operation, hash, approvals }: GateQuestion, author: string | null | undefined, now: number): Promise<{ verified: Verified[]; dropped: string[] }> {
  if (gate === undefined) return { verified: [], dropped: approvals.map(() => 'no approvals are asked for here') };
  const { app, environment } = operation;
  const verified: Verified[] = [];
  const dropped: string[] = [];
  for (const approval of approvals) {
    try {
      const found = await verify(approval, { app, environment, plan: hash }, gate.signers, now);
      if (found.decision === 'approve' && found.by === author) dropped.push(`${author} asked for this deployment, and somebody else must approve it`);
      else verified.push(found);
    } catch (error) {
      if (!(error instanceof ApprovalRefused)) throw error;
      dropped.push(`an approval does not count: ${error.message}`);
    }
  }
  return { verified, dropped };
}
