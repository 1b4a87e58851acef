import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { condition, getExternalWorkflowHandle, isCancellation, patched, sleep, startChild, workflowInfo } from '@temporalio/workflow';
import type { Operation } from '../activities/contract';
import type { Figures } from '../bake/look';
import type { Plan } from '../plan/plan';
import { besideOf } from '../temporal/names';
import { bounded } from './activities';
import type { bake, BakeInput } from './bake';
import { yieldSignal } from './messages';
import type { Run } from './run';
import type { Saga } from './saga';
import { rootSentence } from './sentences';

/** Milliseconds in which a bake that yields says where it left off. */
const ANSWERED = 10_000;
/** Milliseconds from one try to begin a bake to the next, while the one before it still tells people that it has yielded. */
const PAUSES = [100, 200, 400, 800, 1600, 3200, 6400];

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

/** As {@link yieldBake}, by a deployment, which may go back: {@link watchAgain}. */
export async function pauseBake(run: Run, why: string): Promise<void> {
  if (!run.policy.bake || !patched('watched-again')) return await yieldBake(run, why);
  const { deployment } = run.operation;
  // The answer may be there before it is known here that the question was.
  run.unwatched = {};
  const heard = await getExternalWorkflowHandle(besideOf(run.operation).bake).signal(yieldSignal, { deployment, why, returns: true }).then(() => true, () => false);
  if (!heard) run.unwatched = undefined;
}

/** The release that is live again is watched on from where its bake left off. @returns what to add to the outcome's sentence */
export async function watchAgain({ unwatched, operation }: Run): Promise<string> {
  if (!unwatched) return '';
  await condition(() => unwatched.bake !== undefined, ANSWERED);
  const { bake: left } = unwatched;
  if (!left?.carried) return '; what is live again is not watched any more, for its bake has not said where it left off';
  try {
    const { standing, looked } = left.carried;
    // The time between is no time of this release, and what was asked is asked anew.
    const between = Math.max(0, Date.now() - Date.parse(looked));
    const carried = { ...left.carried, standing: { ...standing, holding: null, ends: standing.ends.map((end) => end + between) }, looked: new Date().toISOString(), waited: null, again: true };
    await startBake(operation, { ...left, carried }, `${operation.deployment} was taken back`);
    return `; ${left.release} is watched again`;
  } catch (error) {
    return `; nobody watches ${left.release}, for its bake could not begin: ${rootSentence(error)}`;
  }
}

/** Begins to watch what was deployed, beside the lock. @returns what to add to the outcome's sentence: nothing where all is well */
export async function beginBake({ policy, operation, release, control, reportName }: Run, saga: Saga, before: Figures): Promise<string> {
  if (!policy.bake) return '';
  const { app, environment, deployment } = operation;
  const begun = saga.letInAt ?? new Date().toISOString();
  const input: BakeInput = {
    app, environment, deployment, release, begun, ...policy.bake, before, tells: policy.messages !== null,
    ...(policy.reports.length > 0 ? { report: { run: workflowInfo().runId, name: reportName } } : {}),
    ...(policy.messages ? { people: { roles: policy.messages.roles, escalate: policy.messages.escalate, remind: saga.plan.limits.remind ?? control.remindEvery } } : {}),
  };
  try {
    await startBake(operation, input, `after ${deployment}`);
    return '';
  } catch (error) {
    return `; nobody watches it, for its bake could not begin: ${rootSentence(error)}`;
  }
}

async function startBake(operation: Operation, input: BakeInput, reason: string): Promise<void> {
  const { deployment, release } = input;
  const start = (workflowIdReusePolicy: 'ALLOW_DUPLICATE' | 'TERMINATE_IF_RUNNING') =>
    startChild<typeof bake>('bake', {
      workflowId: besideOf(operation).bake, args: [input], parentClosePolicy: 'ABANDON', workflowIdReusePolicy, memo: { by: operation.by, via: 'deploy', reason, deployment, release },
    });
  for (const pause of patched('bake-ends-first') ? [...PAUSES, 0] : [0]) {
    try {
      await start('ALLOW_DUPLICATE');
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (pause > 0) await sleep(pause);
    }
  }
  // One that has not ended by now never will: nobody carries it on.
  await start('TERMINATE_IF_RUNNING');
}
