// Rehearsals by the real deployment and rollback workflows; only the hosts are fakes. A year of them passes at once.
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Proof } from '../../src/events/proofs';
import { besideOf } from '../../src/temporal/names';
import type { drill } from '../../src/workflows';
import { Site } from './support/site';
import { useSkippingTemporal } from './support/time-skipping';

const temporal = useSkippingTemporal();

const MONTH = 30 * 86_400_000;

function siteOf(app: string): Site {
  const site = temporal.sites.add(new Site(app));
  site.mayStay.add('07-migrate');
  return site;
}

/** Holds a drill; how it ended, with its type, and what its memo keeps. */
async function hold(site: Site): Promise<{ type: string; proof: Proof; kept: unknown }> {
  const target = { app: site.app, environment: 'production' };
  const handle = await temporal.env.client.workflow.start<typeof drill>('drill', { workflowId: besideOf(target).drill, taskQueue: temporal.taskQueue, args: [target] });
  const ended = await handle.result().then(
    (proof) => ({ type: 'completed', proof }),
    (error: unknown) => {
      const cause = error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure ? error.cause : undefined;
      if (!cause) throw error;
      return { type: cause.type ?? '', proof: cause.details?.[0] as Proof };
    },
  );
  return { ...ended, kept: (await handle.describe()).memo?.['proof'] };
}

const failures = (site: Site) => site.told.flatMap((telling) => (telling.moment === 'drill-failed' ? [telling.sentence] : []));

test('of twelve monthly drills the one whose way back fails says so and the team is told; the others prove it [DR-01, DR-03]', async () => {
  const site = siteOf('monthly');
  const outcomes: string[] = [];
  for (let month = 0; month < 12; month += 1) {
    const before = site.runs().length;
    if (month === 7) site.fail('forward 12-site-is-new@worker', 1, 'status 502');
    const { type, proof, kept } = await hold(site);
    expect(kept).toEqual(proof);
    outcomes.push(proof.outcome);
    if (month !== 7) {
      expect({ type, ...proof }).toMatchObject({ type: 'completed', release: 'v2', previous: 'v1', on: 'staging', restore: 'ok' });
      expect(proof.rollbackSeconds).toBeGreaterThan(0);
      // Real work each time, and nothing of it left.
      expect(site.runs().length).toBeGreaterThan(before);
    } else expect({ type, proof }).toMatchObject({ type: 'DrillFailed', proof: { sentence: 'the deployment of v2 on staging: site is new from outside: status 502. web-1, web-2 back on v1; the additive schema stays' } });
    expect(site.openClaims()).toEqual([]);
    await temporal.away((await temporal.now()) + MONTH);
  }
  expect(outcomes).toEqual(Array.from({ length: 12 }, (_, month) => (month === 7 ? 'failed' : 'proven')));
  expect(failures(site)).toHaveLength(1);
});

test('where another release is live the one before is deployed first', async () => {
  const site = siteOf('elsewhere');
  site.rehearsal = { ...site.rehearsal, live: 'v3' };
  // Two deployments lie on these hosts, and both are called v2 there.
  site.readLive = () => Promise.resolve({ release: 'v1' });
  expect((await hold(site)).proof.outcome).toBe('proven');
  expect(site.calls.filter((call) => call === 'preparePlan')).toHaveLength(2);
  const other = siteOf('there-already');
  expect((await hold(other)).proof.outcome).toBe('proven');
  expect(other.calls.filter((call) => call === 'preparePlan')).toHaveLength(1);
});

test('a held environment is left alone: no drill is held, and nothing is said of the way back', async () => {
  const site = siteOf('held');
  const gate = site.hold('forward 02-build-release@web-1');
  const run = await temporal.env.client.workflow.start('deploy', { workflowId: 'held/staging', taskQueue: temporal.taskQueue, args: [{ app: 'held', environment: 'staging', release: 'v2', deployment: 'd-other' }] });
  await site.happened('forward 02-build-release@web-1 began');
  await site.happened('forward 02-build-release@web-2 ended');
  const before = [...site.journal];
  const { type, proof } = await hold(site);
  expect({ type, proof }).toMatchObject({ type: 'DrillNotHeld', proof: { outcome: 'not-held', sentence: 'held/staging is held by another run', rollbackSeconds: null } });
  expect(site.journal).toEqual(before);
  expect(failures(site)).toEqual(['held/staging is held by another run']);
  gate.open();
  expect((await temporal.runs.ended(run)).outcome).toBe('deployed');
});

test('a refusal before the first change is no word on the way back; after it, it is', async () => {
  const site = siteOf('refusing');
  site.fail('preparePlan', 1, 'web-1: 212 MB free, 500 needed');
  expect(await hold(site)).toMatchObject({ type: 'DrillNotHeld', proof: { outcome: 'not-held', sentence: 'the deployment of v2 on staging: web-1: 212 MB free, 500 needed' } });
  site.fail('readHead', 1, 'the records are gone');
  expect(await hold(site)).toMatchObject({ type: 'DrillFailed', proof: { outcome: 'failed', sentence: 'the rollback on staging: the records are gone' } });
});

test('hosts that are not back on the release before fail the drill, whatever the rollback says', async () => {
  const site = siteOf('lying');
  site.readLive = () => Promise.resolve({ release: 'v2' });
  expect(await hold(site)).toMatchObject({ type: 'DrillFailed', proof: { sentence: 'after the rollback staging serves v2 and not v1' } });
});

test('a backup that cannot be restored fails the drill with its sentence, though the way back went well [DR-02]', async () => {
  const site = siteOf('damaged');
  site.damage = 'the dump is damaged: its checksum differs';
  expect(await hold(site)).toMatchObject({ type: 'DrillFailed', proof: { outcome: 'failed', sentence: 'the last backup: the dump is damaged: its checksum differs', restore: 'the dump is damaged: its checksum differs', rollbackSeconds: expect.any(Number) as number } });
  site.rehearsal = { ...site.rehearsal, restore: false };
  expect(await hold(site)).toMatchObject({ type: 'completed', proof: { outcome: 'proven', restore: null } });
});

test('nobody follows up a rehearsal', async () => {
  const site = siteOf('no-tasks');
  site.policy = { ...site.policy, followUps: [{ name: 'look', after: 60, what: ['look'], on: ['deployed', 'rolled-back'], remind: 60 }] };
  expect((await hold(site)).proof.outcome).toBe('proven');
  const { events = [] } = await temporal.env.client.workflow.getHandle('no-tasks/staging').fetchHistory();
  expect(events?.some((event) => event.startChildWorkflowExecutionInitiatedEventAttributes)).toBe(false);
});
