// The users: somebody asks for the page several times a second, unless five are still waiting for theirs, and notes what comes.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';

const PATIENCE_MS = 10_000;
/** Who waits does not ask again: a host that is busy with other things is not to be buried in requests. */
const MOST = 5;

/** What a user got: the `page`, the `maintenance` page, or an `error`. */
export class Users {
  #seen = [];
  #waiting = [];
  #asking = 0;
  #timer;
  #every;
  #options;

  /** @param {{ address: string, name: string, ca: string, every: number }} site `ca`: path of a PEM file; `every`: milliseconds */
  constructor({ address, name, ca, every }) {
    this.#every = every;
    this.#options = { host: address, servername: name, headers: { host: name }, ca: readFileSync(ca), path: '/', agent: false, timeout: PATIENCE_MS };
  }

  start() {
    this.#timer = setInterval(() => this.#ask(), this.#every);
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** Forgets what was seen up to now. */
  forget() {
    this.#seen = [];
  }

  /** Resolves when somebody gets the maintenance page. */
  closed() {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What was seen since {@link forget}. */
  summary() {
    return summarize(this.#seen);
  }

  /** The body of the answer to one request. */
  async get(path) {
    const [answer] = await once(request({ ...this.#options, path }).end(), 'response');
    return await text(answer);
  }

  #ask() {
    if (this.#asking >= MOST) return;
    this.#asking += 1;
    const at = Date.now();
    const seen = this.#seen;
    const note = (kind, why) => {
      seen.push({ at, kind, why });
      if (kind === 'maintenance') for (const resolve of this.#waiting.splice(0)) resolve();
    };
    const asked = request(this.#options, (answer) => {
      answer.resume();
      answer.on('error', (error) => note('error', error.message));
      answer.on('end', () => note(...kindOf(answer)));
    });
    asked.on('close', () => (this.#asking -= 1));
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    asked.on('error', (error) => note('error', error.message));
    asked.end();
  }
}

function kindOf({ statusCode, headers }) {
  if (statusCode === 200) return ['page', ''];
  return statusCode === 503 && headers['retry-after'] ? ['maintenance', ''] : ['error', `status ${statusCode}`];
}

/**
 * The site counts as closed from the moment a user asked and got the maintenance page until the next one asked.
 * @param {{ at: number, kind: string, why: string }[]} seen `at`: when it was asked for, in milliseconds; in any order
 * @returns {{ pages: number, closedSeconds: number, errors: string[] }}
 */
export function summarize(seen) {
  const inOrder = seen.toSorted((a, b) => a.at - b.at);
  const closedMs = inOrder.reduce((sum, { kind, at }, index) => sum + (kind === 'maintenance' ? (inOrder[index + 1]?.at ?? at) - at : 0), 0);
  return {
    pages: inOrder.filter(({ kind }) => kind === 'page').length,
    closedSeconds: closedMs / 1000,
    errors: inOrder.filter(({ kind }) => kind === 'error').map(({ why }) => why),
  };
}
