import type { Judged, Operation, PeoplePolicy, PlanSeen } from '../activities/contract';
import type { ReleaseNotes } from '../config/release-notes';
import { Teller, type Untold } from './teller';

/** A start that moves by less is no news. */
const MOVED = 60 * 60_000;
/** How often people hear that it moved, at most. */
const DAILY = 24 * 60 * 60_000;
/** The deployment itself counts its own delays from 1, under the same name: no two messages may look like one sent again. */
const BEFORE_THE_START = 1000;

/** Tells people when a deployment is to begin, and that it begins later. Times are ISO, UTC. */
export class Announcer {
  readonly #teller: Teller;
  #scheduled: string | null;
  #toldAt: number;
  #delays: number;

  /** `people` null: nobody is told anything. `before`: what an earlier run of the same request had told. */
  constructor({ app, environment, deployment }: Operation, release: string, private readonly people: PeoplePolicy | null, before?: Announcer['state']) {
    this.#delays = before?.delays ?? BEFORE_THE_START;
    this.#teller = new Teller({ app, environment, release, deployment }, people !== null, { delay: this.#delays });
    this.#scheduled = before?.scheduled ?? null;
    this.#toldAt = before?.toldAt ?? 0;
  }

  get state(): { readonly scheduled: string | null; readonly toldAt: number; readonly delays: number } {
    return { scheduled: this.#scheduled, toldAt: this.#toldAt, delays: this.#delays };
  }

  /** Resolves when it was tried: with why nobody was told, null where somebody was or nobody is to be. */
  async notice({ closes }: PlanSeen, scheduled: string, notes: ReleaseNotes | null): Promise<Untold> {
    this.#scheduled = scheduled;
    this.#toldAt = Date.now();
    if (this.people === null) return null;
    const { duration, downtime } = this.people;
    return await this.#teller.tell({
      moment: 'notice', at: new Date().toISOString(), scheduled, duration, downtime: closes ? downtime : null,
      changes: notes?.changes ?? [], forUsers: notes?.for_users ?? [], wayBack: 'by itself where a check fails, or by sternway rollback',
    });
  }

  /** Returns at once. */
  moved({ verdicts }: Judged, expected: string): void {
    if (this.#scheduled === null || Date.parse(expected) - Date.parse(this.#scheduled) < MOVED || Date.now() - this.#toldAt < DAILY) return;
    this.#scheduled = expected;
    this.#delays += 1;
    this.#toldAt = Date.now();
    const reason = verdicts.filter(({ state }) => state !== 'open').map(({ sentence }) => sentence).join('; ');
    void this.#teller.tell({ moment: 'delay', at: new Date().toISOString(), reason: reason === '' ? 'it has not begun yet' : reason, expected });
  }

  settled(): Promise<unknown> {
    return this.#teller.settled();
  }
}
