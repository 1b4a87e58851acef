import type { Event } from '../../events/events';
import type { RunState } from '../../events/state';

/** How a run is shown while it goes. All text that comes from outside is made safe here, whatever was done to it before. */
export interface Renderer {
  /** Called for every event in order; `state` already holds it. */
  event(event: Event, state: RunState): void;
  /** Something about the following itself, not the run: the server does not answer, no worker works. */
  notice(sentence: string): void;
  /** The last word: nothing is drawn after it. */
  close(): void;
}

/** Where a renderer writes. */
export interface Screen {
  write(text: string): void;
  /** Columns; 80 where nobody knows. */
  readonly columns: number;
}
