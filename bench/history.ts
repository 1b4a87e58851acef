import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { TaskResult } from '../src/activities/contract';

/** One activity as the history tells it; times in milliseconds of the Temporal server's clock. */
export interface Recorded {
  readonly name: string;
  readonly scheduled: number;
  readonly started: number;
  readonly completed: number;
  readonly result: unknown;
}

interface Stamp {
  seconds?: unknown;
  nanos?: number | null;
}

/** All activities of a run in the order in which they were asked for, and when the run began and ended. */
export async function readRun(client: Client, workflowId: string, runId: string): Promise<{ begun: number; ended: number; activities: Recorded[] }> {
  const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const times = (events ?? []).map((event) => milliseconds(event.eventTime));
  const open = new Map<string, { name: string; scheduled: number; started: number }>();
  const activities: Recorded[] = [];
  for (const [n, event] of (events ?? []).entries()) {
    const at = times[n] ?? 0;
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started, activityTaskCompletedEventAttributes: completed } = event;
    if (scheduled) open.set(String(event.eventId), { name: scheduled.activityType?.name ?? '', scheduled: at, started: at });
    const task = open.get(String((started ?? completed)?.scheduledEventId));
    if (started && task) task.started = at;
    if (completed && task) {
      const payload = completed.result?.payloads?.[0];
      activities.push({ ...task, completed: at, result: payload ? defaultPayloadConverter.fromPayload(payload) : undefined });
    }
  }
  activities.sort((a, b) => a.scheduled - b.scheduled);
  return { begun: times[0] ?? 0, ended: times.at(-1) ?? 0, activities };
}

/** The seconds that the program itself took on the host, in milliseconds. */
export function programOf(activity: Recorded): number {
  return ((activity.result as TaskResult).seconds ?? 0) * 1000;
}

function milliseconds(stamp: Stamp | null | undefined): number {
  return Number(stamp?.seconds ?? 0) * 1000 + (stamp?.nanos ?? 0) / 1e6;
}
