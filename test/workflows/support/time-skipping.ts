import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
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
  #bundle!: WorkflowBundleOption;
  #rest!: () => Promise<void>;

  constructor(private readonly options: Partial<WorkerOptions> = {}) {}

  async start(): Promise<void> {
    quiet();
    const { 'test-server': server } = await prepare(['test-server']);
    if (server?.path === undefined) throw new Error('unreachable: prepare says where it is');
    this.env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: server.path } } });
    await this.env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes: Object.fromEntries(searchAttributes.map(({ name }) => [name, 2])) });
    // This server knows no lists: where one is asked for, nothing else is under way.
    Object.assign(this.env.client.workflow, { list: () => [] });
    this.runs = new Runs(this.env.client, this.sites, this.taskQueue);
    this.#bundle = await workflowBundle({ encodeFailures: false });
    await this.#work();
  }

  async stop(): Promise<void> {
    await this.#rest();
    await this.env.teardown();
  }

  /**
   * Lets the clock run on to this instant with no worker there: one would ask for work again every minute of the skipped time. Nothing may be
   * under way or due meanwhile, for the clock waits for whoever is to do it. Needs workers that keep no workflows ({@link KEEPS_NONE}): the server
   * would go on asking the one that is gone.
   */
  async away(at: number): Promise<void> {
    await this.#rest();
    await this.until(at);
    await this.#work();
  }

  /** Lets the clock run on to this instant. */
  async until(at: number): Promise<void> {
    await this.env.sleep(Math.max(1, at - (await this.now())));
  }

  async #work(): Promise<void> {
    const worker = await Worker.create({ connection: this.env.nativeConnection, taskQueue: this.taskQueue, workflowBundle: this.#bundle, activities: this.sites.activities(), maxHeartbeatThrottleInterval: 100, ...this.options });
    const ended = worker.run();
    this.#rest = async () => {
      worker.shutdown();
      await ended;
    };
  }

  /** Milliseconds since 1970, by the server's clock. */
  now(): Promise<number> {
    return this.env.currentTimeMs();
  }
}

export const KEEPS_NONE: Partial<WorkerOptions> = { maxCachedWorkflows: 0 };

/** For the top of a test file. */
export function useSkippingTemporal(options: Partial<WorkerOptions> = {}): SkippingTemporal {
  const temporal = new SkippingTemporal(options);
  beforeAll(() => temporal.start());
  afterAll(() => temporal.stop());
  return temporal;
}
