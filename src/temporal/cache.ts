import path from 'node:path';

/** Where fetched programs and bundles are kept: `$STERNWAY_CACHE`, by default `.cache` beside `src` or `dist` (as in tools/lib/paths.mjs). */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.STERNWAY_CACHE ? path.resolve(env.STERNWAY_CACHE) : path.resolve(__dirname, '..', '..', '.cache');
}
