import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Proxy } from './proxy';
import { until } from './until';

let echo: Server;
let proxy: Proxy;
const far: Socket[] = [];
beforeEach(async () => {
  far.length = 0;
  echo = createServer((socket) => {
    far.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await Proxy.to({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});
afterEach(async () => {
  await proxy.close();
  for (const socket of far) socket.destroy();
  echo.close();
});

/** A client through the proxy, and all that it has heard. */
async function line() {
  const socket = connect(proxy.port, '127.0.0.1');
  const heard = { text: '', end: '' };
  socket.setEncoding('utf8').on('data', (text: string) => (heard.text += text));
  socket.on('error', (error: NodeJS.ErrnoException) => (heard.end = error.code ?? ''));
  socket.on('close', () => (heard.end ||= 'closed'));
  socket.write('hello');
  await until('the echo', () => heard.text === 'hello' || undefined, 10);
  return { socket, heard };
}

test('a reset ends lines with RST on both sides, and the next connection is whole', async () => {
  const { heard } = await line();
  proxy.reset();
  await until('the end', () => heard.end || undefined, 10);
  expect(heard.end).toBe('ECONNRESET');
  await until('the far end', () => far[0]?.destroyed || undefined, 10);
  await line();
});

test('a black hole swallows what is sent and the end of the line, too; new lines are whole', async () => {
  const holed = await line();
  proxy.blackHole();
  holed.socket.write('lost');
  // What a later line has sent there and back, the earlier one would have had, too.
  await line();
  expect(holed.heard).toEqual({ text: 'hello', end: '' });
  holed.socket.destroy();
  await line();
  expect(far[0]?.destroyed).toBe(false);
  proxy.forgetHoled();
  await until('the far end', () => far[0]?.destroyed || undefined, 10);
});

test('a stalled line loses nothing', async () => {
  const { socket, heard } = await line();
  const goOn = proxy.stall();
  socket.write(' again');
  await line();
  expect(heard.text).toBe('hello');
  goOn();
  await until('the rest', () => heard.text === 'hello again' || undefined, 10);
});

test('a truncated line ends in the middle of what is sent', async () => {
  const { socket, heard } = await line();
  const arrived: string[] = [];
  far[0]?.on('data', (chunk: Buffer) => arrived.push(chunk.toString()));
  proxy.truncate(3);
  socket.write('rm -rf /srv/keep/sub');
  await until('the end', () => heard.end || undefined, 10);
  expect('rm -').toContain(arrived.join(''));
  expect(arrived.join('').length).toBeLessThanOrEqual(3);
});

test('a delayed line keeps its order', async () => {
  const { socket, heard } = await line();
  proxy.delay = 30;
  for (const letter of 'abc') socket.write(letter);
  await until('all of it', () => heard.text === 'helloabc' || undefined, 10);
});
