import type { LoadedDataConverter } from '@temporalio/common';
import { decodeEvent, type HistoryEvent } from './decode';
import type { Event } from './events';
import { HistoryReader } from './from-history';

/** One page of a run's history, as Temporal's own service gives it. An empty token: that was all. */
export interface Page {
  readonly events: readonly HistoryEvent[];
  readonly next: Uint8Array | null;
}

export interface HistorySource {
  /** With `wait`, answers when there is something new, or empty after a while. */
  page(token: Uint8Array | null, wait: boolean): Promise<Page>;
  /** Whether an error of `page` may go away by itself: the server restarts, the line is cut. */
  mayPass(error: unknown): boolean;
  /** Whether a token is no longer good, as after an update changed the branch it pointed into: reading begins anew. */
  isStale(error: unknown): boolean;
  /** Waits before the next try; `failed` counts the tries in a row. False: nobody wants to know any more. */
  again(failed: number): Promise<boolean>;
}

export interface FollowOptions {
  readonly converter: LoadedDataConverter;
  /** False: tell what is in the history now, and return. */
  readonly wait: boolean;
  /** Told when the server cannot be reached, and with undefined when it answers again. */
  readonly onTrouble?: (error: unknown) => void;
}

/**
 * The events of one run, from its beginning, each as soon as Temporal has it; returns when the run has ended. A server that goes
 * away is waited for: reading begins again at the first line, and lines that were told are passed over.
 */
export async function* follow(source: HistorySource, options: FollowOptions): AsyncGenerator<Event, void, undefined> {
  const reader = new HistoryReader();
  let told = 0;
  let token: Uint8Array | null = null;
  for (let failed = 0; ; ) {
    let page: Page;
    try {
      page = await source.page(token, options.wait);
      if (failed > 0) options.onTrouble?.(undefined);
      failed = 0;
    } catch (error) {
      if (token !== null && source.isStale(error)) {
        token = null;
        continue;
      }
      if (!source.mayPass(error)) throw error;
      options.onTrouble?.(error);
      token = null;
      if (!(await source.again(++failed))) return;
      continue;
    }
    for (const event of page.events) {
      if (Number(event.eventId) <= told) continue;
      told = Number(event.eventId);
      yield* reader.read(await decodeEvent(options.converter, event));
    }
    yield* reader.rest();
    if (!page.next || page.next.length === 0) return;
    token = page.next;
  }
}
