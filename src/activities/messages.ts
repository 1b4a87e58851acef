import type { MessagesSettings } from '../config/schema';
import { UserError } from '../config/user-error';
import type { Message } from '../messages/routes';
import { slackText } from '../messages/slack';
import { oneLine } from '../report/escape';
import { sendMail } from './messages-mail';
import { post } from './messages-post';
import { Failed, type Sender, type Sending } from './messages-sender';

/** What became of a message: the server's own word, or why it was not taken, each one sentence without a secret. */
export type Delivery = { readonly delivered: true; readonly word: string } | { readonly delivered: false; readonly why: string };

export type { Sending } from './messages-sender';

type Channel = MessagesSettings['channels'][number];

const LIMIT = 20_000;
const MOST_CHARACTERS = 300;

/**
 * Sends a message over its channel, once. `settings` must be those of the worker's own sternway.yml: whoever may start a deployment does
 * not choose where secrets are sent. `secret`: the value of a secret by name, read at this moment. Never throws for what a configuration,
 * network or server does, as a failed message must not fail a deployment. The same message sent again has the same id and idempotency key;
 * a webhook of Slack knows neither, and shows it twice.
 */
export async function sendMessage(message: Message, settings: MessagesSettings, secret: (name: string) => string, { limit = LIMIT, ...rest }: Sending = {}): Promise<Delivery> {
  const used: string[] = [];
  const remembering = (name: string): string => {
    const value = secret(name);
    used.push(value);
    return value;
  };
  const told = (text: string) => oneLine(withoutSecrets(text, used)).slice(0, MOST_CHARACTERS);
  try {
    const channel = settings.channels.find(({ name }) => name === message.channel);
    if (!channel) throw new Failed("it is not in the worker's own sternway.yml");
    return { delivered: true, word: told(await senderOf(channel)(message, remembering, { limit, ...rest })) };
  } catch (error) {
    return { delivered: false, why: told(`${message.channel}: ${reason(error)}`) };
  }
}

function senderOf({ slack, webhook, email }: Channel): Sender {
  if (email) return sendMail(email);
  if (slack) return toSlack(slack);
  if (webhook) return toWebhook(webhook);
  throw new Failed('it is of no kind that is known');
}

/** The contract of incoming webhooks: JSON with `text`, answered by `ok`. */
const toSlack =
  ({ url }: NonNullable<Channel['slack']>): Sender =>
  async ({ text }, secret, sending) => {
    const { status, body } = await post(secret(url.secret), { text: slackText(text) }, {}, sending);
    if (status === 200 && body.trim() === 'ok') return 'ok';
    throw new Failed(`Slack answered ${status}${body === '' ? '' : `: ${body}`}`);
  };

const toWebhook =
  ({ url, secret: name, headers }: NonNullable<Channel['webhook']>): Sender =>
  async ({ key, ...message }, secret, sending) => {
    const given = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, typeof value === 'string' ? value : secret(value.secret)]));
    const { status, body } = await post(url ?? secret(name ?? ''), { id: key, ...message }, { ...given, 'Idempotency-Key': key }, sending);
    if (status >= 200 && status < 300) return `${status}${body === '' ? '' : ` ${body}`}`;
    throw new Failed(`the server answered ${status}${status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''}${body === '' ? '' : `: ${body}`}`);
  };

/** Words of our own, or the code of a failure: what Node says of one may hold the address. */
function reason(error: unknown): string {
  if (error instanceof Failed || error instanceof UserError) return error.message;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return `it cannot be reached (${typeof code === 'string' ? code : 'no reason known'})`;
}

/** Servers repeat what they were sent: a secret, a word of it (`Bearer …`), the path of a secret address, or any as base64. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((value) => [value, ...value.split(/\s+/).filter(long), ...partsOf(value), ...base64Of(value), encodeURIComponent(value)]);
  return forms.filter((form) => form.length > 3).toSorted((a, b) => b.length - a.length).reduce((rest, form) => rest.replaceAll(form, '[secret]'), text);
}

/** Shorter ones are words like `services`, and a sentence without them says nothing. */
const long = (part: string) => part.length > 8;

/** The letters of base64 that a value decides alone, at each place where it may stand: a login is sent as one text of user and password. */
function base64Of(value: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

function partsOf(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { pathname, search, href } = new URL(value);
  return [href, pathname + search, ...`${pathname}/${search.slice(1)}`.split(/[/&=]/).filter(long)];
}
