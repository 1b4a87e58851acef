import { readFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { NotesHost } from '../../testbed/notes';

export interface Answer {
  status: number;
  text: string;
  /** Until the whole answer was there. */
  ms: number;
  json(): Record<string, unknown>;
}

export interface Asking {
  method?: string;
  token?: string;
  json?: unknown;
  /** A whole body with its content type, for multipart. */
  body?: { type: string; text: string };
}

/** A client of notes on this machine: over the network, and verifies the certificate. */
export class NotesClient {
  constructor(private readonly notes: NotesHost) {}

  private options(path: string, headers: Record<string, string>, method = 'GET'): RequestOptions {
    return { host: this.notes.host.address, servername: 'notes.test', ca: readFileSync(this.notes.caPath), path, method, headers: { Host: 'notes.test', ...headers }, agent: false };
  }

  ask(path: string, { method, token, json, body }: Asking = {}): Promise<Answer> {
    const sent = json === undefined ? body : { type: 'application/json', text: JSON.stringify(json) };
    const headers = { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...(sent && { 'Content-Type': sent.type }) };
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request(this.options(path, headers, method ?? (sent ? 'POST' : 'GET')), (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, text, ms: performance.now() - started, json: () => JSON.parse(text) as Record<string, unknown> });
        });
      });
      asked.on('error', reject).end(sent?.text);
    });
  }

  /** An access token of the test user. */
  async login(): Promise<string> {
    const password = (await this.notes.host.run('sed -n s/^TEST_USER_PASSWORD=//p /var/www/notes/.env')).stdout.trim();
    const answer = await this.ask('/api/v1/auth/login/', { json: { email: 'test@example.com', password } });
    return String(answer.json()['access']);
  }

  upload(token: string, text: string): Promise<Answer> {
    const parts = [
      ['name="title"', '', 'A document'],
      ['name="file"; filename="test.txt"', 'Content-Type: text/plain', text],
    ].map(([what, type, content]) => `--border\r\nContent-Disposition: form-data; ${what ?? ''}\r\n${type ? `${type}\r\n` : ''}\r\n${content ?? ''}\r\n`);
    return this.ask('/api/v1/documents/upload/', { token, body: { type: 'multipart/form-data; boundary=border', text: `${parts.join('')}--border--\r\n` } });
  }

  /** The WebSocket's handshake: its status, and when it is open what it says first and answers to `count`. */
  socket(query: string, headers: Record<string, string> = {}): Promise<{ status: number; messages: unknown[] }> {
    const handshake = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers };
    return new Promise((resolve, reject) => {
      const asked = request(this.options(`/ws/prompts/${query}`, handshake));
      asked.on('error', reject);
      asked.on('response', (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, messages: [] });
      });
      asked.on('upgrade', (answer, socket: Duplex, head: Buffer) => {
        let data = head;
        socket.on('error', reject);
        socket.on('data', (part: Buffer) => {
          data = Buffer.concat([data, part]);
          const messages = messagesIn(data);
          if (messages.length < 2) return;
          socket.destroy();
          resolve({ status: answer.statusCode ?? 0, messages });
        });
        socket.write(textFrame('count'));
      });
      asked.end();
    });
  }
}

/** A client's text frame: masked, as it must be; with a mask of zeros. */
function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

/** The whole messages of a server, each a single frame of less than 126 bytes. */
function messagesIn(data: Buffer): unknown[] {
  const found: unknown[] = [];
  for (let at = 0; at + 2 <= data.length; ) {
    const end = at + 2 + (data[at + 1] ?? 0);
    if (end > data.length) break;
    found.push(JSON.parse(data.subarray(at + 2, end).toString()));
    at = end;
  }
  return found;
}
