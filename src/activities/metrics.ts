/** A figure of Prometheus, read now: an instant query by its published API (`/api/v1/query`). */
import type { Source } from '../config/schema';
import { boundedBody } from './bounded-body';

type Query = NonNullable<Source['prometheus']>;

export interface Figure {
  /** As Prometheus has it, in base units; null: no data. */
  readonly value: number | null;
  /** Requests that it rests on; null where nobody asked. */
  readonly count: number | null;
  /** Why there is no data. */
  readonly why?: string;
}

export interface Asking {
  /** Milliseconds for all of it. Default: 5000. */
  readonly within?: number;
  /** A secret's value, at the last moment. @throws UserError for one that is not there */
  readonly secret?: (name: string) => string;
  /** Ends it, by an error: who cancels wants no figure. */
  readonly signal?: AbortSignal;
}

/** One number takes some hundred bytes; more than this is another answer than was asked for. */
const LARGEST = 1 << 20;

/** What an answer is not: the sentence is told. */
class NoData extends Error {}

/**
 * The figure of a source, and the requests that it rests on when it says how to count them. No data is a figure too, with its reason: no
 * answer in time, none or several series, NaN, an error. @throws only what `secret` throws, and the reason of `signal`
 */
export async function readPrometheus({ url, query, count: counting, token }: Query, { within = 5000, secret, signal }: Asking = {}): Promise<Figure> {
  const bearer = token === undefined ? undefined : (secret?.(token.secret) ?? missing(token.secret));
  // Said here, for fetch would say it with the token in its words.
  if (bearer !== undefined && !/^[\x21-\x7e]+$/.test(bearer)) return none(`the token ${token?.secret} holds characters that no header takes`);
  const headers = { accept: 'application/json', ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) };
  const limit = AbortSignal.any([AbortSignal.timeout(within), ...(signal ? [signal] : [])]);
  try {
    const asked = [query, ...(counting === undefined ? [] : [counting])].map(async (one) => numberOf(await answer(url, one, headers, limit)));
    const [value = Number.NaN, count = null] = await Promise.all(asked);
    if (count !== null && !Number.isFinite(count)) return none(`the number of requests is ${count}`);
    // A share of no requests is 0 / 0: that is little traffic, and no failure to read.
    if (Number.isNaN(value) && count === 0) return { value: 0, count };
    return Number.isFinite(value) ? { value, count } : none(`the value is ${value}`);
  } catch (error) {
    signal?.throwIfAborted();
    if (limit.aborted) return none(`no answer within ${within} ms`);
    return none(error instanceof NoData ? error.message : `no answer: ${reasonOf(error)}`);
  }
}

const none = (why: string): Figure => ({ value: null, count: null, why: `Prometheus: ${why}` });

function missing(name: string): never {
  throw new Error(`the secret ${name} is needed and nobody gives it`);
}

async function answer(url: string, query: string, headers: Record<string, string>, signal: AbortSignal): Promise<unknown> {
  const target = `${url.replace(/\/+$/, '')}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  // A redirect may lead anywhere, with the token.
  const response = await fetch(target, { headers, signal, redirect: 'manual' });
  const body = parsed(await bodyOf(response));
  const { status, data, errorType, error } = record(body);
  if (status === 'error') throw new NoData(`${String(errorType)}: ${String(error).slice(0, 200)}`);
  if (response.status !== 200 || status !== 'success') throw new NoData(`status ${response.status}, and no answer of Prometheus`);
  return data;
}

/** The body as text. @throws NoData as soon as it is too long */
async function bodyOf(response: Response): Promise<string> {
  const { text, whole } = await boundedBody(response.body ?? [], LARGEST);
  if (!whole) throw new NoData(`the answer is longer than ${LARGEST} bytes`);
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The one number of a scalar, or of a vector of one sample. @throws NoData */
function numberOf(data: unknown): number {
  const { resultType, result } = record(data);
  if (resultType === 'scalar') return numberIn(result);
  if (resultType !== 'vector' || !Array.isArray(result)) throw new NoData(`the query comes to ${typeof resultType === 'string' ? `a ${resultType.slice(0, 20)}` : 'nothing that is understood'}, not to one number`);
  if (result.length !== 1) throw new NoData(result.length === 0 ? 'the query finds nothing' : `the query comes to ${result.length} series, not to one: put a sum() or max() around it`);
  return numberIn(record(result[0])['value']);
}

/** `[1435781451.781, "0.5"]`: the time of the evaluation, and the value as text. */
function numberIn(pair: unknown): number {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (typeof text !== 'string' || !/^([+-]?Inf|NaN|[+-]?[0-9.]+(e[+-]?[0-9]+)?)$/i.test(text)) throw new NoData('the query comes to something that is no number');
  return Number(text.replace(/^([+-]?)Inf$/i, '$1Infinity'));
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});

function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
}
