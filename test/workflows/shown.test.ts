// The line at the top of a run's page in the Temporal UI.
import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

const line = async (handle: WorkflowHandle): Promise<string | undefined> => (await handle.query<{ currentDetails?: string }, []>('__temporal_workflow_metadata')).currentDetails;

test('a run shows what is deployed and by whom, then its step and where, on the way back too, and in the end its outcome', async () => {
  const site = new Site('shown');
  const planning = site.hold('preparePlan');
  const stopping = site.hold('forward 06-stop-the-app@web-1');
  const undoing = site.hold('undo 04-serve-maintenance-page@web-1');
  site.fail('forward 06-stop-the-app@web-2');
  const handle = await temporal.runs.deploy(site);
  await site.changes.until(() => site.calls.includes('preparePlan'));
  expect(await line(handle)).toBe('**v2** to **shown/production**, deployment `d-shown`, by dev@example.org');
  planning.open();
  await site.happened('forward 06-stop-the-app@web-1 began');
  expect(await line(handle)).toMatch(/^stop: stop the app · web-[12]$/);
  stopping.open();
  await site.happened('undo 04-serve-maintenance-page@web-1 began');
  expect(await line(handle)).toMatch(/^close: undo: serve maintenance page · web-[12]$/);
  undoing.open();
  const { result } = await temporal.runs.ended(handle);
  expect(await line(handle)).toBe(`**rolled-back**: ${result.sentence}`);
});
