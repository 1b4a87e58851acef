import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { claimActivities } from '../../src/activities/claims';
import type { Operation } from '../../src/activities/contract';
import type { Deps } from '../../src/activities/deps';
import type { Plan } from '../../src/plan/plan';
import { AIM, deployed, shopPlan, shopSettings } from '../plan/support/shop';

const OPERATION: Operation = { app: 'shop', environment: 'production', deployment: AIM.deployment, holder: 'run-1', by: 'anna', via: 'test', reason: 'test' };
const HEAD = { deployment: 'd0', release: 'v0' };
const found = deployed();
const previous = { deployment: '20261101-030000-v1-0-1', release: 'v1.0.1' };
const plan = shopPlan({ 'web-1': found, 'web-2': deployed({ left: null }) });
const adopting: Plan = { ...plan, adopted: [{ kind: 'vhost', host: 'web-1', path: '/v', sentence: 'web-1: /v was changed' }] };

/** The head that closing the claims leaves on each host: undefined where it is not written. */
async function heads(input: { outcome: string; head: 'set' | 'restore' | 'keep'; plan?: Plan }): Promise<Record<string, unknown>> {
  const written: Record<string, unknown> = {};
  const host = (name: string): object => ({
    name, withdraw: async () => undefined, look: async () => ({ claim: { open: true, holder: 'run-1', epoch: 3 }, head: HEAD, deployments: [] }), close: async (_root: string, _token: object, _outcome: string, head?: object) => void (written[name] = head),
  });
  const deps = { environment: () => ({ settings: shopSettings(), inventory: { hosts: { 'web-1': {}, 'web-2': {} } } }), host: (_: unknown, __: unknown, name: string) => host(name) } as unknown as Deps;
  await new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(claimActivities(deps).closeClaims, { operation: OPERATION, tokens: {}, ...input });
  return written;
}

test('a deployment that is live becomes the head, whose own last step says what it left', async () => {
  const head = { deployment: AIM.deployment, release: AIM.tag, by: 'anna', previous: plan.previous };
  expect(await heads({ outcome: 'deployed', head: 'set', plan: adopting })).toEqual({ 'web-1': head, 'web-2': head });
});

test('after a way back the head is the deployment before, and what was found before is what was left: on hosts that had a record', async () => {
  expect(await heads({ outcome: 'rolled-back', head: 'restore', plan })).toEqual({ 'web-1': { ...previous, left: found.standing }, 'web-2': previous });
  const unknown: Plan = { ...plan, previous: { tag: null, deployment: null, path: '/srv/hotfix' } };
  expect(await heads({ outcome: 'rolled-back', head: 'restore', plan: unknown })).toEqual({ 'web-1': { left: found.standing }, 'web-2': {} });
});

test('a deployment that goes back before it was the head leaves the head, with what it had adopted as what was left', async () => {
  expect(await heads({ outcome: 'rolled-back', head: 'keep', plan })).toEqual({ 'web-1': undefined, 'web-2': undefined });
  expect(await heads({ outcome: 'rolled-back', head: 'keep', plan: adopting })).toEqual({ 'web-1': { ...HEAD, left: found.standing }, 'web-2': undefined });
  expect(await heads({ outcome: 'unchanged', head: 'keep' })).toEqual({ 'web-1': undefined, 'web-2': undefined });
});
