import type { Client, ClientChannel } from 'ssh2';
import { ConnectionLost, HostRefused, LedgerRefused } from './failures';
import { INSTALL, type HelperFiles } from './helper-files';
import { quote } from '../commands/remote-command';

export interface Hello {
  readonly boot: string;
  readonly uid: number;
  readonly cgroup: boolean;
  readonly python: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  event?: ((event: Record<string, unknown>) => void) | undefined;
}

/** The kept channel to a host's helper: requests and answers are JSON lines, multiplexed by id. */
export class HelperChannel {
  #next = 1;
  readonly #waiting = new Map<number, Waiting>();
  #closed: Error | undefined;

  private constructor(
    readonly host: string,
    readonly hello: Hello,
    private readonly stream: ClientChannel,
    private readonly client: Client,
  ) {}

  get open(): boolean {
    return this.#closed === undefined;
  }

  /** Starts the helper, installing it first where this version is not there yet. `sudo`: through `sudo -n`, else as the login user. */
  static async start(host: string, client: Client, helper: HelperFiles, state: string, sudo: boolean): Promise<HelperChannel> {
    const home = `${state}/bin/${helper.checksum}`;
    const become = sudo ? 'sudo -n ' : '';
    const serve = `${become}env -u LC_ALL python3 -I ${quote(home)} serve`;
    try {
      return await HelperChannel.#serve(host, client, serve);
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
    }
    const install = await exec(client, `${become}python3 -I -c ${quote(INSTALL)}`, JSON.stringify({ home, files: helper.files }));
    if (install.code !== 0) throw new HostRefused(`${host}: the helper could not be installed in ${home}: ${install.stderr.trim() || `exit ${install.code}`}`);
    return await HelperChannel.#serve(host, client, serve);
  }

  static #serve(host: string, client: Client, command: string): Promise<HelperChannel> {
    return new Promise((resolve, reject) => {
      client.exec(command, (error, stream) => {
        if (error) return reject(new ConnectionLost(`${host}: ${error.message}`));
        let buffer = '';
        let stderr = '';
        let channel: HelperChannel | undefined;
        stream.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
        stream.on('data', (chunk: Buffer) => {
          buffer += chunk.toString('utf8');
          for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
            const line = buffer.slice(0, end);
            buffer = buffer.slice(end + 1);
            if (channel) channel.#receive(line);
            else {
              const hello = parseHello(line);
              if (hello) resolve((channel = new HelperChannel(host, hello, stream, client)));
            }
          }
        });
        const ended = (): void => {
          const why = new ConnectionLost(`${host}: the connection to the helper ended${stderr ? `: ${stderr.trim()}` : ''}`);
          if (channel) channel.#end(why);
          else if (/can't (open|find)|No such file|not found.*__main__/i.test(stderr) && /bin\//.test(stderr)) reject(new NotInstalled());
          else if (/password is required|a terminal is required|not in the sudoers|not allowed/i.test(stderr))
            reject(new HostRefused(`${host}: sudo asks for a password; give the deploy user a NOPASSWD line (sternway check prints it)`));
          else if (/python3: (command )?not found|No such file.*python3/i.test(stderr)) reject(new HostRefused(`${host}: python3 is not installed there; the helper needs Python 3.7 or newer`));
          else reject(why);
        };
        stream.on('close', ended);
        client.once('close', ended);
      });
    });
  }

  /** Sends one request. @throws LedgerRefused when the helper declines, ConnectionLost when the answer will not come. */
  request<T>(verb: string, body: object, event?: (event: Record<string, unknown>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      const id = this.#next++;
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, event });
      this.stream.write(JSON.stringify({ ...body, id, verb }) + '\n');
    });
  }

  close(): void {
    this.stream.end();
    this.client.end();
  }

  /** Drops the line without a word, as a broken network would. For fault tests. */
  destroy(): void {
    this.client.destroy();
  }

  #receive(line: string): void {
    const message = JSON.parse(line) as { id: number; ok?: unknown; event?: Record<string, unknown>; refused?: { code: string; message: string } };
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if (message.event) return waiting.event?.(message.event);
    this.#waiting.delete(message.id);
    if (message.refused) waiting.reject(new LedgerRefused(message.refused.code, `${this.host}: ${message.refused.message}`, { ...message.refused }));
    else waiting.resolve(message.ok);
  }

  #end(why: Error): void {
    if (this.#closed) return;
    this.#closed = why;
    for (const waiting of this.#waiting.values()) waiting.reject(why);
    this.#waiting.clear();
    this.client.end();
  }
}

class NotInstalled extends Error {}

function parseHello(line: string): Hello | undefined {
  try {
    return (JSON.parse(line) as { hello?: Hello }).hello;
  } catch {
    return undefined; // noise from a login shell's start-up files
  }
}

/** One command outside the helper: only for installing it. `code` is null when the host did not say. */
export function exec(client: Client, command: string, input = ''): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => {
      if (error) return reject(new ConnectionLost(error.message));
      let stdout = '';
      let stderr = '';
      stream.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      stream.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      stream.on('close', (code: number | null) => resolve({ code: code ?? null, stdout, stderr }));
      stream.end(input);
    });
  });
}
