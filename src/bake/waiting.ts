/** When people are asked again while a bake waits for them. Pure: what it says is data, so the next run of the bake goes on where one left off. */

/** Seconds. */
export interface Patience {
  /** From the question to the first reminder; each one after it comes twice as late, up to {@link RARER} times. */
  readonly remind: number;
  /** How long each role has, and how many roles can be asked. */
  readonly escalate: number;
  readonly roles: number;
}

/** What was said of one wait so far. Instants: milliseconds since 1970. */
export interface Waited {
  readonly since: number;
  readonly remindAt: number;
  /** Seconds between the latest reminder and the next. */
  readonly every: number;
  /** Roles asked, and one more when it was said that nobody answers. */
  readonly asked: number;
  /** When the next one is asked; null: nobody is any more. */
  readonly askAt: number | null;
}

/** What is due: a reminder, and a role by its number; null where all had their time. */
export interface Due {
  readonly remind: boolean;
  readonly ask?: number | null;
}

const RARER = 16;

export const waiting = (since: number, { remind, roles }: Patience): Waited => ({ since, remindAt: since + remind * 1000, every: remind, asked: 0, askAt: roles > 0 ? since : null });

/** Somebody sees to it: nobody else is asked. Reminders go on. */
export const seenTo = (waited: Waited): Waited => ({ ...waited, askAt: null });

/** The instant at which something is due next. */
export const nextAt = ({ remindAt, askAt }: Waited): number => Math.min(remindAt, askAt ?? remindAt);

/** Everyone has their whole time, and no reminder is made up for: while no worker ran nobody was asked. */
export function insist(waited: Waited, now: number, { remind, escalate, roles }: Patience): { readonly due: Due; readonly waited: Waited } {
  const reminds = now >= waited.remindAt;
  const every = reminds ? Math.min(2 * waited.every, RARER * remind) : waited.every;
  const then: Waited = { ...waited, every, ...(reminds ? { remindAt: now + every * 1000 } : {}) };
  if (waited.askAt === null || now < waited.askAt) return { due: { remind: reminds }, waited: then };
  const last = waited.asked >= roles;
  return { due: { remind: reminds, ask: last ? null : waited.asked }, waited: { ...then, asked: waited.asked + 1, askAt: last ? null : now + escalate * 1000 } };
}
