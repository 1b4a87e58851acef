import type { LoadedDataConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import { isoTime, readFirst, readMemo, readProtoFailure, type Failure, type Payloads } from './decode-values';
import type { Recorded, RecordedFailure } from './recorded';

export type HistoryEvent = NonNullable<History['events']>[number];

/**
 * One history event with its payloads read by the client's own converter and codec. Unknown kinds become `other`; a value that
 * cannot be read (written by a stranger, or with a key we do not have) becomes undefined, for the rest must still be told.
 */
export async function decodeEvent(converter: LoadedDataConverter, event: HistoryEvent): Promise<Recorded> {
  const line = { id: Number(event.eventId), at: isoTime(event.eventTime) };
  const input = (payloads: { payloads?: Payloads } | null | undefined): Promise<unknown> => readFirst(converter, payloads?.payloads);
  const failure = async (given: Failure): Promise<RecordedFailure | null> => (given ? readProtoFailure(converter, given) : null);

  if (event.workflowExecutionStartedEventAttributes) {
    const given = event.workflowExecutionStartedEventAttributes;
    return { ...line, kind: 'started', workflow: given.workflowType?.name ?? '', run: given.originalExecutionRunId ?? '', input: await input(given.input), identity: given.identity ?? '' };
  }
  if (event.activityTaskScheduledEventAttributes) {
    const given = event.activityTaskScheduledEventAttributes;
    return { ...line, kind: 'scheduled', activity: given.activityType?.name ?? '', activityId: given.activityId ?? '', input: await input(given.input) };
  }
  if (event.activityTaskStartedEventAttributes) {
    const given = event.activityTaskStartedEventAttributes;
    return { ...line, kind: 'attempt', scheduled: Number(given.scheduledEventId), attempt: given.attempt ?? 1 };
  }
  if (event.activityTaskCompletedEventAttributes) {
    const given = event.activityTaskCompletedEventAttributes;
    return { ...line, kind: 'activity-ended', scheduled: Number(given.scheduledEventId), status: 'completed', result: await input(given.result), failure: null };
  }
  if (event.activityTaskFailedEventAttributes) {
    const given = event.activityTaskFailedEventAttributes;
    return { ...line, kind: 'activity-ended', scheduled: Number(given.scheduledEventId), status: 'failed', result: undefined, failure: await failure(given.failure) };
  }
  if (event.activityTaskTimedOutEventAttributes) {
    const given = event.activityTaskTimedOutEventAttributes;
    return { ...line, kind: 'activity-ended', scheduled: Number(given.scheduledEventId), status: 'timed-out', result: undefined, failure: await failure(given.failure) };
  }
  if (event.activityTaskCanceledEventAttributes) {
    const given = event.activityTaskCanceledEventAttributes;
    return { ...line, kind: 'activity-ended', scheduled: Number(given.scheduledEventId), status: 'cancelled', result: undefined, failure: null };
  }
  if (event.workflowExecutionSignaledEventAttributes) {
    const given = event.workflowExecutionSignaledEventAttributes;
    return { ...line, kind: 'signal', name: given.signalName ?? '', input: await input(given.input), identity: given.identity ?? '' };
  }
  if (event.workflowExecutionUpdateAcceptedEventAttributes) {
    const asked = event.workflowExecutionUpdateAcceptedEventAttributes.acceptedRequest;
    return { ...line, kind: 'update', name: asked?.input?.name ?? '', input: await input(asked?.input?.args), identity: asked?.meta?.identity ?? '' };
  }
  if (event.workflowExecutionCancelRequestedEventAttributes) {
    const given = event.workflowExecutionCancelRequestedEventAttributes;
    return { ...line, kind: 'cancel-requested', identity: given.identity ?? '', reason: given.cause ?? '' };
  }
  if (event.timerStartedEventAttributes) {
    const given = event.timerStartedEventAttributes;
    const summary = await readFirst(converter, event.userMetadata?.summary ? [event.userMetadata.summary] : null);
    return { ...line, kind: 'timer-started', timer: given.timerId ?? '', seconds: Number(given.startToFireTimeout?.seconds ?? 0), summary: typeof summary === 'string' ? summary : '' };
  }
  if (event.timerFiredEventAttributes) return { ...line, kind: 'timer-fired', timer: event.timerFiredEventAttributes.timerId ?? '' };
  if (event.workflowPropertiesModifiedEventAttributes) {
    return { ...line, kind: 'memo', memo: await readMemo(converter, event.workflowPropertiesModifiedEventAttributes.upsertedMemo?.fields) };
  }
  if (event.workflowTaskScheduledEventAttributes) return { ...line, kind: 'task-scheduled' };
  if (event.workflowTaskCompletedEventAttributes) return { ...line, kind: 'task-completed' };
  if (event.workflowTaskFailedEventAttributes) {
    const told = await failure(event.workflowTaskFailedEventAttributes.failure);
    return { ...line, kind: 'task-failed', sentence: told?.sentence ?? '' };
  }
  const ended = { ...line, kind: 'ended', result: undefined, failure: null, identity: '', reason: '' } as const;
  if (event.workflowExecutionCompletedEventAttributes) {
    return { ...ended, status: 'completed', result: await input(event.workflowExecutionCompletedEventAttributes.result) };
  }
  if (event.workflowExecutionFailedEventAttributes) return { ...ended, status: 'failed', failure: await failure(event.workflowExecutionFailedEventAttributes.failure) };
  if (event.workflowExecutionCanceledEventAttributes) return { ...ended, status: 'cancelled' };
  if (event.workflowExecutionTerminatedEventAttributes) {
    const given = event.workflowExecutionTerminatedEventAttributes;
    return { ...ended, status: 'terminated', identity: given.identity ?? '', reason: given.reason ?? '' };
  }
  if (event.workflowExecutionTimedOutEventAttributes) return { ...ended, status: 'timed-out' };
  if (event.workflowExecutionContinuedAsNewEventAttributes) {
    return { ...ended, status: 'continued', result: event.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunId ?? '' };
  }
  return { ...line, kind: 'other' };
}
