import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** A server on loopback for as long as the test runs; its port. */
export async function listening(server: Server | TcpServer): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export const http = (listener: RequestListener): Promise<number> => listening(createHttpServer(listener));
export const tcp = (talk: (socket: Socket) => void): Promise<number> => listening(createTcpServer(talk));

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Services that say nothing that can be judged, by name: each must be `unknown` to every probe that speaks to one. */
export async function useless(): Promise<Record<string, number>> {
  return {
    'nobody there': await closedPort(),
    'hangs up': await tcp((socket) => void socket.once('data', () => socket.destroy())),
    silence: await tcp(() => undefined),
    garbage: await tcp((socket) => void socket.once('data', () => socket.end('\u0000\u0001\u001b[2J what is this \r\n\r\n'))),
  };
}
