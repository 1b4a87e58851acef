import { valueAt, type Mistake } from './problems';
import type { EnvironmentConfig } from './schema';

const keyOf = (hostKey: string): string => hostKey.split(' ').slice(0, 2).join(' ');

/**
 * A rehearsal deploys an older release and takes it back: never on a machine that serves what it rehearses. Two names of one machine are known by
 * its host key. `document`: as it was written, to say where.
 */
export function drillGrounds(environments: Readonly<Record<string, EnvironmentConfig>>, document: unknown): Mistake[] {
  return Object.values(environments).flatMap((one) => {
    const ground = environments[one.drills?.environment ?? ''];
    if (ground === undefined || ground.environment === one.environment) return [];
    const shared = Object.entries(ground.hosts).flatMap(([name, theirs]) =>
      Object.entries(one.hosts).flatMap(([own, host]) => {
        const same = keyOf(host.host_key) === keyOf(theirs.host_key) ? 'its host key' : host.address === theirs.address && host.port === theirs.port ? 'its address' : null;
        return same === null ? [] : [`${name} is ${own} of ${one.environment}, by ${same}`];
      }));
    if (shared[0] === undefined) return [];
    const inOverrides = ['environments', one.environment, 'overrides', 'drills', 'environment'];
    const keys = valueAt(document, inOverrides) === undefined ? ['drills', 'environment'] : inOverrides;
    return [{ keys, problem: `must be on other machines than ${one.environment} (got ${ground.environment}, where ${shared[0]})`, hint: 'name an environment with hosts of its own: a drill deploys there and rolls back' }];
  });
}
