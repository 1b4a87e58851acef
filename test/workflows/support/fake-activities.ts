import { ApplicationFailure } from '@temporalio/common';
import { activityInfo, cancelled, heartbeat } from '@temporalio/activity';
import type { TaskInput } from '../../../src/activities/contract';
import type { Site } from './site';

const CORE = ['readPolicy', 'tell', 'storeReport', 'sampleBefore', 'sampleBake', 'claimHosts', 'preparePlan', 'seePlan', 'judgeGates', 'passGates', 'wakeRequests', 'storePlan', 'readHead', 'closeClaims', 'describeLoss', 'askAPerson', 'planDrill', 'readLive', 'proveBackup'] as const;

/** Every site of a test file by its app: tests run side by side on one worker. */
export class Sites {
  readonly #byApp = new Map<string, Site>();

  add<S extends Site>(site: S): S {
    this.#byApp.set(site.app, site);
    return site;
  }

  /** The activities that stand in for the real ones; the steps' verbs arrive at the default. */
  activities(): Record<string, (input: never) => Promise<unknown>> {
    const core = CORE.map((name) => [name, (input: never) => (this.#site().deaf.has(name) ? this.#site()[name](input) : letGoWhenCancelled(() => this.#site()[name](input)))] as const);
    return { ...Object.fromEntries(core), default: (input: TaskInput) => this.#task(input) };
  }

  async #task(input: TaskInput): Promise<unknown> {
    const site = this.#site();
    await site.onItsWay(input);
    return await letGoWhenCancelled(() => site.task(input));
  }

  #site(): Site {
    const app = activityInfo().workflowExecution?.workflowId.split('/')[0] ?? '';
    const site = this.#byApp.get(app);
    if (!site) throw new Error(`no site called ${app}`);
    return site;
  }
}

/** What was begun on a host goes on there when its attempt is cancelled or lost. */
async function letGoWhenCancelled(work: () => Promise<unknown>): Promise<unknown> {
  const beat = setInterval(heartbeat, 50);
  try {
    return await Promise.race([work(), cancelled()]);
  } catch (error) {
    const { type, message } = error as { type?: string; message: string };
    throw type ? ApplicationFailure.nonRetryable(message, type) : error;
  } finally {
    clearInterval(beat);
  }
}
