import type { Judged, Operation, PeoplePolicy, PlanSeen } from '../activities/contract';
import type { ReleaseNotes } from '../config/release-notes';
import { Teller, type Untold } from './teller';

/** A start that moves by less is no news. */
const MOVED = 60 * 60_000;
/** How often people hear that it moved, at most. */
const DAILY = 24 * 60 * 60_000;

/** Tells people when a deployment is to begin, and that it begins later. Times are ISO, UTC. */
export class Announcer {
  readonly #teller: Teller;
  #scheduled: string | null;
  #toldAt: number;
  #delays: number;
  /** That nobody knows when it begins was told last. */
  #unknown: boolean;

  /** `people` null: nobody is told anything. `before`: what an earlier run of the same request had told. */
  constructor({ app, environment, deployment }: Operation, release: string, private readonly people: PeoplePolicy | null, before?: Announcer['state']) {
    this.#delays = before?.delays ?? 0;
    this.#unknown = before?.unknown ?? false;
    this.#teller = new Teller({ app, environment, release, deployment }, people !== null, { postponed: this.#delays });
    this.#scheduled = before?.scheduled ?? null;
    this.#toldAt = before?.toldAt ?? 0;
  }

  get state(): { readonly scheduled: string | null; readonly toldAt: number; readonly delays: number; readonly unknown?: boolean } {
    return { scheduled: this.#scheduled, toldAt: this.#toldAt, delays: this.#delays, unknown: this.#unknown };
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

  /** `next`: the earliest start that clocks allow, null where none does. Returns at once. */
  moved({ verdicts }: Judged, next: string | null): void {
    if (this.#scheduled === null || Date.now() - this.#toldAt < DAILY) return;
    const unknown = verdicts.some(({ state, until }) => state === 'wait' && until === null);
    const moved = next === null || Date.parse(next) - Date.parse(this.#scheduled) >= MOVED;
    if (!moved && (!this.#unknown || unknown)) return;
    this.#scheduled = next ?? this.#scheduled;
    this.#unknown = unknown;
    this.#delays += 1;
    this.#toldAt = Date.now();
    const reason = verdicts.filter(({ state }) => state !== 'open').map(({ sentence }) => sentence).join('; ');
    void this.#teller.tell({ moment: 'postponed', at: new Date().toISOString(), reason: reason === '' ? 'it has not begun yet' : reason, scheduled: unknown ? null : next });
  }

  /** Whether people may think that it is to begin. */
  get announced(): boolean {
    return this.people !== null && this.#scheduled !== null;
  }

  /** It does not begin. Resolves when it was tried; a cancel does not keep it from people. */
  async calledOff(reason: string): Promise<void> {
    if (this.#scheduled !== null) await this.#teller.tell({ moment: 'called-off', at: new Date().toISOString(), reason, scheduled: this.#scheduled });
  }

  settled(): Promise<unknown> {
    return this.#teller.settled();
  }
}
