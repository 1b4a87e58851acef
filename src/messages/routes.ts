/** Which messages go where at a moment. */
import type { MessagesSettings } from '../config/schema';
import { messageKey } from './message-id';
import { concerns, type Audience, type Moment, type Subject, type Telling } from './moments';
import { words } from './templates';

/** A message ready to be sent: plain data, small enough for an activity's input. */
export interface Message {
  /** The same when it is sent again. */
  readonly key: string;
  readonly app: string;
  readonly environment: string;
  readonly deployment: string;
  readonly moment: Moment;
  readonly number: number;
  readonly audience: Audience;
  /** Name of a channel in sternway.yml. */
  readonly channel: string;
  /** A mail address; null for a channel that is itself the recipient. */
  readonly recipient: string | null;
  readonly subject: string;
  readonly text: string;
}

/** Whoever was told of a start hears when there is another, or none. */
const OF_THE_NOTICE: readonly Moment[] = ['postponed', 'called-off'];

export interface Route {
  readonly audience: Audience;
  readonly channel: string;
  readonly recipient: string | null;
}

/** Who is told at this moment, in the order of `to`. A destination that stands there twice, also by two channels, is told once: by the first. */
export function routesFor({ to, channels }: MessagesSettings, moment: Moment): Route[] {
  const routes = to
    .filter(({ audience, moments }) => concerns(moment, audience) && (moments === undefined || moments.includes(moment) || (OF_THE_NOTICE.includes(moment) && moments.includes('notice'))))
    .flatMap(({ audience, channel, addresses }) => (addresses ?? [null]).map((recipient) => ({ audience, channel, recipient })));
  const seen = new Set<string>();
  return routes.filter(({ channel, recipient }) => {
    const at = destination(channels.find(({ name }) => name === channel), channel, recipient);
    return !seen.has(at) && seen.add(at);
  });
}

/** Whoever is asked by role gets a mail of their own, over the first channel for mail. */
function asked(telling: Telling, { contacts, channels }: MessagesSettings): Route[] {
  const recipient = telling.moment === 'escalation' && telling.role !== null ? contacts?.[telling.role]?.email : undefined;
  const channel = channels.find(({ email }) => email !== undefined)?.name;
  return recipient === undefined || channel === undefined ? [] : [{ audience: 'team', channel, recipient }];
}

/** Mail addresses differ by no capitals here: nobody has two that do. */
function destination(channel: MessagesSettings['channels'][number] | undefined, name: string, recipient: string | null): string {
  if (recipient !== null) return `mail ${recipient.toLowerCase()}`;
  const secret = channel?.slack?.url.secret ?? channel?.webhook?.secret;
  return secret === undefined ? `url ${channel?.webhook?.url ?? name}` : `secret ${secret}`;
}

/** All messages of a moment. `number` counts the messages of this moment in the deployment, from 1. Empty where nobody is to be told. */
export function messagesFor(telling: Telling, number: number, subject: Subject, settings: MessagesSettings | undefined): Message[] {
  if (settings === undefined) return [];
  const { app, environment, deployment } = subject;
  const own = asked(telling, settings);
  const others = routesFor(settings, telling.moment).filter(({ recipient }) => recipient === null || !own.some((route) => route.recipient?.toLowerCase() === recipient.toLowerCase()));
  return [...own, ...others].flatMap(({ audience, channel, recipient }) => {
    const said = words(telling, audience, subject, settings);
    if (said === undefined) return [];
    const key = messageKey({ subject, moment: telling.moment, number, channel, recipient });
    return [{ key, app, environment, deployment, moment: telling.moment, number, audience, channel, recipient, ...said }];
  });
}
