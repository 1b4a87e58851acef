// Where things are kept. Nothing here touches the disk.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const repo = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The cache: `$STERNWAY_CACHE`, by default `<repo>/.cache`. */
export function cacheDir() {
  return process.env.STERNWAY_CACHE ? resolve(process.env.STERNWAY_CACHE) : join(repo, '.cache');
}
