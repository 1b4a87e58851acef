// Runs under way when Sternway is upgraded go on with the new code: it must make the same decisions from the same history.
// Red here: change the workflows so that old histories replay (patched()), or, before anything was released, `node test/replay/record.mjs --again`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { workflowBundle as bundle } from '../../src/temporal/bundle';
import { quiet } from '../workflows/support/temporal';
import { SCENARIOS } from './scenarios';

interface Recorded {
  workflowId: string;
  history: { events: { eventType: string; activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[] };
}

const HISTORIES = join(__dirname, 'histories');
const read = (name: string): Recorded => JSON.parse(readFileSync(join(HISTORIES, name), 'utf8')) as Recorded;

async function replay({ workflowId, history }: Recorded): Promise<string> {
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, [{ workflowId, history: temporal.api.history.v1.History.fromObject(history) }])) return error?.name ?? 'same';
  return 'nothing was replayed';
}

let workflowBundle: WorkflowBundleOption;
beforeAll(async () => {
  quiet();
  workflowBundle = await bundle({ encodeFailures: false });
});

describe('a recorded history', () => {
  test('is kept of every way through the workflows', () => {
    expect(readdirSync(HISTORIES).sort()).toEqual(Object.keys(SCENARIOS).map((name) => `${name}.json`).sort());
  });

  test.for(readdirSync(HISTORIES))('replays: %s [F12]', async (name) => {
    expect(await replay(read(name))).toBe('same');
  });

  test('that differs from what the code decides is noticed [F12]', async () => {
    const other = read('step-failed.json');
    const undo = other.history.events.find((event) => event.activityTaskScheduledEventAttributes?.activityType.name.endsWith('.undo'));
    if (undo?.activityTaskScheduledEventAttributes) undo.activityTaskScheduledEventAttributes.activityType.name = 'somethingElse.undo';
    expect(await replay(other)).toBe('DeterminismViolationError');
  });
});
