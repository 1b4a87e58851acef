import { randomBytes } from 'node:crypto';
import type { Client, ClientChannel } from 'ssh2';
import { exec, LAST_WORDS_MS } from './exec';
import { ConnectionLost, HostRefused, LedgerRefused } from './failures';
import { installCommand, type HelperFiles } from './helper-files';
import { NotInstalled, refusal, SUDO_ASKS } from './refusal';
import { quote } from '../commands/remote-command';

/** What the helper says first. `cgroup` false: the host gives tasks no cgroup of their own, so a program that opens another session escapes a stop. */
export interface Hello {
  readonly boot: string;
  readonly uid: number;
  readonly cgroup: boolean;
  readonly python: string;
}

interface Message {
  id?: number;
  hello?: Hello;
  ok?: unknown;
  event?: Record<string, unknown>;
  refused?: { code: string; message: string };
}

const HELLO_MS = 20_000;
/** A host whose line went dark hears of no end: its helper ends itself after so long without a word, and we say one often enough. */
const IDLE_SECONDS = 120;
const PING_MS = 20_000;
/** Characters that may come without a line end: before the helper is heard, and after. An answer has at most 1 MB of output in it, six characters a byte. */
const LONGEST_NOISE = 1 << 20;
const LONGEST_LINE = 64 << 20;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  event?: ((event: Record<string, unknown>) => void) | undefined;
}

/**
 * The kept channel to a host's helper: requests and answers are JSON lines, multiplexed by id. The helper puts a word of this connection's before
 * each of its lines; what lacks it was written by somebody else (a login shell's files, a job that they left), and says nothing.
 */
export class HelperChannel {
  #next = 1;
  readonly #waiting = new Map<number, Waiting>();
  #closed: Error | undefined;
  readonly #pings: NodeJS.Timeout;

  private constructor(
    readonly host: string,
    readonly hello: Hello,
    private readonly stream: ClientChannel,
    private readonly client: Client,
  ) {
    this.#pings = setInterval(() => void this.request('ping', {}).catch(() => undefined), PING_MS).unref();
  }

  get open(): boolean {
    return this.#closed === undefined;
  }

  /** Starts the helper, installing it first where this version is not there yet. `sudo`: through `sudo -n`, else as the login user. */
  static async start(host: string, client: Client, helper: HelperFiles, state: string, sudo: boolean): Promise<HelperChannel> {
    const home = `${state}/bin/${helper.checksum}`;
    // Plain words only: the login shell may be csh or fish. The locale makes sudo speak English, which refusal() reads.
    const become = sudo ? 'env LC_ALL=C.UTF-8 sudo -n ' : 'env LC_ALL=C.UTF-8 ';
    const serve = `${become}python3 -I ${quote(home)} serve`;
    try {
      return await HelperChannel.#serve(host, client, serve);
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
    }
    const install = await exec(client, become + installCommand(), JSON.stringify({ home, files: helper.files }));
    if (install.code === null) throw new ConnectionLost(`${host}: the connection ended while the helper was installed`);
    if (install.code !== 0 && sudo && SUDO_ASKS.test(install.stderr)) throw new HostRefused(`${host}: the helper is not in ${home}, and sudo does not let the deploy user install it; an administrator runs the script that sternway helper prints`);
    if (install.code !== 0) throw new HostRefused(`${host}: the helper could not be installed in ${home}: ${install.stderr.trim() || `exit ${install.code}`}`);
    return await HelperChannel.#serve(host, client, serve);
  }

  static #serve(host: string, client: Client, command: string): Promise<HelperChannel> {
    return new Promise((resolve, reject) => {
      const silent = setTimeout(() => {
        reject(new ConnectionLost(`${host}: the helper said nothing within ${HELLO_MS / 1000} s of its start`));
        client.end();
      }, HELLO_MS);
      client.exec(command, (error, stream) => {
        if (error) {
          clearTimeout(silent);
          return reject(new ConnectionLost(`${host}: ${error.message}`));
        }
        const nonce = randomBytes(16).toString('hex');
        let buffer = '';
        let stderr = '';
        let channel: HelperChannel | undefined;
        stream.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
        stream.on('data', (chunk: Buffer) => {
          buffer += chunk.toString('utf8');
          for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
            const message = parse(buffer.slice(0, end), `${nonce} `);
            buffer = buffer.slice(end + 1);
            if (channel) channel.#receive(message);
            else if (message.hello) {
              clearTimeout(silent);
              resolve((channel = new HelperChannel(host, message.hello, stream, client)));
            }
          }
          if (buffer.length > (channel ? LONGEST_LINE : LONGEST_NOISE)) {
            buffer = '';
            reject(new ConnectionLost(`${host}: a line without an end comes from the login, and no helper is heard`));
            client.end();
          }
        });
        const ended = (): void => {
          clearTimeout(silent);
          if (channel) channel.#end(new ConnectionLost(`${host}: the connection to the helper ended${stderr ? `: ${stderr.trim()}` : ''}`));
          else reject(refusal(host, stderr));
        };
        stream.on('close', ended);
        // What a login shell left behind may keep the channel open for ever.
        stream.on('exit', () => setTimeout(ended, LAST_WORDS_MS));
        client.once('close', ended);
        // By stdin: arguments can be read by every account of the host.
        stream.write(`${JSON.stringify({ nonce, idle: IDLE_SECONDS })}\n`);
      });
    });
  }

  /** Sends one request. @throws LedgerRefused when the helper declines, ConnectionLost when the answer will not come. */
  request<T>(verb: string, body: object, event?: (event: Record<string, unknown>) => void): Promise<T> {
    return this.#send<T>(verb, body, event).answer;
  }

  /** A `read` that ends early, on the host too, when `signal` says so; answered in either case. */
  async read<T>(body: object, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const { id, answer } = this.#send<T>('read', body);
    const letGo = (): void => void this.request('unread', { of: id }).catch(() => undefined);
    signal?.addEventListener('abort', letGo, { once: true });
    return await answer.finally(() => signal?.removeEventListener('abort', letGo));
  }

  #send<T>(verb: string, body: object, event?: (event: Record<string, unknown>) => void): { id: number; answer: Promise<T> } {
    const id = this.#next++;
    const answer = new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      this.#waiting.set(id, { resolve: resolve, reject, event });
      this.stream.write(JSON.stringify({ ...body, id, verb }) + '\n');
    });
    return { id, answer };
  }

  close(): void {
    this.stream.end();
    this.client.end();
  }

  /** Writes bytes as they are. For fault tests. */
  sendRaw(text: string): void {
    this.stream.write(text);
  }

  /** Drops the line without a word, as a broken network would. For fault tests. */
  destroy(): void {
    this.client.destroy();
  }

  #receive(message: Message): void {
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (message.id === undefined || !waiting) return;
    if (message.event) return waiting.event?.(message.event);
    this.#waiting.delete(message.id);
    if (message.refused) waiting.reject(new LedgerRefused(message.refused.code, `${this.host}: ${message.refused.message}`, { ...message.refused }));
    else waiting.resolve(message.ok);
  }

  #end(why: Error): void {
    if (this.#closed) return;
    this.#closed = why;
    clearInterval(this.#pings);
    for (const waiting of this.#waiting.values()) waiting.reject(why);
    this.#waiting.clear();
    this.client.end();
  }
}

/** A line of the helper's, without the word that proves it; anything else says nothing. */
function parse(line: string, mark: string): Message {
  if (!line.startsWith(mark)) return {};
  try {
    const value: unknown = JSON.parse(line.slice(mark.length));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
