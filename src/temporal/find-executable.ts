import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../config/user-error';
import { cacheDir } from './cache';

/** The oldest Temporal CLI whose development server knows all that local-server.ts asks of it. */
const oldest = '1.4';

/**
 * The Temporal CLI: `STERNWAY_TEMPORAL_BIN`, else `temporal` on PATH when it is recent enough, else the newest in the cache
 * (where `node tools/prepare.mjs temporal` puts it). Undefined when there is none.
 * @throws UserError when STERNWAY_TEMPORAL_BIN names something that is not a program
 */
export function findTemporal(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const set = env.STERNWAY_TEMPORAL_BIN;
  if (set) {
    if (isExecutable(set)) return path.resolve(set);
    throw new UserError(`STERNWAY_TEMPORAL_BIN names ${set}, which is not a program: set it to the temporal CLI, or unset it.`);
  }
  const onPath = (env.PATH ?? '')
    .split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory))
    .map((directory) => path.join(directory, 'temporal'))
    .find(isExecutable);
  return onPath && isRecent(onPath) ? onPath : newestCached(cacheDir(env));
}

/** As {@link findTemporal}, but there has to be one. @throws UserError that says how to get it */
export function requireTemporal(env: NodeJS.ProcessEnv = process.env): string {
  const found = findTemporal(env);
  if (found) return found;
  throw new UserError(
    `There is no Temporal CLI (${oldest} or later) on PATH or in ${cacheDir(env)}: run \`node tools/prepare.mjs temporal\`, ` +
      'install it (https://temporal.io/setup/install-temporal-cli), or set STERNWAY_TEMPORAL_BIN to it.',
  );
}

/** Whether the path is a file that we may execute. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function newestCached(cache: string): string | undefined {
  const versions = directoryNames(cache).filter((name) => /^temporal-\d+(\.\d+)*$/.test(name));
  return versions
    .sort((a, b) => byVersion(b, a))
    .map((name) => path.join(cache, name, 'temporal'))
    .find(isExecutable);
}

function directoryNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isRecent(executable: string): boolean {
  try {
    const said = execFileSync(executable, ['--version'], { encoding: 'utf8', timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] });
    const version = /version (\d+\.\d+)/.exec(said)?.[1];
    return version !== undefined && byVersion(version, oldest) >= 0;
  } catch {
    return false;
  }
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
