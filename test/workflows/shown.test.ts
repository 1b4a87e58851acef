// The line at the top of a run's page in the Temporal UI.
import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import { until } from '../../testbed/wait';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

const line = async (handle: WorkflowHandle): Promise<string | undefined> => (await handle.query<{ currentDetails?: string }, []>('__temporal_workflow_metadata')).currentDetails;

test('a run shows what is deployed and by whom, then its step and where, on the way back too, and in the end its outcome', async () => {
  const site = new Site('shown');
  const planning = site.hold('preparePlan');
  const stopping = ['web-1', 'web-2'].map((host) => site.hold(`forward 06-stop-the-app@${host}`));
  const undoing = site.hold('undo 04-serve-maintenance-page@web-1');
  site.fail('forward 06-stop-the-app@web-2');
  const handle = await temporal.runs.deploy(site);
  await site.changes.until(() => site.calls.includes('preparePlan'));
  expect(await line(handle)).toBe('**v2** to **shown/production**, deployment `d-shown`, by dev@example.org');
  planning.open();
  await site.happened('forward 06-stop-the-app@web-1 began');
  expect(await line(handle)).toMatch(/^stop: stop the app · web-[12]$/);
  for (const gate of stopping) gate.open();
  await site.happened('undo 04-serve-maintenance-page@web-1 began');
  expect(await line(handle)).toMatch(/^close: undo: serve maintenance page · web-[12]$/);
  undoing.open();
  const { result } = await temporal.runs.ended(handle);
  expect(await line(handle)).toBe(`**rolled-back**: ${result.sentence}`);
});

test('a question that waits stays there with its answers while another host goes on, and each reminder says for how long it has waited [F53]', async () => {
  const site = new Site('waits', { limits: { remind: 1 } });
  site.fail('undo 06-stop-the-app@web-2', 1, 'no way back');
  site.fail('forward 07-migrate@web-1', 1);
  const handle = await temporal.runs.deploy(site);
  const blocked = await site.question('06-stop-the-app@web-2');
  await site.happened('undo 02-build-release@web-1 ended');
  const seen = new Set<string | undefined>();
  await until('two reminders', async () => (seen.add((await line(handle))?.split('\n')[0]).size > 2 ? true : undefined));
  // Reminded after 1, 2, 4 ... seconds; a busy machine may look late.
  const shown = ['', ' for 1.0 s', ' for 3.0 s', ' for 7.0 s', ' for 15 s', ' for 31 s'].map((time) => `**Waiting for a person${time}.** The environment stays locked.`);
  expect([...seen].filter((each) => !shown.includes(each ?? ''))).toEqual([]);
  expect(await line(handle)).toContain('`06-stop-the-app@web-2`: `stop the app on web-2 could not be taken back: no way back`');
  await temporal.runs.decide(handle, blocked, 'retry');
  expect((await temporal.runs.ended(handle)).outcome).toBe('rolled-back');
});

test('of two questions that wait, the one that is answered goes, and the other one stays', async () => {
  const site = new Site('two-wait');
  for (const host of ['web-1', 'web-2']) site.fail(`undo 06-stop-the-app@${host}`, 1, 'no way back');
  site.fail('forward 07-migrate@web-1', 1);
  const handle = await temporal.runs.deploy(site);
  const [one, other] = await Promise.all(['web-1', 'web-2'].map((host) => site.question(`06-stop-the-app@${host}`)));
  if (!one || !other) throw new Error('unreachable: both were asked');
  expect(await line(handle)).toContain(one.task);
  await temporal.runs.decide(handle, one, 'retry');
  await site.happened('undo 02-build-release@web-1 ended');
  expect(await line(handle)).not.toContain(one.task);
  expect(await line(handle)).toContain(other.task);
  await temporal.runs.decide(handle, other, 'retry');
  expect((await temporal.runs.ended(handle)).outcome).toBe('rolled-back');
});
