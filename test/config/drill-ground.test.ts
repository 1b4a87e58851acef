/** Where drills may take place. */
import { expect, test } from 'vitest';
import { ConfigError, problemText } from '../../src/config/errors';
import { parseConfig } from '../../src/config/parse';
import { document } from '../cli/support/config';

type Hosts = Record<string, { address: string; host_key: string }>;
const environments = (written: Record<string, unknown>) => written['environments'] as Record<string, { hosts: Hosts; overrides?: object }>;

function sentences(change: (hosts: Hosts, live: Hosts) => void, inOverrides = false): string[] {
  const written: Record<string, unknown> = document('shop', ['production', 'staging']);
  const { production, staging } = environments(written);
  if (inOverrides && production) production.overrides = { drills: { environment: 'staging' } };
  else written['drills'] = { environment: 'staging' };
  change(staging?.hosts ?? {}, production?.hosts ?? {});
  try {
    parseConfig(written, 'sternway.yml');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

const HINT = 'name an environment with hosts of its own: a drill deploys there and rolls back';

test('a drill takes place on machines of its own, never on one that serves what it rehearses, whatever that is called [A-50]', () => {
  expect(sentences(() => undefined)).toEqual([]);
  expect(sentences((hosts, live) => Object.assign(hosts, live))).toEqual([`drills.environment: must be on other machines than production (got staging, where web-1 is web-1 of production, by its host key) - ${HINT}`]);
  const alias = (hosts: Hosts, live: Hosts): unknown => (hosts['web-9'] = { ...hosts['web-1'], address: 'rehearsal.shop.test', host_key: live['web-1']?.host_key ?? '' });
  expect(sentences(alias)).toEqual([`drills.environment: must be on other machines than production (got staging, where web-9 is web-1 of production, by its host key) - ${HINT}`]);
  const renewed = (hosts: Hosts, live: Hosts): unknown => Object.assign(hosts['web-1'] ?? {}, { address: live['web-1']?.address });
  expect(sentences(renewed, true)).toEqual([`environments.production.overrides.drills.environment: must be on other machines than production (got staging, where web-1 is web-1 of production, by its address) - ${HINT}`]);
});
