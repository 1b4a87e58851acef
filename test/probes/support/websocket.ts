import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { listening } from './servers';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface SocketServer {
  /** The status of the handshake; 101 opens it. */
  readonly admit: (request: IncomingMessage) => number;
  /** What is sent for a frame of the client; bytes go out as they are. */
  readonly answer: (code: number, text: Buffer) => Buffer | undefined;
  readonly accept?: (key: string) => string;
  readonly subprotocol?: string;
}

/** A WebSocket server of RFC 6455 that does what it is told, wrong things too. */
export function webSocketServer({ admit, answer, accept = acceptOf, subprotocol }: SocketServer): Promise<number> {
  const server = createServer((_, response) => response.writeHead(426).end());
  server.on('upgrade', (request, stream) => {
    const socket = stream as Socket;
    const status = admit(request);
    if (status !== 101) return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept(request.headers['sec-websocket-key'] ?? '')}`];
    socket.write([...lines, ...(subprotocol ? [`Sec-WebSocket-Protocol: ${subprotocol}`] : []), '', ''].join('\r\n'));
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      const sent = answer((data[0] ?? 0) & 15, unmasked(data));
      if (sent && socket.writable) socket.write(sent);
    });
  });
  return listening(server);
}

export function acceptOf(key: string): string {
  return createHash('sha1').update(key + GUID).digest('base64');
}

/** A frame of a server: final, not masked. */
export function frame(code: number, payload: Buffer | string, final = true): Buffer {
  const data = Buffer.from(payload);
  const head = data.length < 126 ? Buffer.from([data.length]) : Buffer.from([126, data.length >> 8, data.length & 255]);
  return Buffer.concat([Buffer.from([(final ? 128 : 0) | code]), head, data]);
}

/** One small frame of a client, which must be masked. */
function unmasked(data: Buffer): Buffer {
  if (((data[1] ?? 0) & 128) === 0) throw new Error('a client must mask what it sends');
  const size = (data[1] ?? 0) & 127;
  return Buffer.from(data.subarray(6, 6 + size).map((byte, index) => byte ^ (data[2 + (index % 4)] ?? 0)));
}
