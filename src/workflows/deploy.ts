import { patched, workflowInfo } from '@temporalio/workflow';
import type { Approval, Operation, SettingsInput } from '../activities/contract';
import { readReleaseNotes } from '../config/release-notes';
import { bounded } from './activities';
import { Control } from './control';
import { execute } from './execute';
import { asked, checkInput, overrideOf, type AskedInput } from './input';
import type { Result } from './outcome';
import { Run } from './run';
import { readBefore } from './watching';

/** Small enough to be typed into the bare Temporal CLI: `{ "app", "environment", "release" }`; the rest has defaults. */
export interface DeployInput extends AskedInput {
  app: string;
  environment: string;
  /** Tag in the app's repository. */
  release: string;
  /** Chosen by the client, the one stamp in every name; made from the start time when absent. */
  deployment?: string;
  /** What the client resolved from its sternway.yml, without hosts and secrets; absent: the worker's own file. */
  settings?: SettingsInput;
  /** Take the hosts as they are where they differ from what the last deployment left: the way back leads there. */
  adopt?: boolean;
  /** Signatures over the plan's hash, where gates ask for them: checked here again. */
  approvals?: readonly Approval[];
  /** What a person wrote for the release, of the shape ReleaseNotes: whatever cannot be shown is left out. */
  notes?: unknown;
  /** Pass closed gates: why. */
  override?: string;
}

/**
 * Deploys a release: completes when it is live and verified; otherwise takes the hosts back and fails with one sentence.
 * The workflow id must be `<app>/<environment>`: it is the lock.
 */
export async function deploy(input: DeployInput): Promise<Result> {
  checkInput(input, ['app', 'environment', 'release']);
  const { app, environment, release, settings, adopt } = input;
  const deployment = input.deployment ?? stamp(workflowInfo().startTime, workflowInfo().firstExecutionRunId);
  const operation: Operation = { app, environment, deployment, holder: deployment, ...asked(input, '') };
  const override = overrideOf(input);
  const releaseNotes = readReleaseNotes(input.notes);
  const run = new Run(operation, release, new Control(deployment));
  const pass = async (hash: string): Promise<string | null> => {
    const { windowEnd, overridden } = await bounded.passGates({ operation, release, hash, now: Date.now(), approvals: listed(input.approvals), override });
    if (overridden) run.overridden = `${overridden.by}: ${overridden.reason}`;
    return windowEnd;
  };
  return await run.carryOut(
    async () => {
      const tokens = await bounded.claimHosts(operation);
      const made = await bounded.preparePlan({ operation, release, ...(settings === undefined ? {} : { settings }), ...(adopt ? { adopt } : {}) });
      // Kept on the hosts with the plan: a rollback weeks later knows it.
      const plan = releaseNotes === null ? made : { ...made, releaseNotes };
      run.adopted = plan.adopted;
      const windowEnd = patched('gates') ? await pass(plan.hash) : null;
      await bounded.storePlan({ plan, tokens });
      return { plan, tokens, windowEnd, before: await readBefore(run, plan) };
    },
    ({ plan, tokens, windowEnd, before }) => execute(run, plan, tokens, { windowEnd, before }),
  );
}

/** What somebody typed: whatever cannot be an approval counts as none. */
function listed(approvals: unknown): Approval[] {
  return Array.isArray(approvals) ? approvals.filter((each): each is Approval => typeof (each as Approval | null)?.text === 'string' && typeof (each as Approval).signature === 'string') : [];
}

/** `20261122-054512-1a2b`: sorts by time, names files, and is unique enough beside the claim that guards it. */
function stamp(at: Date, runId: string): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${runId.slice(-4)}`;
}
