import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { rootCertificates } from 'node:tls';
import { boundedBody } from './bounded-body';
import { Failed, type Sending } from './messages-sender';

/** What is read of an answer, in bytes; the rest is not waited for. */
const MOST_BYTES = 4096;

export interface Answer {
  readonly status: number;
  /** Its beginning. */
  readonly body: string;
}

/** Posts JSON and reads the answer. Follows no redirect, as headers may hold secrets. @throws Failed, or Node's error, after `limit` milliseconds at the latest */
export function post(address: string, json: unknown, headers: Readonly<Record<string, string>>, { limit, ca }: Sending & { readonly limit: number }): Promise<Answer> {
  if (!URL.canParse(address)) throw new Failed('its address is no URL');
  const url = new URL(address);
  if (!['http:', 'https:'].includes(url.protocol)) throw new Failed('its address begins with neither https:// nor http://');
  const content = Buffer.from(JSON.stringify(json));
  const options = {
    method: 'POST',
    // A connection that an earlier message left open may be half closed by now.
    agent: false,
    headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': content.length, 'User-Agent': 'sternway' },
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
  } as const;
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? overHttps : overHttp)(url, options);
    const timer = setTimeout(() => end(() => reject(new Failed(`no answer within ${limit / 1000} s`))), limit);
    const end = (tell: () => void) => {
      clearTimeout(timer);
      tell();
      sent.destroy();
    };
    sent.on('error', (error) => end(() => reject(error)));
    sent.on('response', (response) => {
      boundedBody(response, MOST_BYTES).then(
        ({ text }) => end(() => resolve({ status: response.statusCode ?? 0, body: text })),
        (error: Error) => end(() => reject(error)),
      );
    });
    sent.end(content);
  });
}
