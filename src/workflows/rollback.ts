import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Operation } from '../activities/contract';
import { planning } from './activities';
import { Control } from './control';
import { endBack, refuse } from './execute';
import { openRun, showState } from './open-run';
import type { Result } from './outcome';
import { Saga } from './saga';

export interface RollbackInput {
  app: string;
  environment: string;
  /** Undo this one only if it is the head; absent: whichever is. */
  deployment?: string;
  by?: string;
  via?: string;
  reason?: string;
  takeOver?: boolean;
}

/** Undoes the head deployment from the plan and records that the hosts keep: hours or months later, whatever the code has become. */
export async function rollback(input: RollbackInput): Promise<Result> {
  const asked = { by: input.by ?? 'somebody', via: input.via ?? 'temporal', reason: input.reason ?? 'rollback' };
  const holder = `rollback-${workflowInfo().firstExecutionRunId.slice(0, 8)}`;
  const control = new Control(input.deployment ?? holder);
  const operation: Operation & { takeOver?: boolean } = {
    app: input.app, environment: input.environment, deployment: input.deployment ?? '', holder, ...asked, ...(input.takeOver ? { takeOver: true } : {}),
  };
  const run = openRun(operation, 'rollback', control);
  const cancellable = CancellationScope.current();
  const result = await CancellationScope.nonCancellable(async () => {
    const head = await planning.readHead(operation).catch((error: unknown) => refuse(run, error));
    const named = { ...operation, deployment: head.plan.deployment };
    const tokens = await planning.claimHosts(named).catch((error: unknown) => refuse(run, error));
    showState(run, 'going back');
    const saga = (run.saga = new Saga(head.plan, tokens, asked, control, new Set(head.attempted), head.openedAt));
    const left = await saga.back();
    control.turn('signal', `${head.plan.release.tag} (${head.plan.deployment}) taken back by ${asked.by}: ${asked.reason}`);
    return { ...(await endBack({ ...run, operation: named }, head.plan, tokens, left, 'restore')), deployment: head.plan.deployment };
  });
  return run.end(result, cancellable);
}
