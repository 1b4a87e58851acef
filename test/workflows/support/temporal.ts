import { Connection, Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import { afterAll, beforeAll, vi } from 'vitest';
import { workflowBundle } from '../../../src/temporal/bundle';
import { requireTemporal } from '../../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../../src/temporal/local-server';
import { Runs } from './runs';
import { Sites } from './fake-activities';

/** A real server for one test file, and a worker whose activities are fakes. */
export class Temporal {
  readonly sites = new Sites();
  readonly taskQueue = 'sternway';
  runs!: Runs;
  client!: Client;
  #server!: LocalServer;
  #native!: NativeConnection;
  #bundle!: WorkflowBundleOption;
  #stopMain!: () => Promise<void>;

  async start(): Promise<void> {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const [server, bundle] = await Promise.all([startLocalServer({ executable: requireTemporal(), ui: false }), workflowBundle({ encodeFailures: false })]);
    [this.#server, this.#bundle] = [server, bundle];
    this.#native = await NativeConnection.connect({ address: server.address });
    this.client = new Client({ connection: await Connection.connect({ address: server.address }) });
    this.runs = new Runs(this.client, this.sites, this.taskQueue);
    this.#stopMain = await this.work();
  }

  /** Another worker; on a task queue of its own when named. @returns what stops it */
  async work(options: Partial<WorkerOptions> = {}): Promise<() => Promise<void>> {
    const worker = await Worker.create({
      connection: this.#native, taskQueue: this.taskQueue, workflowBundle: this.#bundle, activities: this.sites.activities(), maxHeartbeatThrottleInterval: 100, ...options,
    });
    const ended = worker.run();
    return async () => {
      worker.shutdown();
      await ended;
    };
  }

  async stop(): Promise<void> {
    await this.#stopMain();
    await this.client.connection.close();
    await this.#native.close();
    await this.#server.stop();
  }
}

/** For the top of a test file. */
export function useTemporal(): Temporal {
  const temporal = new Temporal();
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000, maxConcurrency: 12 });
  beforeAll(() => temporal.start());
  afterAll(() => temporal.stop());
  return temporal;
}
