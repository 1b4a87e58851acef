import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { workflowBundle } from '../../../src/temporal/bundle';
import { searchAttributes } from '../../../src/temporal/search-attributes';
import { prepare } from '../../../tools/prepare.mjs';
import { Runs } from './runs';
import { Sites } from './fake-activities';
import { quiet } from './temporal';

/** Temporal's number for search attributes that hold one word. */
const KEYWORD = 2;

/**
 * A real server for one test file whose clock skips what nobody waits for, and a worker with fake hosts. It skips only while a run's result is
 * waited for, begins today, and lists nothing: tests run one after the other, each from the time at which the one before left off.
 */
export class Skipping {
  readonly sites = new Sites();
  readonly taskQueue = 'sternway';
  runs!: Runs;
  env!: TestWorkflowEnvironment;
  #bundle!: WorkflowBundleOption;
  #worker!: Worker;
  #running!: Promise<void>;

  async start(): Promise<void> {
    quiet();
    const [{ 'test-server': server }, bundle] = await Promise.all([prepare(['test-server']), workflowBundle({ encodeFailures: false })]);
    this.env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: server?.path ?? '' } } });
    await this.env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes: Object.fromEntries(searchAttributes.map(({ name }) => [name, KEYWORD])) });
    this.runs = new Runs(this.env.client, this.sites, this.taskQueue);
    this.#bundle = bundle;
    await this.#work();
  }

  async #work(): Promise<void> {
    this.#worker = await Worker.create({ connection: this.env.nativeConnection, taskQueue: this.taskQueue, workflowBundle: this.#bundle, activities: this.sites.activities(), maxHeartbeatThrottleInterval: 100, maxConcurrentActivityTaskPolls: 1, maxConcurrentWorkflowTaskPolls: 2 });
    this.#running = this.#worker.run();
  }

  async now(): Promise<number> {
    return await this.env.currentTimeMs();
  }

  /** Lets the clock run on to this instant. */
  async until(at: number): Promise<void> {
    await this.env.sleep(Math.max(1, at - (await this.now())));
  }

  /** As `until`, with no worker there meanwhile: one would ask for work again every minute of the skipped time, ten thousand times a week. */
  async away(at: number): Promise<void> {
    await this.#rest();
    await this.until(at);
    await this.#work();
  }

  async #rest(): Promise<void> {
    this.#worker.shutdown();
    await this.#running;
  }

  async stop(): Promise<void> {
    await this.#rest();
    await this.env.teardown();
  }
}

/** For the top of a test file. */
export function useSkipping(): Skipping {
  const skipping = new Skipping();
  beforeAll(() => skipping.start());
  afterAll(() => skipping.stop());
  return skipping;
}
