import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { expect, test } from 'vitest';
import { sendMessage, type Delivery, type Sending } from '../../src/activities/messages';
import type { MessagesSettings } from '../../src/config/schema';
import { messagesFor } from '../../src/messages/routes';
import { bodyOf, closedPort, http, listening } from '../probes/support/servers';
import { message, SETTINGS, SUBJECT, telling } from './support/known';
import { certificate } from './support/smtp';

const TOKEN = 'XXXXXXXXtoken24letters';
const PATH = `/services/T000TEAM/B000HOOK/${TOKEN}`;
const BEARER = 'Bearer s3cr3t-of-the-hook';

interface Got {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** A server that answers every POST in one way, and what it got. */
async function answering(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<{ port: number; got: Got[] }> {
  const got: Got[] = [];
  const port = await http((request, response) => {
    void bodyOf(request).then((body) => {
      got.push({ url: `${request.method} ${request.url}`, headers: request.headers, body: JSON.parse(body.toString()) });
      answer(response, request);
    });
  });
  return { port, got };
}

/** Slack's incoming webhook as its documentation has it: JSON with a text, answered by `ok`; else a word and a status. */
function slackServer(response: ServerResponse, request: IncomingMessage, body: unknown): void {
  const say = (status: number, word: string) => response.writeHead(status, { 'content-type': 'text/html' }).end(word);
  if (request.url !== PATH) return void say(404, 'no_service');
  if (!request.headers['content-type']?.startsWith('application/json')) return void say(400, 'invalid_payload');
  const text = (body as { text?: unknown }).text;
  say(typeof text === 'string' && text !== '' ? 200 : 400, typeof text === 'string' && text !== '' ? 'ok' : 'no_text');
}

const to = (channel: MessagesSettings['channels'][number], secrets: Record<string, string>, sending: Sending = { limit: 20_000 }, one = message({ channel: channel.name })): Promise<Delivery> =>
  sendMessage(one, { ...SETTINGS, channels: [channel] }, (name) => secrets[name] ?? '', sending);
const slack = (port: number, path = PATH, sending?: Sending, one?: ReturnType<typeof message>) => to({ name: 'chat', slack: { url: { secret: 'SLACK_URL' } } }, { SLACK_URL: `http://127.0.0.1:${port}${path}` }, sending, one);
const webhook = (port: number, sending?: Sending, scheme = 'http') => to({ name: 'hook', webhook: { url: `${scheme}://127.0.0.1:${port}/deployments`, headers: { Authorization: { secret: 'TOKEN' }, 'X-Board': 'shop' } } }, { TOKEN: BEARER }, sending);

test('Slack takes the post of a rollback that begins and of one that has ended: release, reason, estimate, health, report, date of the review', async () => {
  const got: string[] = [];
  const port = await http((request, response) => {
    void bodyOf(request).then((body) => {
      const json = JSON.parse(body.toString()) as { text: string };
      got.push(json.text);
      slackServer(response, request, json);
    });
  });
  for (const moment of ['rollback-start', 'rollback-complete'] as const) {
    const [one] = messagesFor(telling(moment), 1, SUBJECT, SETTINGS);
    expect(await slack(port, PATH, {}, one)).toEqual({ delivered: true, word: 'ok' });
  }
  expect(got[0]).toMatch(/^ROLLBACK INITIATED - Production deployment v2\.0\.0\n\nReason: .*\nETA: 10 minutes\n(.*\n)*Status updates every 2 minutes\n/);
  expect(got[1]).toMatch(/^ROLLBACK COMPLETE - Production stable on v1\.9\.0\n\nServices verified healthy\n(.*\n)*Incident report: https:\/\/reports\.shop\.test\/web-1\nPost-mortem scheduled: 2026-11-24 10:00 UTC\n/);
  expect(await slack(port, '/services/T000TEAM/B000HOOK/anotherTokenThatIsWrong')).toEqual({ delivered: false, why: 'chat: Slack answered 404: no_service' });
});

test("what a host said calls nobody in Slack and hides no link behind words", async () => {
  const { port, got } = await answering((response) => response.end('ok'));
  await slack(port, PATH, {}, message({ text: 'Reason: <!channel> <https://evil.test|the report> & more' }));
  expect(got[0]?.body).toEqual({ text: 'Reason: &lt;!channel&gt; &lt;https://evil.test|the report&gt; &amp; more' });
});

test('a webhook gets the message as JSON with its headers, and the same idempotency key when it is sent again', async () => {
  const { port, got } = await answering((response) => response.writeHead(202).end('queued'));
  for (const _ of [1, 2]) expect(await webhook(port)).toEqual({ delivered: true, word: '202 queued' });
  const { key, ...rest } = message({ channel: 'hook' });
  expect(got[0]).toMatchObject({ url: 'POST /deployments', headers: { 'idempotency-key': key, authorization: BEARER, 'x-board': 'shop', 'content-type': 'application/json; charset=utf-8' }, body: { id: key, ...rest } });
  expect(got[1]?.headers['idempotency-key']).toBe(key);
  expect(got[1]?.body).toEqual(got[0]?.body);
});

test.each<[title: string, answer: (response: ServerResponse) => void, slackSays: RegExp, hookSays: RegExp | null]>([
  ['an error with a body', (response) => response.writeHead(403).end('action_prohibited'), /^chat: Slack answered 403: action_prohibited$/, /^hook: the server answered 403: action_prohibited$/],
  ['a broken server', (response) => response.writeHead(500).end(), /^chat: Slack answered 500$/, /^hook: the server answered 500$/],
  ['a redirect', (response) => response.writeHead(307, { location: '/elsewhere' }).end(), /^chat: Slack answered 307$/, /^hook: the server answered 307, a redirect, which is not followed$/],
  ['a page in place of ok', (response) => response.writeHead(200).end('<h1>Log in</h1>\n\u001b[2J'), /^chat: Slack answered 200: <h1>Log in<\/h1> \\x1b\[2J$/, null],
  ['a connection that is cut', (response) => response.destroy(), /^chat: it cannot be reached \(ECONNRESET\)$/, /^hook: it cannot be reached \(ECONNRESET\)$/],
])('%s is told, in one sentence', async (_, answer, slackSays, hookSays) => {
  const { port, got } = await answering(answer);
  expect(await slack(port)).toEqual({ delivered: false, why: expect.stringMatching(slackSays) as string });
  if (hookSays) expect(await webhook(port)).toEqual({ delivered: false, why: expect.stringMatching(hookSays) as string });
  expect(got.map(({ url }) => url)).not.toContain('POST /elsewhere');
});

test('nobody there, no answer, and an answer without end are left when the time is over', async () => {
  const gone = await closedPort();
  expect(await slack(gone)).toEqual({ delivered: false, why: 'chat: it cannot be reached (ECONNREFUSED)' });
  const closed = { count: 0 };
  const silent = await answering((response) => void response.on('close', () => closed.count++));
  const halfway = await answering((response) => {
    response.on('close', () => closed.count++).writeHead(200);
    response.write('o');
  });
  for (const { port } of [silent, halfway]) expect(await slack(port, PATH, { limit: 300 })).toEqual({ delivered: false, why: 'chat: no answer within 0.3 s' });
  await expect.poll(() => closed.count).toBe(2);
});

test('of a huge answer only the beginning is read', async () => {
  const written = { bytes: 0, closed: false };
  const { port } = await answering((response) => {
    response.writeHead(500);
    const more = (): void => {
      if (response.destroyed) return void (written.closed = true);
      written.bytes += 65_536;
      if (response.write(Buffer.alloc(65_536, 'x'))) setImmediate(more);
    };
    response.on('drain', more).on('close', () => (written.closed = true));
    more();
  });
  const told = await slack(port);
  expect(told).toEqual({ delivered: false, why: expect.stringMatching(/^chat: Slack answered 500: x+$/) as string });
  expect(JSON.stringify(told).length).toBeLessThan(400);
  await expect.poll(() => written.closed).toBe(true);
  expect(written.bytes).toBeLessThan(64 << 20);
});

test('neither address nor header nor token gets into a sentence, also when the server repeats them', async () => {
  const { port } = await answering((response, request) => response.writeHead(400).end(`no ${request.url} with ${request.headers.authorization?.slice(7)} and ${request.url?.includes(TOKEN) ? TOKEN : 'nothing'}`));
  const secretHook = (url: string) => to({ name: 'hook', webhook: { secret: 'HOOK_URL', headers: { Authorization: { secret: 'TOKEN' } } } }, { HOOK_URL: url, TOKEN: BEARER });
  const told = [
    await slack(port), await webhook(port), await secretHook(`http://127.0.0.1:${port}${PATH}?key=${TOKEN}`),
    await secretHook(`no url ${TOKEN}`), await secretHook(`ftp://127.0.0.1/${TOKEN}`), await secretHook(`http://nowhere.invalid/${TOKEN}`), await secretHook(`http://127.0.0.1:${await closedPort()}/${TOKEN}`),
  ];
  for (const one of told) {
    expect(one).toMatchObject({ delivered: false });
    expect(JSON.stringify(one)).not.toMatch(new RegExp(`${TOKEN}|T000TEAM|s3cr3t|nowhere`));
  }
  expect(told[0]).toEqual({ delivered: false, why: 'chat: Slack answered 400: no [secret] with undefined and [secret]' });
});

test('a webhook over TLS must hold by its authority', async () => {
  const { cert, key, ca } = certificate();
  const port = await listening(createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => response.end('fine')));
  for (const other of [{}, { ca: certificate().ca }]) expect(await webhook(port, other, 'https')).toEqual({ delivered: false, why: 'hook: it cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)' });
  expect(await webhook(port, { ca }, 'https')).toEqual({ delivered: true, word: '200 fine' });
});
