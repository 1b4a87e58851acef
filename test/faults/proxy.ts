import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  holed: boolean;
  /** Bytes that may still pass before the line is cut; absent: any number. */
  left?: number;
}

/** A TCP proxy that breaks connections in the ways a network does. What it does to a line, it does to both directions. */
export class Proxy {
  /** Milliseconds that every chunk is held back. */
  delay = 0;
  readonly #pairs = new Set<Pair>();

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {}

  /** Listens on a free port of 127.0.0.1 and forwards to `target`, connected to anew for each connection. */
  static async to(target: { host: string; port: number }): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(server, target);
    server.on('connection', (near) => proxy.#join(near));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Ends every connection with RST. */
  reset(): void {
    for (const pair of this.#pairs) {
      pair.near.resetAndDestroy();
      pair.far.resetAndDestroy();
    }
  }

  /** From now on nothing passes on the connections of now, in either direction, and neither end is told. New ones are whole. */
  blackHole(): void {
    for (const pair of this.#pairs) {
      pair.holed = true;
      for (const socket of [pair.near, pair.far]) socket.resume();
    }
  }

  /** Nothing passes on the connections of now until the function that it gives is called; nothing is lost. */
  stall(): () => void {
    const stalled = [...this.#pairs];
    for (const { near, far } of stalled) for (const socket of [near, far]) socket.pause();
    return () => {
      for (const { near, far } of stalled) for (const socket of [near, far]) socket.resume();
    };
  }

  /** The connections of now are cut after so many more bytes, in the middle of whatever is sent. */
  truncate(bytes: number): void {
    for (const pair of this.#pairs) pair.left = bytes;
  }

  /** Ends the far side of lines that lead nowhere any more, as a host's own TCP does after hours. */
  forgetHoled(): void {
    for (const pair of this.#pairs) {
      if (!pair.holed) continue;
      pair.near.destroy();
      pair.far.destroy();
      this.#pairs.delete(pair);
    }
  }

  async close(): Promise<void> {
    this.server.close();
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    await once(this.server, 'close');
  }

  #join(near: Socket): void {
    const pair: Pair = { near, far: connect({ ...this.target, noDelay: true }), holed: false };
    near.setNoDelay(true);
    this.#pairs.add(pair);
    this.#forward(pair, pair.near, pair.far);
    this.#forward(pair, pair.far, pair.near);
  }

  #forward(pair: Pair, from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      if (pair.holed) return;
      if (pair.left === undefined) return this.#send(to, chunk);
      const rest = chunk.subarray(0, pair.left);
      pair.left -= rest.length;
      to.write(rest, () => {
        if (pair.left !== 0) return;
        from.resetAndDestroy();
        to.destroy();
      });
    });
    // A network that swallows everything swallows the ends of connections, too.
    const gone = (): void => {
      if (pair.holed) return;
      to.destroy();
      this.#pairs.delete(pair);
    };
    from.on('error', gone);
    from.on('close', gone);
  }

  #send(to: Socket, chunk: Buffer): void {
    if (this.delay === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), this.delay);
  }
}
