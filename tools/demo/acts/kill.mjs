// The worker dies in the middle of a step.
import { must } from '../../lib/run.mjs';
import { hold, letGo, migrating, runsOf, until } from '../on-host.mjs';
import { aside } from '../screen.mjs';

export const kill = (release) => ({
  title: 'kill -9 of the worker while migrate runs; another one finishes',
  short: 'kill -9 of the worker',
  outcome: 'deployed',
  why: 'The program that migrates runs on the host, detached from the worker. A new worker finds its record, adopts it and waits for its end: nothing runs twice, nothing is lost.',
  async play(act) {
    const { state, workers } = act.stage;
    act.stage.beforeLive = await state.read();
    await hold(act.stage);
    let before, after, worker;
    await act.sternway(['deploy', release], 0, async (say, inTime) => {
      before = await inTime('migrate ran', until('migrate runs', () => migrating(act.stage)));
      const victim = workers.at(-1);
      await victim.kill();
      say(aside(`kill -9 ${victim.pid}: the worker is dead; on the host, migrate runs on as process ${before}`));
      worker = await act.stage.startWorker();
      say(aside(`another worker starts: process ${worker.pid}`));
      await inTime('the other worker took migrate over', until('the other worker holds migrate', () => heldBy(act.stage, worker.pid)));
      after = await migrating(act.stage);
      await letGo(act.stage);
    });
    act.promise(after === before, `migrate was process ${before} on the host before the kill, and under worker ${worker.pid} still is`, `migrate was process ${before} and is ${after ?? 'gone'}`);
    const { deployment } = await act.serves(release);
    const runs = await runsOf(act.stage, deployment);
    act.promise(runs === 1, 'the program itself counted one run of this deployment', `the program itself counted ${runs} runs of this deployment`);
  },
});

/** Whether the worker with this pid holds migrate, as the server sees it. */
async function heldBy({ temporal, env, show }, pid) {
  const words = ['workflow', 'describe', '--workflow-id', `${show.app}/production`, '--output', 'json'];
  const { pendingActivities = [] } = JSON.parse(await must(temporal, words, 'The run cannot be described', { env }));
  return pendingActivities.some(({ activityType, lastWorkerIdentity }) => activityType?.name === 'migrateDatabase' && lastWorkerIdentity?.startsWith(`${pid}@`));
}
