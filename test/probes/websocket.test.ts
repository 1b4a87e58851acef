import { expect, test } from 'vitest';
import { tcp, useless } from './support/servers';
import { FAIL, PASS, take, UNKNOWN } from './support/take';
import { acceptOf, frame, webSocketServer } from './support/websocket';

const at = (port: number, path = '/ws/', more: object = {}): object => ({ kind: 'websocket', name: 'socket', url: `http://probe.test:${port}${path}`, connect: `127.0.0.1:${port}`, status: 101, timeout: 5, ...more });
const PONG = 10;
/** Answers a ping with its pong, a text with its echo. */
const polite = (code: number, text: Buffer): Buffer | undefined => (code === 9 ? frame(PONG, text) : code === 1 ? frame(1, `echo ${text.toString()}`) : undefined);

test('it opens, and a ping is answered by its pong, among messages of the app [VF-31, A-31]', async () => {
  const port = await webSocketServer({ admit: () => 101, answer: (code, text) => (code === 9 ? Buffer.concat([frame(1, 'welcome'), frame(9, 'server'), frame(PONG, 'another'), frame(PONG, text)]) : undefined) });
  expect(await take(at(port))).toMatchObject({ ...PASS, value: { status: 101 } });
});

test('what is sent is answered, in one piece or in several, short or long', async () => {
  const pieces = await webSocketServer({ admit: () => 101, answer: (code) => (code === 1 ? Buffer.concat([frame(1, `${'x'.repeat(300)}po`, false), frame(9, ''), frame(0, 'ng')]) : undefined) });
  expect(await take(at(pieces, '/', { send: 'ping', contains: 'xpong' }))).toMatchObject(PASS);
  const echo = await webSocketServer({ admit: () => 101, answer: polite });
  expect(await take(at(echo, '/', { send: 'hello', contains: 'echo hello' }))).toMatchObject(PASS);
  expect(await take(at(echo, '/', { send: 'hello', contains: 'bye' }))).toMatchObject({ ...FAIL, why: 'the message does not contain "bye"' });
});

test('a token goes by header, by subprotocol or by query; without one it must be refused [A-42, VF-31]', async () => {
  const port = await webSocketServer({
    admit: ({ headers, url }) => (headers.authorization === 'Bearer t-1' || headers['sec-websocket-protocol'] === 'jwt, t-1' || url === '/ws/?token=t-1' ? 101 : 403),
    answer: polite,
  });
  expect(await take(at(port, '/ws/', { headers: { Authorization: 'Bearer t-1' } }))).toMatchObject(PASS);
  expect(await take(at(port, '/ws/', { subprotocols: ['jwt', { secret: 'TOKEN' }] }), { TOKEN: 't-1' })).toMatchObject(PASS);
  expect(await take(at(port, '/ws/?token=t-1'))).toMatchObject(PASS);
  expect(await take(at(port))).toMatchObject({ ...FAIL, why: 'the handshake has status 403 instead of 101' });
  expect(await take(at(port, '/ws/', { status: 403 }))).toMatchObject(PASS);
  expect(await take(at(port, '/ws/?token=t-1', { status: 403 }))).toMatchObject({ ...FAIL, why: 'the handshake has status 101 instead of 403' });
});

test('what only looks like a WebSocket fails: a wrong key, another subprotocol, a close, a broken frame', async () => {
  const wrongKey = await webSocketServer({ admit: () => 101, answer: polite, accept: (key) => acceptOf(`${key}x`) });
  expect(await take(at(wrongKey))).toMatchObject({ ...FAIL, why: 'what answers the handshake is no WebSocket' });
  const other = await webSocketServer({ admit: () => 101, answer: polite, subprotocol: 'chat' });
  expect(await take(at(other, '/', { subprotocols: ['jwt'] }))).toMatchObject({ ...FAIL, why: 'the server took a subprotocol that was not offered' });
  const closes = await webSocketServer({ admit: () => 101, answer: () => frame(8, Buffer.concat([Buffer.from([0x0f, 0xa1]), Buffer.from('no token')])) });
  expect(await take(at(closes))).toMatchObject({ ...FAIL, why: 'it was closed by the server with 4001 no token' });
  const broken = await webSocketServer({ admit: () => 101, answer: () => Buffer.from([0xf1, 0x01, 0x41]) });
  expect(await take(at(broken))).toMatchObject({ ...FAIL, why: 'the server breaks the WebSocket protocol' });
});

test('one that never answers a ping, or says nothing at all, is unknown in the time that it has [A-28, A-31]', async () => {
  const deaf = await webSocketServer({ admit: () => 101, answer: () => undefined });
  expect(await take(at(deaf, '/', { timeout: 0.5 }))).toMatchObject(UNKNOWN);
  const cut = await webSocketServer({ admit: () => 101, answer: () => Buffer.from([0x8a]) });
  expect(await take(at(cut, '/', { timeout: 0.5 }))).toMatchObject(UNKNOWN);
  for (const [what, port] of Object.entries(await useless())) expect({ what, ...(await take(at(port, '/', { timeout: 0.5 }))) }).toMatchObject({ what, ...UNKNOWN });
  const half = await tcp((socket) => void socket.once('data', () => socket.end('HTTP/1.1 10')));
  expect(await take(at(half))).toMatchObject(UNKNOWN);
});
