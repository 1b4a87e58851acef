import { readFileSync } from 'node:fs';
import { loadConfig } from './load';
import type { Config } from './schema';

/**
 * The configuration as its file says at each call. It is read each time, but parsed and checked (3 ms, in every step) only when its
 * text is not the one of the call before. Calls throw what loadConfig throws.
 */
export function currentConfig(path: string): () => Config {
  let known: { readonly text: string; readonly config: Config } | undefined;
  return () => {
    const text = textOf(path);
    if (text === undefined) return loadConfig(path); // it says why
    if (text !== known?.text) known = { text, config: loadConfig(path) };
    return known.config;
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
