import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { ShopHost } from '../testbed/shop';

/** Milliseconds between two visits: how exactly a change of the site is known. */
const EVERY = 50;

/** What users got from a moment on, until the next one. */
export interface Sight {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Null: no answer at all. */
  readonly status: number | null;
  readonly version: string | null;
}

/** Visits the shop from outside, through TLS, each time over a new connection, and remembers when its answer changed. */
export class Visitor {
  readonly sights: Sight[] = [];
  readonly #timer: NodeJS.Timeout;
  #busy = false;

  constructor(shop: ShopHost) {
    const options = { host: shop.host.address, port: 443, servername: 'shop.test', ca: readFileSync(shop.caPath), path: '/api/v1/status/', headers: { host: 'shop.test' }, agent: false, timeout: 5000 };
    this.#timer = setInterval(() => {
      if (this.#busy) return;
      this.#busy = true;
      void visit(options).then((sight) => {
        this.#busy = false;
        const last = this.sights.at(-1);
        if (last?.status !== sight.status || last.version !== sight.version) this.sights.push(sight);
      });
    }, EVERY);
  }

  /** When this release began to answer, for good: the last change to it. @throws Error when it does not answer now */
  since(version: string): number {
    const last = this.sights.at(-1);
    if (last?.status !== 200 || last.version !== version) throw new Error(`the site answers with ${last?.status ?? 'nothing'} ${last?.version ?? ''} instead of ${version}`);
    return last.at;
  }

  /** Milliseconds after `begun` in which users got no release at all. */
  closedFor(begun: number): number {
    const seen = this.sights.filter(({ at }) => at >= begun);
    return seen.reduce((sum, { at, status }, n) => sum + (status === 200 ? 0 : (seen[n + 1]?.at ?? Date.now()) - at), 0);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

function visit(options: object): Promise<Sight> {
  return new Promise((resolve) => {
    const none = (): void => resolve({ at: Date.now(), status: null, version: null });
    const asked = request(options, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ at: Date.now(), status: answer.statusCode ?? null, version: versionIn(body) }));
      answer.on('error', none);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', none);
    asked.end();
  });
}

function versionIn(body: string): string | null {
  try {
    return (JSON.parse(body) as { version?: string }).version ?? null;
  } catch {
    return null;
  }
}
