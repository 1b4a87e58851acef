import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { prepare } from '../../../tools/prepare.mjs';
import { workflowBundle } from '../../../src/temporal/bundle';
import { searchAttributes } from '../../../src/temporal/search-attributes';
import { Sites } from './fake-activities';
import { Runs } from './runs';
import { quiet } from './temporal';

/**
 * Temporal's own test server for one test file: its clock skips whatever nobody works in while a result is awaited, so a bake of a day takes a
 * second. Tests run one after another, for they share the clock.
 */
export class SkippingTemporal {
  readonly sites = new Sites();
  readonly taskQueue = 'sternway';
  env!: TestWorkflowEnvironment;
  runs!: Runs;
  #stop!: () => Promise<void>;

  async start(): Promise<void> {
    quiet();
    const { 'test-server': server } = await prepare(['test-server']);
    if (server?.path === undefined) throw new Error('unreachable: prepare says where it is');
    this.env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: server.path } } });
    await this.env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes: Object.fromEntries(searchAttributes.map(({ name }) => [name, 2])) });
    this.runs = new Runs(this.env.client, this.sites, this.taskQueue);
    const worker = await Worker.create({ connection: this.env.nativeConnection, taskQueue: this.taskQueue, workflowBundle: await workflowBundle({ encodeFailures: false }), activities: this.sites.activities(), maxHeartbeatThrottleInterval: 100 });
    const ended = worker.run();
    this.#stop = async () => {
      worker.shutdown();
      await ended;
      await this.env.teardown();
    };
  }

  async stop(): Promise<void> {
    await this.#stop();
  }

  /** Milliseconds since 1970, by the server's clock. */
  now(): Promise<number> {
    return this.env.currentTimeMs();
  }
}

/** For the top of a test file. */
export function useSkippingTemporal(): SkippingTemporal {
  const temporal = new SkippingTemporal();
  beforeAll(() => temporal.start());
  afterAll(() => temporal.stop());
  return temporal;
}
