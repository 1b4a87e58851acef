import { ApplicationFailure, CancelledFailure, setCurrentDetails, setHandler, upsertMemo, upsertSearchAttributes, workflowInfo, type CancellationScope } from '@temporalio/workflow';
import type { Operation } from '../activities/contract';
import { searchAttributes } from '../temporal/search-attributes';
import type { Control } from './control';
import { progressQuery, type Progress } from './messages';
import { failed, type Result } from './outcome';
import type { Saga } from './saga';

/** A run of a workflow as people see it: progress while it goes, one outcome at the end. */
export interface Run {
  readonly operation: Operation;
  readonly release: string;
  readonly control: Control;
  saga: Saga | undefined;
  /** Records the outcome where it is found again, then completes, fails or ends cancelled. */
  end(result: Result, scope: CancellationScope): Result;
}

/** Wires query, search attributes and details. Call it first: an update without a handler would be rejected. */
export function openRun(operation: Operation, release: string, control: Control): Run {
  const id = `${operation.app}/${operation.environment}`;
  if (workflowInfo().workflowId !== id) {
    throw ApplicationFailure.nonRetryable(`the workflow id must be ${id}, for it is the lock of that environment; it is ${workflowInfo().workflowId}`, 'Refused');
  }
  const run: Run = { operation, release, control, saga: undefined, end };
  setHandler(progressQuery, () => progress(run));
  upsertSearchAttributes([
    { key: searchAttributes.app, value: operation.app },
    { key: searchAttributes.environment, value: operation.environment },
    { key: searchAttributes.release, value: release },
    { key: searchAttributes.state, value: 'running' },
  ]);
  setCurrentDetails(`**${release}** to **${id}**, deployment \`${operation.deployment}\`, by ${operation.by}`);

  function end(result: Result, scope: CancellationScope): Result {
    upsertSearchAttributes([
      { key: searchAttributes.outcome, value: result.outcome },
      { key: searchAttributes.state, value: 'closed' },
    ]);
    upsertMemo({ outcome: result.outcome, cause: result.cause, sentence: result.sentence.slice(0, 500), deployment: result.deployment });
    setCurrentDetails(`**${result.outcome}**: ${result.sentence}`);
    if (result.cause === 'cancel' && scope.consideredCancelled && result.outcome !== 'deployed') throw new CancelledFailure(result.sentence, [result]);
    if (result.outcome === 'deployed' || (result.outcome === 'rolled-back' && workflowInfo().workflowType === 'rollback')) return result;
    throw failed(result);
  }
  return run;
}

/** Says in the UI where the run is; cheap, for it rides on the next workflow task. */
export function showState(run: Run, state: 'running' | 'going back' | 'blocked'): void {
  upsertSearchAttributes([{ key: searchAttributes.state, value: state }]);
}

function progress(run: Run): Progress {
  return {
    deployment: run.operation.deployment, release: run.release, phase: run.saga?.phase ?? 'prepare', direction: run.saga?.direction ?? 'forward',
    step: run.saga?.step ?? null, blocked: [...run.control.blocked.values()], startedBy: run.operation.by,
  };
}
