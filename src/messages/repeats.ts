/** Alerts that say again what was said last are held back, and counted: people stop reading what repeats itself. */
import type { Moment } from './moments';
import type { Message } from './routes';

/** Of one deployment; plain data, so that a workflow can keep it. */
export interface Alerts {
  readonly sent: number;
  readonly held: number;
  /** By moment, channel and recipient: the words that were sent last. */
  readonly last: Readonly<Record<string, string>>;
}

export const NO_ALERTS: Alerts = { sent: 0, held: 0, last: {} };

/** The others were promised (updates every so often), or happen once. */
const REPEATING: readonly Moment[] = ['progress', 'postponed', 'delay', 'hold', 'blocked'];

/** Those to send now, and the count with them. Another wait has another time in its text, so it is never taken for a repeat. */
export function withoutRepeats(alerts: Alerts, messages: readonly Message[]): { readonly send: Message[]; readonly alerts: Alerts } {
  const last = { ...alerts.last };
  const send = messages.filter(({ moment, channel, recipient, text }) => {
    if (!REPEATING.includes(moment)) return true;
    const to = [moment, channel, recipient ?? ''].join(' ');
    const repeat = last[to] === text;
    last[to] = text;
    return !repeat;
  });
  return { send, alerts: { sent: alerts.sent + send.length, held: alerts.held + messages.length - send.length, last } };
}
