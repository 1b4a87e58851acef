import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploymentId, Sternway } from '../../src/client';
import { loadConfig, resolveEnvironment, splitInventory } from '../../src/config/load';
import { installRuntime } from '../../src/temporal/logger';
import { runWorker, type RunningWorker } from '../../src/worker';
import { ended, LOCK, must, raiseStage, until, type Stage } from '../e2e/stage';
import { TemporalUi } from './temporal-ui';

const HOLD = '/run/shop/hold-migration';

let stage: Stage;
let worker: RunningWorker | undefined;
let ui: TemporalUi;
beforeAll(async () => {
  stage = await raiseStage('ui', { worker: false, ui: true, change: (config) => ((config['timeouts'] as Record<string, string>)['check'] = '8s') });
  [worker, ui] = await Promise.all([
    runWorker({ config: stage.config, address: stage.server.address, log: installRuntime({ level: 'error' }) }),
    TemporalUi.open(stage.server.uiUrl ?? ''),
  ]);
});
afterAll(async () => {
  await ui?.close();
  await endWorker();
  await stage?.remove();
});

async function endWorker(): Promise<void> {
  worker?.shutdown();
  await worker?.run;
  worker = undefined;
}

/** Starts a deployment as the command line does. */
async function deploy(release: string) {
  const { settings } = splitInventory(resolveEnvironment(loadConfig(stage.config), 'production'));
  const deployment = deploymentId(release, new Date());
  const { run } = await new Sternway(stage.client).startDeployment({ app: 'shop', environment: 'production', release, deployment, by: 'maria@laptop', via: 'cli', reason: 'weekly release', settings });
  return { run, handle: stage.client.workflow.getHandle(LOCK, run) };
}

test('with no worker running, a deployment that failed and went back says in the UI which step failed and why, in one sentence', async () => {
  const { run, handle } = await deploy('v1.5.0-answers-500');
  const { sentence, outcome } = await ended(handle);
  expect(outcome).toBe('rolled-back');
  expect(sentence).toMatch(/^the new release answers.* on web-1: .*status 500 instead of 200/);
  await endWorker();

  const rows = await ui.list('`SternwayApp`="shop" AND `SternwayOutcome`="rolled-back"', { add: ['SternwayRelease', 'SternwayOutcome', 'SternwayState'], remove: ['Run ID', 'End'] });
  expect(await rows.allInnerTexts()).toEqual([
    expect.stringMatching(/Failed.*shop\/production.*deploy.*v1\.5\.0-answers-500\s+rolled-back\s+closed/is),
  ]);
  await ui.picture('list');

  await ui.run(LOCK, run);
  await ui.sees(`"message": "${sentence}"`);
  await ui.picture('rolled-back', 1500);
  await ui.finds('serveMaintenancePage.undo • undo: nginx: maintenance page · web-1');
  await ui.finds('serveMaintenancePage • nginx: maintenance page · web-1');
  await ui.tab('history');
  await ui.sees('Failure Message');
  await ui.tab('memo');
  await ui.sees(`"sentence": "${sentence}"`);
});

test('a person with nothing but the UI sends a running deployment back, and answers the question that its way back asks [RX-03]', async () => {
  worker = await runWorker({ config: stage.config, address: stage.server.address, log: installRuntime({ level: 'error' }) });
  await must(stage, `touch ${HOLD}`);
  const { run, handle } = await deploy('v1.5.7-slow-migration');
  await until('the migration runs', async () => (await stage.shop.host.run('pgrep -x -f "venv/bin/python database.py upgrade"')).code === 0);
  await must(stage, 'cp /etc/nginx/sites-available/shop.maintenance /etc/nginx/by-hand && ln -sfn /etc/nginx/by-hand /etc/nginx/sites-enabled/shop');

  await ui.run(LOCK, run);
  await ui.prepareSignal('rollback');
  await ui.picture('signal');
  await ui.submit();
  await until('it goes back', async () => (await handle.query<{ direction: string }, []>('progress')).direction === 'back');
  await must(stage, `rm ${HOLD}`);
  const blocked = await until('it is blocked', async () => (await handle.query<{ blocked: { task: string }[] }, []>('progress')).blocked[0]);

  await ui.tab('user-metadata');
  await ui.refreshDetails();
  await ui.seesDetails(/somebody changed it by hand/);
  await ui.picture('blocked');
  await must(stage, 'rm /etc/nginx/by-hand && ln -sfn /etc/nginx/sites-available/shop.maintenance /etc/nginx/sites-enabled/shop');
  await ui.prepareUpdate('decide', { task: blocked.task, answer: 'retry', by: 'ada', reason: 'put right' });
  await ui.picture('decide');
  await ui.submit();
  expect(await ended(handle)).toMatchObject({ outcome: 'rolled-back', cause: 'signal', sentence: expect.stringMatching(/^rollback asked for by somebody through Temporal/) as string });
});
