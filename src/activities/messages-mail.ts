import { Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { createTransport } from 'nodemailer';
import type { MessagesSettings } from '../config/schema';
import { messageId } from '../messages/message-id';
import { Failed, type Sender } from './messages-sender';

type Email = NonNullable<MessagesSettings['channels'][number]['email']>;

/** Nodemailer's codes, as people say it; others are shown as they are. */
const SAID: Readonly<Record<string, string>> = {
  EAUTH: 'the mail server refused the login',
  EENVELOPE: 'the mail server refused sender or recipient',
  EMESSAGE: 'the mail server refused the mail',
  ETLS: 'no TLS with the mail server',
  ESOCKET: 'the mail server cannot be reached',
  ECONNECTION: 'the mail server cannot be reached',
  ETIMEDOUT: 'the mail server did not answer in time',
  EDNS: 'the mail server has no address',
};

interface MailError {
  readonly code?: string;
  /** What the server said last. */
  readonly response?: string;
  readonly message?: string;
}

/**
 * Sends a mail to the message's recipient. Done means that the server answered for it, not that it is in a mailbox. With `starttls` a server
 * that offers no TLS gets neither login nor mail. The text is sent as it is, in UTF-8. @throws Failed
 */
export function sendMail({ host, port, tls, user, password, from }: Email): Sender {
  return async ({ key, recipient, subject, text }, secret, { limit, ca }) => {
    if (recipient === null) throw new Failed('a mail needs a recipient');
    const pass = password && secret(password.secret);
    // Ours, so that it can be closed when the time is over: nodemailer's own limits are for each silence, not for the whole.
    const socket = new Socket();
    const transport = createTransport({
      host, port, socket,
      secure: tls === 'tls',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      ...(user !== undefined && pass !== undefined ? { auth: { user, pass } } : {}),
      ...(ca === undefined ? {} : { tls: { ca: [...rootCertificates, ca] } }),
      connectionTimeout: limit, greetingTimeout: limit, socketTimeout: limit,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Failed(`the mail server did not answer within ${limit / 1000} s`)), limit);
    });
    const headers = { 'Auto-Submitted': 'auto-generated' };
    const sent = transport.sendMail({ from, to: { name: '', address: recipient }, subject, text, messageId: messageId(key, from), headers });
    try {
      return (await Promise.race([sent, over])).response;
    } catch (error) {
      throw error instanceof Failed ? error : new Failed(sentence(error as MailError));
    } finally {
      clearTimeout(timer);
      transport.close();
      socket.destroy();
      // When the time was over first, its end is of no interest any more.
      sent.catch(() => undefined);
    }
  };
}

function sentence({ code = '', response, message }: MailError): string {
  return `${SAID[code] ?? 'the mail was not sent'}: ${response ?? message ?? code}`;
}
