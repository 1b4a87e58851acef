import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, ChildWorkflowCancellationType, ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { Operation } from '../activities/contract';
import { lockOf } from '../temporal/names';
import { appAttribute, environmentAttribute, releaseAttribute, stateAttribute } from '../temporal/search-attributes';
import type { deploy, DeployInput } from './deploy';

/** The run that carries the deployment out. */
export interface Granted {
  readonly deployment: string;
  readonly run: string;
}

/** Starts the deployment under the lock and leaves it to itself; null where another run holds it. */
export async function startUnderLock({ app, environment, deployment, by, via, reason }: Operation, input: DeployInput): Promise<Granted | null> {
  const memo = { by, via, reason, release: input.release, deployment };
  const typedSearchAttributes = [
    { key: appAttribute, value: app },
    { key: environmentAttribute, value: environment },
    { key: stateAttribute, value: 'running' },
    { key: releaseAttribute, value: input.release },
  ];
  const options = { workflowId: lockOf({ app, environment }), args: [input] as [DeployInput], parentClosePolicy: ParentClosePolicy.ABANDON, cancellationType: ChildWorkflowCancellationType.ABANDON, memo, typedSearchAttributes };
  try {
    // Once asked for, a cancel of the request comes too late.
    const handle = await CancellationScope.nonCancellable(() => startChild<typeof deploy>('deploy', options));
    return { deployment, run: handle.firstExecutionRunId };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}
