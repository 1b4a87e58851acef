import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getExternalWorkflowHandle, isCancellation, startChild } from '@temporalio/workflow';
import type { Figures } from '../bake/look';
import type { Plan } from '../plan/plan';
import { besideOf } from '../temporal/names';
import { bounded } from './activities';
import type { bake, BakeInput } from './bake';
import { yieldSignal } from './messages';
import type { Run } from './run';
import type { Saga } from './saga';
import { rootSentence } from './sentences';

// What a run does for the bake. None of it may fail or hold up a change of the hosts; each only where the worker's sternway.yml has a bake.

/** What the figures are before the first change. */
export async function readBefore({ policy }: Run, { app, environment, previous }: Plan): Promise<Figures> {
  if (!policy.bake) return {};
  try {
    return await bounded.sampleBefore({ app, environment, previous, at: new Date().toISOString() });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return {};
  }
}

/** The release that is watched goes: its bake has nothing more to decide. */
export async function yieldBake({ policy, operation }: Run, why: string): Promise<void> {
  if (!policy.bake) return;
  const { deployment } = operation;
  // None runs, as a rule.
  await getExternalWorkflowHandle(besideOf(operation).bake).signal(yieldSignal, { deployment, why }).catch(() => undefined);
}

/** Begins to watch what was deployed, beside the lock. @returns what to add to the outcome's sentence: nothing where all is well */
export async function beginBake({ policy, operation, release, control }: Run, saga: Saga, before: Figures): Promise<string> {
  if (!policy.bake) return '';
  const { app, environment, deployment, by } = operation;
  const begun = saga.letInAt ?? new Date().toISOString();
  const input: BakeInput = {
    app, environment, deployment, release, begun, ...policy.bake, before, tells: policy.messages !== null,
    ...(policy.messages ? { people: { roles: policy.messages.roles, escalate: policy.messages.escalate, remind: saga.plan.limits.remind ?? control.remindEvery } } : {}),
  };
  const start = (workflowIdReusePolicy: 'ALLOW_DUPLICATE' | 'TERMINATE_IF_RUNNING') =>
    startChild<typeof bake>('bake', {
      workflowId: besideOf(operation).bake, args: [input], parentClosePolicy: 'ABANDON', workflowIdReusePolicy, memo: { by, via: 'deploy', reason: `after ${deployment}`, deployment, release },
    });
  try {
    await start('ALLOW_DUPLICATE').catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // One that has not yielded by now never will: nobody carries it on.
      return start('TERMINATE_IF_RUNNING');
    });
    return '';
  } catch (error) {
    return `; nobody watches it, for its bake could not begin: ${rootSentence(error)}`;
  }
}
