import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { CoreActivities, Told } from '../activities/contract';
import type { Moment, Subject, Telling } from '../messages/moments';
import { NO_ALERTS } from '../messages/repeats';
import { rootSentence } from './sentences';

/** A try that was lost is made again under the same key. Who cannot be reached by then is not: no deployment waits for a mail server. */
const { tell } = proxyActivities<CoreActivities>({ startToCloseTimeout: '1m', scheduleToCloseTimeout: '3m', heartbeatTimeout: '10s', retry: { maximumAttempts: 3 } });

/** Where it stands now: one that has not been sent yet when the next comes has nothing to say any more. */
const STANDINGS: readonly Moment[] = ['progress', 'rollback-update'];

/** Null: somebody was told, or nobody is to be. Else why nobody was. */
export type Untold = string | null;

/** Tells people, one moment after the other in the order in which they came, beside whatever goes on. */
export class Teller {
  /** What became of every message, in order. */
  readonly deliveries: Told['deliveries'][number][] = [];
  readonly #numbers: Map<string, number>;
  #alerts = NO_ALERTS;
  #queue: Promise<Untold> = Promise.resolve(null);

  /** `on` false: nobody is to be told anything. `told`: how often a moment was told before. */
  constructor(
    private readonly subject: Subject,
    private readonly on: boolean,
    told: Readonly<Record<string, number>> = {},
  ) {
    this.#numbers = new Map(Object.entries(told));
  }

  /** Returns at once; resolves when it was tried, and never rejects. A cancel, of a step under way as of the whole run, takes nothing back that people are to know. */
  tell(telling: Telling): Promise<Untold> {
    if (!this.on) return Promise.resolve(null);
    const number = (this.#numbers.get(telling.moment) ?? 0) + 1;
    this.#numbers.set(telling.moment, number);
    this.#queue = this.#queue.then(async () => {
      if (STANDINGS.includes(telling.moment) && this.#numbers.get(telling.moment) !== number) return null;
      try {
        const told = await CancellationScope.nonCancellable(() => tell({ telling, number, subject: this.subject, alerts: this.#alerts }));
        this.#alerts = told.alerts;
        this.deliveries.push(...told.deliveries);
        return untold(told.deliveries);
      } catch (error) {
        // The history has it as well: an activity that failed.
        return rootSentence(error);
      }
    });
    return this.#queue;
  }

  /** When all that was told so far was tried: before a run closes. */
  settled(): Promise<unknown> {
    return this.#queue;
  }
}

function untold(deliveries: Told['deliveries']): Untold {
  if (deliveries.some(({ delivered }) => delivered)) return null;
  const why = deliveries.flatMap((each) => (each.delivered ? [] : [each.why]));
  return why.length === 0 ? 'no entry of messages.to is for it' : [...new Set(why)].join('; ');
}
