import { ChildWorkflowCancellationType, getExternalWorkflowHandle, log, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { besideOf } from '../temporal/names';
import { appAttribute, environmentAttribute, releaseAttribute, stateAttribute } from '../temporal/search-attributes';
import { dropSignal, type followUp, type FollowUpInput } from './follow-up';
import type { Run } from './run';

/** The way of asking by which drills are known: nobody follows up a rehearsal. */
export const DRILL = 'drill';

/**
 * What a run leaves to people begins as a workflow of its own, which outlives this one. Nothing that goes wrong with it is a reason for a
 * deployment to fail. Does nothing for a run of before there were follow-ups, so that old histories stay what they are.
 */
export async function beginFollowUps(run: Run, after: FollowUpInput['after']): Promise<void> {
  const { operation, policy: { followUps }, release, saga } = run;
  if (followUps === undefined || operation.via === DRILL) return;
  const { app, environment, deployment } = operation;
  const ids = besideOf(operation);
  try {
    if (run.followedUp || workflowInfo().workflowType === 'rollback') await drop(ids.followUp(deployment));
    run.followedUp = true;
    const tasks = followUps.filter(({ on }) => on.includes(after));
    if (tasks.length === 0) return;
    const input: FollowUpInput = { app, environment, deployment, release: saga?.plan.release.tag ?? release, after, at: new Date().toISOString(), tasks };
    await startChild<typeof followUp>('followUp', {
      workflowId: ids.followUp(after === 'deployed' ? deployment : `${deployment}/${after}`),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      staticSummary: `what is due after ${input.release} was ${after}`,
      typedSearchAttributes: [
        { key: appAttribute, value: app },
        { key: environmentAttribute, value: environment },
        { key: releaseAttribute, value: input.release },
        { key: stateAttribute, value: 'running' },
      ],
    });
  } catch (error) {
    // A second way back of the same deployment finds its tasks open already; anything else is in the history.
    log.warn('its follow-ups did not begin', { deployment, error });
  }
}

/** Seconds from the end of a way back to the task of that name; null where there is none. */
export function postMortem({ operation, policy }: Pick<Run, 'operation' | 'policy'>): number | null {
  if (operation.via === DRILL) return null;
  return policy.followUps?.find(({ name, on }) => name === 'post-mortem' && on.includes('rolled-back'))?.after ?? null;
}

/** What was due after the deployment is not, once it was taken back. */
async function drop(workflowId: string): Promise<void> {
  await getExternalWorkflowHandle(workflowId)
    .signal(dropSignal, 'it was rolled back')
    .catch(() => undefined);
}
