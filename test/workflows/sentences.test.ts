import { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { rootSentence, rootType, where } from '../../src/workflows/sentences';

const inActivity = (cause?: Error): ActivityFailure => new ActivityFailure('Activity task failed', 'run', '7', RetryState.MAXIMUM_ATTEMPTS_REACHED, 'worker-1', cause);
const inChild = (cause: Error): ChildWorkflowFailure => new ChildWorkflowFailure('default', { workflowId: 'shop/production', runId: 'r' }, 'rollback', RetryState.NON_RETRYABLE_FAILURE, cause);
const late = (cause?: Error): TimeoutFailure => Object.assign(new TimeoutFailure('activity ScheduleToClose timeout', undefined, 'SCHEDULE_TO_CLOSE'), cause ? { cause } : {});

test.each([
  ['our own, below an activity and a child', inChild(inActivity(ApplicationFailure.nonRetryable('web-1: the disk is full', 'Refused'))), 'web-1: the disk is full'],
  ['a time that has passed', inActivity(late()), 'no end within its time'],
  ['a time that has passed, with what the last attempt said', inActivity(late(ApplicationFailure.retryable('web-1 is out of reach'))), 'no end within its time (web-1 is out of reach)'],
  ['an activity that failed for no reason', inActivity(), 'Activity task failed'],
  ['any other error', new RangeError('too far'), 'too far'],
  ['no error at all', 'just a text', 'just a text'],
])('the sentence for people is the innermost that is ours: %s', (_, error, sentence) => {
  expect(rootSentence(error)).toBe(sentence);
});

test('a refusal is told from a breakdown by the innermost failure\'s type', () => {
  expect(rootType(inActivity(ApplicationFailure.nonRetryable('no', 'Busy')))).toBe('Busy');
  expect([rootType(inActivity(late())), rootType(new Error('no'))]).toEqual([undefined, undefined]);
});

test('a check by the worker is from outside, everything else on its host', () => {
  expect([where('worker'), where('web-1')]).toEqual(['from outside', 'on web-1']);
});
