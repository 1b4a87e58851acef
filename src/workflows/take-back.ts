import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApplicationFailure, CancellationScope, ChildWorkflowFailure, condition, getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import { lockOf } from '../temporal/names';
import type { BakeInput } from './bake';
import { rollbackSignal } from './messages';
import type { Result } from './outcome';
import type { rollback, RollbackInput } from './rollback';
import { rootSentence } from './sentences';

/** Milliseconds until a lock that is held is tried again, at first and at most. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 30_000];

export interface Back {
  readonly because: readonly string[];
  /** `bake`, or the person who decided it, and their reason. */
  readonly by: string;
  readonly reason: string;
}

export interface TakenBack {
  /** `refused`: the release is still live. */
  readonly outcome: 'rolled-back' | 'refused' | 'yielded';
  readonly sentence: string;
}

/**
 * Starts the rollback of the watched deployment under the environment's lock, and waits for its end. Where a run holds the lock it is told, and turns
 * back if it is this deployment; of any other it is the business what becomes of the release, until it ends or makes this bake yield.
 */
export function takeBack(input: BakeInput, { because, by, reason }: Back, yielded: () => boolean): Promise<TakenBack> {
  const { app, environment, deployment } = input;
  const why = [...(reason ? [reason] : []), ...because].join('; ');
  const asked: RollbackInput = { app, environment, deployment, by, via: 'bake', reason: why, ...(by === 'bake' ? { cause: 'threshold' as const } : {}) };
  // A rollback that has begun is not called off by who no longer wants to watch.
  return CancellationScope.nonCancellable(async () => {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      if (yielded()) return { outcome: 'yielded', sentence: '' };
      try {
        const child = await startChild<typeof rollback>('rollback', {
          workflowId: lockOf(input), args: [asked], parentClosePolicy: 'ABANDON', memo: { by, via: 'bake', reason: why.slice(0, 500), deployment },
        });
        return await ending(child.result());
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        // It closed meanwhile: then the next try finds the lock free.
        await getExternalWorkflowHandle(lockOf(input)).signal(rollbackSignal, { deployment, by, reason: why }).catch(() => undefined);
        await condition(yielded, pause);
      }
    }
  });
}

async function ending(result: Promise<Result>): Promise<TakenBack> {
  try {
    return { outcome: 'rolled-back', sentence: (await result).sentence };
  } catch (error) {
    const cause = error instanceof ChildWorkflowFailure ? error.cause : undefined;
    const told = cause instanceof ApplicationFailure ? (cause.details?.[0] as Result | undefined) : undefined;
    // Not all taken back is a case for people, and that run has said so: there is nothing left to watch.
    if (told?.outcome === 'incomplete') return { outcome: 'rolled-back', sentence: told.sentence };
    return { outcome: 'refused', sentence: `it could not be taken back: ${told?.sentence ?? rootSentence(cause ?? error)}` };
  }
}
