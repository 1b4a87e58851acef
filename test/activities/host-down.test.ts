import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { claimActivities } from '../../src/activities/claims';
import type { Operation } from '../../src/activities/contract';
import type { Deps } from '../../src/activities/deps';
import { ConnectionLost } from '../../src/hosts/failures';
import { shopSettings } from '../plan/support/shop';

const OPERATION: Operation = { app: 'shop', environment: 'production', deployment: 'd1', holder: 'd1', by: 'anna', via: 'test', reason: 'test' };

test('a host that is down ends the claiming before anything is changed: its name is told, and the claims that were made are closed [F21]', async () => {
  const closed: unknown[] = [];
  const reached = (name: string): object => ({
    name,
    claim: async () => ({ claim: { holder: 'd1', epoch: 4 }, running: [] }),
    drain: async () => undefined,
    close: async (...call: unknown[]) => void closed.push([name, ...call]),
  });
  const down = { name: 'web-2', claim: () => Promise.reject(new ConnectionLost('web-2: nobody answers at 10.0.0.2:22')) };
  const inventory = { hosts: { 'web-1': {}, 'web-2': {}, 'web-3': {} } };
  const deps = { environment: () => ({ settings: shopSettings(), inventory }), host: (_: unknown, __: unknown, name: string) => (name === 'web-2' ? down : reached(name)) } as unknown as Deps;
  const claiming: Promise<unknown> = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(claimActivities(deps).claimHosts, OPERATION);
  // It may pass, so it is tried again; until then no other host is held.
  await expect(claiming).rejects.toMatchObject({ type: 'ConnectionLost', nonRetryable: false, message: 'web-2: nobody answers at 10.0.0.2:22' });
  expect(closed).toEqual(['web-1', 'web-3'].map((name) => [name, expect.any(String), { holder: 'd1', epoch: 4 }, 'abandoned']));
});
