import { proxyActivities } from '@temporalio/workflow';
import type { CoreActivities, Told } from '../activities/contract';
import type { Subject, Telling } from '../messages/moments';
import { NO_ALERTS } from '../messages/repeats';

/** A try that was lost is made again under the same key. Who cannot be reached by then is not: no deployment waits for a mail server. */
const { tell } = proxyActivities<CoreActivities>({ startToCloseTimeout: '1m', scheduleToCloseTimeout: '3m', heartbeatTimeout: '10s', retry: { maximumAttempts: 3 } });

/** Tells people, one moment after the other in the order in which they came, beside whatever goes on. */
export class Teller {
  /** What became of every message, in order. */
  readonly deliveries: Told['deliveries'][number][] = [];
  readonly #numbers: Map<string, number>;
  #alerts = NO_ALERTS;
  #queue: Promise<void> = Promise.resolve();

  /** `on` false: nobody is to be told anything. `told`: how often a moment was told before. */
  constructor(
    private readonly subject: Subject,
    private readonly on: boolean,
    told: Readonly<Record<string, number>> = {},
  ) {
    this.#numbers = new Map(Object.entries(told));
  }

  /** Returns at once; resolves when it was tried, and never rejects. */
  tell(telling: Telling): Promise<void> {
    if (!this.on) return Promise.resolve();
    const number = (this.#numbers.get(telling.moment) ?? 0) + 1;
    this.#numbers.set(telling.moment, number);
    this.#queue = this.#queue.then(async () => {
      try {
        const told = await tell({ telling, number, subject: this.subject, alerts: this.#alerts });
        this.#alerts = told.alerts;
        this.deliveries.push(...told.deliveries);
      } catch {
        // The history has it: an activity that failed.
      }
    });
    return this.#queue;
  }

  /** When all that was told so far was tried: before a run closes. */
  settled(): Promise<void> {
    return this.#queue;
  }
}
