/** The name of a message: the same when it is sent again, so that whoever receives it twice can tell. */
import type { Moment, Subject } from './moments';

export interface Identity {
  readonly subject: Pick<Subject, 'app' | 'environment' | 'deployment' | 'holder'>;
  readonly moment: Moment;
  /** Counts the messages of this moment in the deployment, from 1. */
  readonly number: number;
  readonly channel: string;
  /** A mail address, or null for a channel that is itself the recipient. */
  readonly recipient: string | null;
}

/** The idempotency key: printable ASCII without spaces; different for whatever differs. */
export function messageKey({ subject, moment, number, channel, recipient }: Identity): string {
  return [subject.app, subject.environment, [subject.deployment, ...(subject.holder === undefined ? [] : [subject.holder])].join('.'), moment, String(number), channel, recipient ?? ''].map(plain).join('_');
}

/** The `Message-ID` of a mail with this key, at the domain of its sender. */
export function messageId(key: string, from: string): string {
  return `<${key}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

/** What may stand to the left of the `@` of a Message-ID; everything else as its bytes in hex, so that no two become one. */
function plain(part: string): string {
  return encodeURIComponent(part).replace(/[^A-Za-z0-9-]/g, (mark) => (mark === '%' ? '=' : `=${mark.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`));
}
