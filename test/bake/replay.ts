/** Series of a bake, replayed: what was judged at every instant, as the worker would have judged it. */
import { judge, type Judgement } from '../../src/bake/judge';
import type { Sample } from '../../src/bake/series';
import { parseConfig } from '../../src/config/parse';
import type { Bake, Threshold } from '../../src/config/schema';
import { fullDocument, put, type Doc } from '../config/document';

export const BEGUN = '2026-11-22T08:00:00.000Z';
export const EVERY = 30_000;
const START = Date.parse(BEGUN);

/** Instants by seconds since the bake began. */
export const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** A number, or requests with it; null: no data; undefined: nothing was read at all. */
export type Read = number | null | undefined | readonly [value: number, count: number];

/** One sample each 30 s, the first 30 s after the bake began. */
export function series(...reads: readonly Read[]): Sample[] {
  return reads.flatMap((read, index): Sample[] => {
    if (read === undefined) return [];
    const [value, count] = Array.isArray(read) ? (read as readonly [number, number]) : [read as number | null, null];
    return [{ at: at(30 * (index + 1)), value, count, ...(value === null ? { why: 'Prometheus: no answer' } : {}) }];
  });
}

export const times = (count: number, read: Read): Read[] => Array.from({ length: count }, () => read);

/** The judgement at each instant at which a sample could have been taken. */
export function replay(threshold: Threshold, reads: readonly Read[], baseline: number | null = null): Judgement[] {
  const samples = series(...reads);
  return reads.map((_, index) => judge(threshold, samples, { at: at(30 * (index + 1)), begun: BEGUN, every: EVERY, baseline }));
}

export const last = (judgements: readonly Judgement[]): Judgement => {
  const found = judgements.at(-1);
  if (found === undefined) throw new Error('nothing was judged');
  return found;
};

export const states = (judgements: readonly Judgement[]): string[] => judgements.map(({ state }) => state);

/** A bake as sternway.yml has it, through the whole schema. */
export function bakeOf(written: Doc): Bake {
  const document = fullDocument();
  put(document, ['bake'], written);
  const { bake } = parseConfig(document, 'sternway.yml').environments['production'] ?? {};
  if (bake === undefined) throw new Error('there is no bake');
  return bake;
}

const SOURCES = ['error-rate', 'response-time', 'affected-users'].map((name) => ({ name, prometheus: { url: 'http://127.0.0.1:9090', query: 'x', count: 'y' } }));

/** A threshold of the runbooks, as the preset has it. */
export function runbook(name: string): Threshold {
  const found = bakeOf({ preset: 'runbook', sources: SOURCES }).thresholds.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the preset has no ${name}`);
  return found;
}

/** A threshold as a user would write it. */
export function threshold(written: Doc): Threshold {
  const [found] = bakeOf({ thresholds: [{ name: 'it', metric: 'it', ...written }], sources: [{ name: 'it', prometheus: { url: 'http://127.0.0.1:9090', query: 'x', count: 'y' } }] }).thresholds;
  if (found === undefined) throw new Error('there is no threshold');
  return found;
}
