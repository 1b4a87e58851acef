import { parse } from 'yaml';
import { ConfigError, problemText } from '../../src/config/errors';
import { parseConfig } from '../../src/config/parse';
import type { Gates, Window } from '../../src/config/schema/gates';
import { fullDocument, put } from '../config/document';

/** The section `gates` as sternway.yml would have it, read and filled with its defaults. @throws ConfigError */
export function gatesOf(yaml: string): Gates | undefined {
  const document = fullDocument();
  put(document, ['gates'], parse(yaml, { version: '1.2' }) ?? undefined);
  return parseConfig(document, 'sternway.yml').environments['production']?.gates;
}

/** The sentences about its mistakes. */
export function mistakesOf(yaml: string): string[] {
  try {
    gatesOf(yaml);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

/** The runbook's window; `over` in YAML flow style: `from: 22:00, to: 02:00`. */
export function windowOf(over: Partial<Record<keyof Window, string>> = {}): Window {
  const fields = { days: '[tue, wed, thu]', from: '02:00', to: '04:00', ...over };
  const window = gatesOf(`window: { ${Object.entries(fields).map(([key, value]) => `${key}: ${value}`).join(', ')} }`)?.window;
  if (window === undefined) throw new Error('no window');
  return window;
}

export const EVERY_DAY = '[mon, tue, wed, thu, fri, sat, sun]';
