import { Connection, Client } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
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
  bundle!: WorkflowBundleOption;
  readonly #stops: (() => Promise<void>)[] = [];

  async start(): Promise<void> {
    quiet();
    const [server, bundle] = await Promise.all([startLocalServer({ executable: requireTemporal(), ui: false }), workflowBundle({ encodeFailures: false })]);
    [this.#server, this.bundle] = [server, bundle];
    this.#native = await NativeConnection.connect({ address: server.address });
    this.client = new Client({ connection: await Connection.connect({ address: server.address }) });
    this.runs = new Runs(this.client, this.sites, this.taskQueue);
    await this.work();
  }

  /** Another worker; on a task queue of its own when named. @returns what stops it */
  async work(options: Partial<WorkerOptions> = {}): Promise<() => Promise<void>> {
    const worker = await Worker.create({
      connection: this.#native, taskQueue: this.taskQueue, workflowBundle: this.bundle, activities: this.sites.activities(), maxHeartbeatThrottleInterval: 100, stickyQueueScheduleToStartTimeout: 500, ...options,
    });
    const ended = worker.run();
    const stop = async (): Promise<void> => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    };
    this.#stops.push(stop);
    return stop;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
    await this.client.connection.close();
    await this.#native.close();
    await this.#server.stop();
  }
}

let quietened = false;

/** What is worth a warning in production is what these tests do all the time. Before the first worker of the process. */
export function quiet(): void {
  if (quietened) return;
  quietened = true;
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } } });
}
