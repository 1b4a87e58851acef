import type { WorkflowHandle } from '@temporalio/client';
import { rollbackSignal } from '../../src/workflows/messages';
import { bake } from '../../src/config/schema/bake';
import { PEOPLE } from '../workflows/support/people';
import type { PlanOptions } from '../workflows/support/plan';
import type { Site } from '../workflows/support/site';
import type { Runs } from '../workflows/support/runs';

/** What happens to a run that is recorded. */
export interface Scenario {
  readonly options?: PlanOptions;
  readonly play: (runs: Runs, site: Site) => Promise<WorkflowHandle>;
}

const STOP = '06-stop-the-app';

async function whileStopping(runs: Runs, site: Site, what: (handle: WorkflowHandle) => Promise<unknown>): Promise<WorkflowHandle> {
  const slow = site.hold(`forward ${STOP}@web-1`);
  const handle = await runs.deploy(site);
  await site.happened(`forward ${STOP}@web-1 began`);
  await what(handle);
  slow.open();
  return handle;
}

/** Everything about people and time at once: messages, kept reports, a bake of a second, a follow-up. */
function attended(site: Site): Site {
  site.policy = {
    messages: { ...PEOPLE, every: 0.1, roles: ['on_call'] }, reports: ['/reports'], bake: { every: 100, watch: [1000] },
    followUps: [{ name: 'check', after: 3600, what: ['look at it'], on: ['deployed', 'rolled-back'], remind: 3600 }],
  };
  site.bake = bake.parse({ watch: ['1s'], every: '100ms', thresholds: [{ name: 'errors', metric: 'errors', accept: '1%', rollback: '10%', for: '0s' }], sources: [{ name: 'errors', access_log: {} }] });
  return site;
}

/** The ways through the workflows, each by one run; the name is the file's. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  deployed: { play: (runs, site) => runs.deploy(site) },
  refused: {
    play: (runs, site) => {
      site.fail('preparePlan');
      return runs.deploy(site);
    },
  },
  'step-failed': {
    play: (runs, site) => {
      site.fail('forward 08-switch-release@web-1');
      return runs.deploy(site);
    },
  },
  'failed-after-opening': {
    play: (runs, site) => {
      site.fail('forward 12-site-is-new@worker');
      return runs.deploy(site);
    },
  },
  'schema-held': {
    options: { schema: 'irreversible' },
    play: async (runs, site) => {
      site.fail('forward 12-site-is-new@worker');
      const handle = await runs.deploy(site);
      await runs.decide(handle, await site.question('07-migrate@web-1'), 'retry');
      return handle;
    },
  },
  'undos-blocked': {
    play: async (runs, site) => {
      site.fail('forward 08-switch-release@web-1');
      site.fail(`undo ${STOP}@web-1`, 2);
      site.fail(`undo ${STOP}@web-2`);
      site.fail('undo 04-serve-maintenance-page@web-2');
      const handle = await runs.deploy(site);
      for (const times of [1, 2]) await runs.decide(handle, await site.question(`${STOP}@web-1`, times), 'retry');
      await runs.decide(handle, await site.question(`${STOP}@web-2`), 'resolved');
      await runs.decide(handle, await site.question('04-serve-maintenance-page@web-2'), 'skip');
      return handle;
    },
  },
  cancelled: { play: (runs, site) => whileStopping(runs, site, (handle) => handle.cancel()) },
  signalled: { play: (runs, site) => whileStopping(runs, site, (handle) => handle.signal(rollbackSignal, { by: 'ops@example.org', reason: 'looks wrong' })) },
  'signalled-at-the-end': {
    play: async (runs, site) => {
      const closing = site.hold('closeClaims');
      const handle = await runs.deploy(site);
      await site.changes.until(() => site.calls.includes('closeClaims'));
      await handle.signal(rollbackSignal);
      closing.open();
      return handle;
    },
  },
  withdrawn: {
    play: async (runs, site) => {
      site.hold('preparePlan');
      const handle = await runs.deploy(site);
      await site.changes.until(() => site.calls.includes('preparePlan'));
      await handle.signal(rollbackSignal);
      return handle;
    },
  },
  deadline: {
    options: { limits: { deadline: 0.5 } },
    play: async (runs, site) => {
      const slow = site.hold('forward 02-build-release@web-1');
      const handle = await runs.deploy(site);
      await site.happened('undo 02-build-release@web-2 ended');
      slow.open();
      return handle;
    },
  },
  'attended-deployed': { play: (runs, site) => runs.deploy(attended(site)) },
  'attended-failed': {
    play: async (runs, site) => {
      site.fail('forward 08-switch-release@web-1');
      site.fail(`undo ${STOP}@web-1`, 1);
      const handle = await runs.deploy(attended(site));
      await runs.decide(handle, await site.question(`${STOP}@web-1`), 'retry');
      return handle;
    },
  },
  'bake-healthy': {
    play: async (runs, site) => {
      await runs.ended(await runs.deploy(attended(site)));
      return runs.bake(site);
    },
  },
  'bake-rolled-back': {
    play: async (runs, site) => {
      site.figure = (seconds) => (seconds > 0.5 ? 0.5 : 0);
      await runs.ended(await runs.deploy(attended(site)));
      return runs.bake(site);
    },
  },
  'request-granted': { play: (runs, site) => runs.request(attended(site)) },
  'rolled-back-later': {
    play: async (runs, site) => {
      await runs.ended(await runs.deploy(site));
      return await runs.rollback(site);
    },
  },
};
