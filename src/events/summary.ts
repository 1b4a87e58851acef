import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { EndOutcome } from './events';
import { field, oneOf, text } from './read';

/** A run as lists show it. */
export interface RunSummary {
  readonly app: string;
  readonly environment: string;
  readonly run: string;
  readonly workflow: string;
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out' | 'continued' | 'unknown';
  /** What it does now, as the run itself says: `running`, `going back`, `blocked`, `hold`; null when it has ended. */
  readonly state: string | null;
  readonly deployment: string | null;
  readonly release: string | null;
  /** Null while it runs; `unknown` where it ended without saying. */
  readonly outcome: EndOutcome | null;
  readonly cause: string | null;
  readonly sentence: string | null;
  /** Drift that it took as it was, by kind: `1 vhost, 2 unit`. */
  readonly adopted: string | null;
  /** Who let it pass gates that were closed, and why. */
  readonly overridden: string | null;
  readonly by: string | null;
  readonly reason: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** What Temporal lists, or describes, of a run. */
export type Listed = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'type' | 'status' | 'memo' | 'typedSearchAttributes' | 'startTime'> & { readonly closeTime?: Date | undefined };

const STATUS: Readonly<Record<string, RunSummary['status']>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
  CONTINUED_AS_NEW: 'continued',
};

/** Reads what visibility knows of a run: its memo and search attributes. `start`: the input of its first history line, where the memo says too little. */
export function summarize(info: Listed, start?: { input: unknown; identity: string }): RunSummary {
  const attribute = (name: string): string | null => {
    const found = info.typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value;
    return typeof found === 'string' ? found : null;
  };
  const told = (name: string): string | null => text(info.memo, name) ?? text(start?.input, name);
  const [app = '', environment = ''] = info.workflowId.split('/');
  const status = STATUS[info.status.name] ?? 'unknown';
  const running = status === 'running';
  return {
    app,
    environment,
    run: info.runId,
    workflow: info.type,
    status,
    state: running ? (attribute('SternwayState') ?? 'running') : null,
    deployment: told('deployment'),
    release: told('release') ?? (info.type === 'rollback' ? null : attribute('SternwayRelease')),
    outcome: running ? null : (oneOf(['deployed', 'rolled-back', 'incomplete', 'unchanged'], field(info.memo, 'outcome') ?? attribute('SternwayOutcome')) ?? 'unknown'),
    cause: text(info.memo, 'cause'),
    sentence: text(info.memo, 'sentence'),
    adopted: text(info.memo, 'adopted'),
    overridden: text(info.memo, 'overridden'),
    by: told('by') ?? (start?.identity || null),
    reason: told('reason'),
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
  };
}

/** The deployment that is live, as far as the runs tell: the newest that was deployed and not taken back. Newest first. */
export function headOf(runs: readonly RunSummary[]): { head: RunSummary | null; doubt: RunSummary | null } {
  const takenBack = new Set<string>();
  let doubt: RunSummary | null = null;
  for (const run of runs) {
    if (run.outcome === 'incomplete' || run.outcome === 'unknown') doubt ??= run;
    if (run.workflow === 'rollback' && run.outcome === 'rolled-back' && run.deployment !== null) takenBack.add(run.deployment);
    if (run.workflow === 'deploy' && run.outcome === 'deployed' && !(run.deployment !== null && takenBack.has(run.deployment))) return { head: run, doubt };
  }
  return { head: null, doubt };
}
