import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploymentId, Sternway } from '../../src/client';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer } from '../../src/temporal/local-server';
import { writeConfig } from '../../test/e2e/stage';
import type { TargetHost } from '../../testbed';
import { cpuOf, ownCpu } from '../cpu';
import { programOf, readRun, type Recorded } from '../history';
import { STEPS, type Round, type Way } from '../way';
import { startBenchWorker } from '../worker';

const TARGET = { app: 'shop', environment: 'production' };

/** The whole of it: Temporal with its data on disk and its UI on, a worker, the ledger, and somebody who follows the run as the command line does. */
export async function sternwayWay(target: TargetHost): Promise<Way> {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-bench-'));
  const server = await startLocalServer({ executable: requireTemporal(), dataFile: join(folder, 'temporal.db'), logFile: join(folder, 'temporal.log') });
  const config = writeConfig(folder, { host: target, caPath: join(folder, 'none'), remove: async () => undefined }, (document) => delete document['timeouts']);
  const worker = await startBenchWorker({ config, address: server.address });
  const sternway = await Sternway.connect({ address: server.address });
  let count = 0;
  return {
    name: 'sternway',
    title: 'Sternway, all of it',
    async round() {
      const spent = async () => ({ worker: await worker.cpu(), temporal: cpuOf(server.pid), client: ownCpu() });
      const before = await spent();
      const begun = performance.now();
      const run = await sternway.startDeployment({ ...TARGET, by: 'bench', via: 'bench', reason: '', release: 'v1.0.0', deployment: `${deploymentId('bench', new Date())}-${count++}` });
      for await (const event of sternway.follow(run)) {
        if (event.type === 'ended' && event.outcome !== 'deployed') throw new Error(`the deployment ended as ${event.outcome}: ${event.sentence}`);
      }
      const total = performance.now() - begun;
      const after = await spent();
      const { begun: start, ended, activities } = await readRun(sternway.client, `${TARGET.app}/${TARGET.environment}`, run.run);
      return {
        total,
        cpu: { worker: after.worker - before.worker, temporal: after.temporal - before.temporal, client: after.client - before.client },
        ...taken(activities, start, ended),
      };
    },
    async end() {
      await sternway.close();
      await worker.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** From one step's scheduling to the next one's: whatever lies between belongs to a step. */
function taken(activities: readonly Recorded[], start: number, ended: number): Pick<Round, 'steps' | 'programs' | 'parts' | 'beside'> {
  const at = activities.findIndex(({ name }) => name === 'doNothing');
  const own = activities.slice(at, at + STEPS);
  const next = own.map((_, n) => activities[at + n + 1]?.scheduled ?? NaN);
  if (own.length !== STEPS || own.some(({ name }) => name !== 'doNothing') || next.some(Number.isNaN)) throw new Error(`the history holds ${own.length} steps of ${STEPS}`);
  const stage = (name: string) => activities.filter((each) => each.name === name).reduce((sum, each) => sum + each.completed - each.scheduled, 0);
  return {
    steps: own.map(({ scheduled }, n) => (next[n] ?? NaN) - scheduled),
    programs: own.map(programOf),
    parts: {
      dispatch: own.map(({ scheduled, started }) => started - scheduled),
      activity: own.map(({ started, completed }) => completed - started),
      decision: own.map(({ completed }, n) => (next[n] ?? NaN) - completed),
    },
    beside: {
      'before the first step': (own[0]?.scheduled ?? NaN) - start, 'after the last step': ended - (next.at(-1) ?? NaN),
      claim: stage('claimHosts'), 'store the plan': stage('storePlan'), 'close the claim': stage('closeClaims'),
    },
  };
}
