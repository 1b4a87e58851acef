import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Operation, SettingsInput } from '../activities/contract';
import { planning } from './activities';
import { execute, refuse } from './execute';
import { Control } from './control';
import { openRun } from './open-run';
import type { Result } from './outcome';

/** Small enough to be typed into the bare Temporal CLI: `{ "app", "environment", "release" }`; the rest has defaults. */
export interface DeployInput {
  app: string;
  environment: string;
  /** Tag in the app's repository. */
  release: string;
  /** Chosen by the client, the one stamp in every name; made from the start time when absent. */
  deployment?: string;
  by?: string;
  via?: string;
  reason?: string;
  /** What the client resolved from its sternway.yml, without hosts and secrets; absent: the worker's own file. */
  settings?: SettingsInput;
  /** Ends a claim that another run left open on the hosts. */
  takeOver?: boolean;
}

/**
 * Deploys a release: completes when it is live and verified; otherwise takes the hosts back and fails with one sentence.
 * The workflow id must be `<app>/<environment>`: it is the lock.
 */
export async function deploy(input: DeployInput): Promise<Result> {
  const deployment = input.deployment ?? stamp(workflowInfo().startTime, workflowInfo().firstExecutionRunId);
  const control = new Control(deployment);
  const operation: Operation & { takeOver?: boolean } = {
    app: input.app, environment: input.environment, deployment, holder: deployment,
    by: input.by ?? 'somebody', via: input.via ?? 'temporal', reason: input.reason ?? '',
    ...(input.takeOver ? { takeOver: true } : {}),
  };
  const run = openRun(operation, input.release, control);
  const cancellable = CancellationScope.current();
  const result = await CancellationScope.nonCancellable(async () => {
    const tokens = await planning.claimHosts(operation).catch((error: unknown) => refuse(run, error));
    const plan = await planning
      .preparePlan({ operation, release: input.release, ...(input.settings === undefined ? {} : { settings: input.settings }) })
      .catch((error: unknown) => refuse(run, error, { operation, tokens }));
    return await execute(run, plan, tokens);
  });
  return run.end(result, cancellable);
}

/** `20261122-054512-1a2b`: sorts by time, names files, and is unique enough beside the claim that guards it. */
function stamp(at: Date, runId: string): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${runId.slice(0, 4)}`;
}
