import { workflowInfo } from '@temporalio/workflow';
import type { Operation } from '../activities/contract';
import { bounded } from './activities';
import { Control } from './control';
import { goBack } from './execute';
import { asked, checkInput, type AskedInput } from './input';
import type { Result } from './outcome';
import { Run } from './run';
import { Saga } from './saga';
import { yieldBake } from './watching';

export interface RollbackInput extends AskedInput {
  app: string;
  environment: string;
  /** Undo this one only if it is the head; absent: whichever is. */
  deployment?: string;
  /** A bake's thresholds asked for it; absent: somebody did. */
  cause?: 'threshold';
}

/**
 * Undoes the head deployment from the plan and records that the hosts keep: hours or months later, whatever the code has become. Started by
 * `signalWithStart('rollback')` on `<app>/<environment>`, so that a deployment still running there turns back instead.
 */
export async function rollback(input: RollbackInput): Promise<Result> {
  // The end of a run id: its beginning is a time, and two rollbacks within a minute would have one name.
  checkInput(input, ['app', 'environment']);
  const { app, environment, deployment = '' } = input;
  const operation: Operation = { app, environment, deployment, holder: `rollback-${workflowInfo().firstExecutionRunId.slice(-8)}`, ...asked(input, 'rollback') };
  const run = new Run(operation, 'rollback', new Control(null));
  return await run.carryOut(
    async () => {
      const { plan } = await bounded.readHead(operation);
      run.operation = { ...operation, deployment: plan.deployment };
      const tokens = await bounded.claimHosts(run.operation);
      // Until the claim somebody else could still move: what was attempted is read under it.
      return { tokens, head: await bounded.readHead(run.operation) };
    },
    async ({ tokens, head: { plan, ...head } }) => {
      await yieldBake(run, `${plan.release.tag} is being rolled back`);
      run.control.turn(input.cause === 'threshold' ? 'threshold' : 'signal', `${plan.release.tag} (${plan.deployment}) taken back by ${operation.by}: ${operation.reason}`, operation.by);
      const saga = run.begin(new Saga(plan, tokens, operation, run.control, head));
      const { result, failure } = await goBack(run, saga, 'restore');
      return result.outcome === 'rolled-back' ? { result } : { result, ...(failure ? { failure } : {}) };
    },
  );
}
