import type { Client } from '@temporalio/client';
import { isoTime, readProtoFailure } from './decode-values';
import { EVENT_VERSION, type Event, type Retrying } from './events';

/** Milliseconds between looks, while nothing else happens. */
const EVERY = 2_000;

/** Finds attempts that failed and are made again. Only the server's pending list knows them; history tells them when all is over. */
export class RetryWatch {
  readonly #names = new Map<string, string>();
  readonly #told = new Map<string, number>();

  constructor(
    private readonly client: Client,
    private readonly execution: { workflowId: string; runId: string },
  ) {}

  /** The events, with each new retry told among them. Aborts `stop` when nobody reads on, so that no long poll is left behind. */
  async *among(events: AsyncGenerator<Event, void, undefined>, stop: AbortController): AsyncGenerator<Event, void, undefined> {
    try {
      for (let next = events.next(); ; ) {
        const first = await raced(next, this.#names.size > 0 ? EVERY : undefined);
        if (first === undefined) {
          yield* await this.#look().catch(() => []); // the history tells of a server that is away
          continue;
        }
        if (first.done) return;
        this.#note(first.value);
        yield first.value;
        next = events.next();
      }
    } finally {
      stop.abort();
      await events.return();
    }
  }

  #note(event: Event): void {
    if (event.type === 'stage-started') this.#names.set(event.activity, event.stage);
    if (event.type === 'step-started' || event.type === 'undo-started') this.#names.set(event.activity, event.task);
    if (event.type === 'ended') this.#names.clear();
  }

  /** What is new since the last look. Times are the server's: when the failed attempt ended. */
  async #look(): Promise<Retrying[]> {
    const { pendingActivities } = await this.client.workflowService.describeWorkflowExecution({ namespace: this.client.options.namespace, execution: this.execution });
    const pending = new Map(pendingActivities.map((each) => [each.activityId ?? '', each]));
    for (const id of [...this.#names.keys()]) if (!pending.has(id)) this.#names.delete(id);
    const found: Retrying[] = [];
    for (const [id, { attempt, lastFailure, lastAttemptCompleteTime }] of pending) {
      const what = this.#names.get(id);
      if (what === undefined || !lastFailure || !attempt || attempt <= (this.#told.get(id) ?? 1)) continue;
      this.#told.set(id, attempt);
      const { sentence } = await readProtoFailure(this.client.options.loadedDataConverter, lastFailure);
      found.push({ v: EVENT_VERSION, at: isoTime(lastAttemptCompleteTime), type: 'retrying', what, attempt, sentence });
    }
    return found;
  }
}

/** What `promise` gives, or undefined when it has not within `milliseconds` (absent: however long it takes). */
async function raced<T>(promise: Promise<T>, milliseconds: number | undefined): Promise<T | undefined> {
  if (milliseconds === undefined) return await promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
