import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import { expect, onTestFinished, test } from 'vitest';
import type { Operation } from '../../src/activities/contract';
import type { Deps } from '../../src/activities/deps';
import { planningActivities } from '../../src/activities/planning';
import { schemaIn } from '../../src/plan/schema-kind';
import type { Settings } from '../../src/config/schema';
import type { HostFacts } from '../../src/facts/facts';
import { brownfield, deployed, shopPlan, shopSettings } from '../plan/support/shop';

const OPERATION: Operation = { app: 'shop', environment: 'production', deployment: '20261122-054512-v1-1-0', holder: 'run-1', by: 'anna', via: 'test', reason: 'test' };

interface FakeHost {
  readonly facts?: HostFacts | { code: number | null; stderr: string };
  readonly claim?: { open: boolean; deployment: string; unfinished?: string[] } | null;
  readonly deployments?: string[];
  readonly head?: { deployment: string };
  readonly states?: Record<string, { state: string; at?: string; tail?: string }>;
  readonly plan?: object;
  /** Takes the files that are kept there, by name. */
  readonly stored?: (deployment: string, files: Record<string, { content: string }>) => void;
}

/** Runs one of the activities for an environment with these hosts; a failure comes back as its type and reasons. */
async function perform<K extends 'preparePlan' | 'seePlan' | 'storePlan' | 'readHead'>(name: K, input: unknown, hosts: Record<string, FakeHost>, settings: Settings = shopSettings()): Promise<unknown> {
  const scripts: string[] = [];
  const fake = (host: string): object => {
    const { facts, claim, head, states, plan, stored, deployments = [] } = hosts[host] ?? {};
    return {
      name: host, helperHome: '/var/lib/sternway/bin/0123456789ab',
      read: async (script: string) => (scripts.push(script), facts && 'stderr' in facts ? { stdout: '', ...facts } : { code: 0, stderr: '', stdout: JSON.stringify(facts) }),
      look: async () => ({ claim: claim ?? null, head: head ?? null, deployments }), states: async () => states ?? {}, store: async (_: string, __: unknown, deployment: string, files: Record<string, { content: string }>) => stored?.(deployment, files), fetch: async (_: string, deployment: string) => JSON.stringify(plan && { ...plan, deployment }),
    };
  };
  const deps = { environment: () => ({ settings, inventory: { app: 'shop', environment: 'production', hosts, secrets: {}, connect: '127.0.0.1' } }), host: (_: unknown, __: unknown, host: string) => fake(host) } as unknown as Deps;
  const activity = planningActivities(deps)[name] as (input: unknown) => Promise<unknown>;
  return await new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(activity, input).catch((error: unknown) => {
    if (error instanceof ApplicationFailure) return [error.type, error.nonRetryable, ...((error.details?.[0] as { reasons?: string[] } | undefined)?.reasons ?? [error.message])];
    throw error;
  });
}

const prepare = (hosts: Record<string, FakeHost>, settings?: unknown): Promise<unknown> => perform('preparePlan', { operation: OPERATION, release: 'v1.1.0', ...(settings === undefined ? {} : { settings }) }, hosts);
const quiet = (): HostFacts => brownfield({ probes: {} });

test('facts become a plan, asked of every host by its helper, with the settings that the client sent [PF-01]', async () => {
  expect(await prepare({ 'web-1': { facts: quiet() }, 'web-2': { facts: quiet() } })).toMatchObject({ hosts: ['web-1', 'web-2'], deployment: OPERATION.deployment, release: { tag: 'v1.1.0' } });
  const sent = { ...shopSettings(), retention: { releases: 9 } };
  expect(JSON.stringify(await prepare({ 'web-1': { facts: quiet() } }, sent))).toContain('[ \\"$kept\\" -gt 9 ]');
});

test('what waits for approval shows each step with the way in which it is taken back [NT-03]', async () => {
  const { steps } = (await perform('seePlan', { operation: OPERATION, release: 'v1.1.0' }, { 'web-1': { facts: quiet() } })) as { steps: string[] };
  expect(steps).toEqual(expect.arrayContaining(['close: nginx: maintenance page (undo)', 'close: users get the maintenance page (check)', 'switch: switch to the release (undo)']));
});

test('each deployment leaves its own way back on its host, rendered from its plan and for its release: other commands give another document [DR-03, DR-05, DR-06, DR-07]', async () => {
  const kept: [deployment: string, text: string][] = [];
  const host = { stored: (deployment: string, files: Record<string, { content: string }>) => void kept.push([deployment, files['break-glass.sh']?.content ?? '']) };
  const first = shopPlan({ 'web-1': deployed() });
  const undo = first.steps.find(({ tasks }) => tasks['web-1']?.undo)?.tasks['web-1']?.undo?.script ?? '';
  const second = { ...first, deployment: 'd-second', release: { ...first.release, tag: 'v9' }, steps: first.steps.map((step) => JSON.parse(JSON.stringify(step).replaceAll(JSON.stringify(undo), '"echo the new way back"')) as typeof step) };
  for (const plan of [first, second]) await perform('storePlan', { plan, tokens: { 'web-1': { holder: 'run-1', epoch: 1 } } }, { 'web-1': host });
  expect(kept.map(([deployment]) => deployment)).toEqual([first.deployment, 'd-second']);
  const [before, after] = kept.map(([, text]) => text);
  expect(before).toContain(`, deployment ${first.deployment} (${first.release.tag}), back on web-1`);
  expect(before).toContain(undo.trimEnd().split('\n').map((line) => `   ${line}`).join('\n'));
  expect(after).toContain(', deployment d-second (v9), back on web-1');
  expect(after).toContain('\n   echo the new way back\n');
});

test('every reason of every host is told at once, and nothing is planned [PF-01, PF-03]', async () => {
  const bad = { ...quiet(), owner: false, certificates: [{ path: '/c', days: 1, matches: true, problem: null }] };
  expect(await prepare({ 'web-1': { facts: bad }, 'web-2': { facts: { ...quiet(), tools: ['flock'] } } })).toEqual([
    'Refused', true,
    'web-1: the user shop or the group shop does not exist; create it or correct owner',
    'web-1: the certificate /c is valid for 1 more days, 14 are needed; renew it',
    'web-2: flock is not installed; install it',
  ]);
});

test('a host whose facts cannot be read is refused with its last words', async () => {
  expect(await prepare({ 'web-1': { facts: { code: 1, stderr: 'Traceback\nKeyError: units\n' } } })).toEqual(['Refused', true, 'web-1: its facts could not be read: KeyError: units']);
  expect(await prepare({ 'web-1': { facts: { code: null, stderr: '' } } })).toEqual(['Refused', true, 'web-1: its facts could not be read: no answer in time']);
});

test('settings of another app or environment, or broken ones, are refused before a host is asked', async () => {
  const host = { 'web-1': { facts: { code: 1, stderr: 'asked all the same' } } };
  expect(await prepare(host, { ...shopSettings(), environment: 'staging' })).toEqual(['Refused', true, 'the settings are for shop/staging, not for shop/production']);
  expect(await prepare(host, { ...shopSettings(), units: [] })).toEqual(['Refused', true, expect.stringContaining('units')]);
});

test('a site that users do not reach now as the host does is refused: no way back could be proven there [A-28]', async () => {
  const server = createServer((_, response) => response.writeHead(502).end()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const settings = { ...shopSettings(), url: `http://shop.test:${(server.address() as AddressInfo).port}` };
  const refused = (await perform('preparePlan', { operation: OPERATION, release: 'v1.1.0' }, { 'web-1': { facts: brownfield() } }, settings)) as string[];
  expect(refused[2]).toMatch(/^the site is not reached from here as users reach it: http:\/\/shop\.test:\d+\/health\/: status 502 instead of 200; correct url, connect or ca/);
});

const plan = shopPlan();
const head = (hosts: Record<string, FakeHost>, over: Partial<Operation> = {}): Promise<unknown> => perform('readHead', { ...OPERATION, deployment: '', ...over }, hosts);
const opening = plan.steps.find((step) => step.letsTrafficIn)?.id ?? '';
const classifier = plan.steps.find((step) => step.classifies)?.id ?? '';

test('the head is what the hosts\' own records tell: its plan as it was stored, what was attempted, when users were let in [A-01]', async () => {
  const states = {
    '01-fetch-the-release': { state: 'ended' }, '02-release-directory': { state: 'unknown' }, '03-virtual-environment': { state: 'never' }, '09-nginx-maintenance-page': { state: 'undone' },
    '12-stop-the-app': { state: 'undo-failed' }, [classifier]: { state: 'ended', tail: '0002 additive more\nschema: additive\n' }, [opening]: { state: 'ended', at: '2026-11-22T05:50:00Z' },
  };
  const found = await head({ 'web-1': { head: { deployment: plan.deployment }, plan, states }, 'web-2': { head: { deployment: plan.deployment }, plan, states: { [opening]: { state: 'ended', at: '2026-11-22T05:49:00Z' } } } });
  expect(found).toEqual({
    plan, openedAt: '2026-11-22T05:49:00Z', schema: 'additive', estimate: 0,
    attempted: ['01-fetch-the-release@web-1', '02-release-directory@web-1', '12-stop-the-app@web-1', `${classifier}@web-1`, `${opening}@web-1`, `${opening}@web-2`],
  });
});

test('how long a rollback will take is estimated from what its steps took forward, hosts side by side; what was made beside is only deleted [RX-01, RX-02]', async () => {
  const id = (title: string): string => plan.steps.find((step) => step.title === title)?.id ?? '';
  const took = (seconds: Record<string, number>) => Object.fromEntries(Object.entries(seconds).map(([title, value]) => [id(title), { state: 'ended', seconds: value }]));
  const entered = { deployment: plan.deployment };
  const { estimate } = (await head({
    'web-1': { head: entered, plan, states: took({ 'virtual environment': 60, 'final dump of the database': 30, 'stop the app': 2, 'start the app': 3.2 }) },
    'web-2': { head: entered, plan, states: took({ 'stop the app': 1 }) },
  })) as { estimate: number };
  // Half a second for the environment, nothing for the dump, which has no way back, and not the sum over hosts.
  expect(estimate).toBe(6);
});

test('a run that never came to its end is undone before the head', async () => {
  const found = (await head({ 'web-1': { claim: { open: true, deployment: plan.deployment }, head: { deployment: 'older' }, plan } })) as { plan: object };
  expect(found.plan).toEqual(plan);
});

test('a run that was taken over is undone before the head, the newest first, unless it left no record or another run has the claim [F14]', async () => {
  const undone = async (host: FakeHost): Promise<unknown> => ((await head({ 'web-1': { plan, head: { deployment: 'live' }, ...host } })) as { plan: { deployment: string } }).plan.deployment;
  const claim = { open: false, deployment: 'd4', unfinished: ['d1', 'd2', 'd3'] };
  expect(await undone({ claim, deployments: ['live', 'd1', 'd2'] })).toBe('d2');
  expect(await undone({ claim, deployments: ['live'] })).toBe('live');
  expect(await undone({ claim: { ...claim, open: true }, deployments: ['live', 'd1', 'd4'] })).toBe('d4');
  expect(await undone({ claim: { ...claim, open: true }, deployments: ['live', 'd1'] })).toBe('d1');
});

test('drift keeps a deployment back with every other reason; told to adopt it, it goes past [F17]', async () => {
  const facts = deployed({ revision: null, standing: { ...deployed().standing, revision: null }, tools: ['flock'] });
  const stale = /^web-1: the record says that 20261101-030000-v1-0-1 \(v1\.0\.1\) is live, but .* has no REVISION of a deployment; put that release there again, or deploy with --adopt to keep it$/;
  const missing = 'web-1: flock is not installed; install it';
  expect(await prepare({ 'web-1': { facts } })).toEqual(['Refused', true, missing, expect.stringMatching(stale)]);
  const adopting = { operation: OPERATION, release: 'v1.1.0', adopt: true };
  expect(await perform('preparePlan', adopting, { 'web-1': { facts } })).toEqual(['Refused', true, missing]);
});

test('nothing to roll back, hosts that disagree, another deployment than the head, and a plan of another format are refused', async () => {
  const there = { head: { deployment: plan.deployment }, plan };
  expect(await head({ 'web-1': {}, 'web-2': {} })).toEqual(['Refused', true, 'there is nothing to roll back: no deployment of ours is live on web-1, web-2']);
  expect(await head({ 'web-1': there, 'web-2': { head: { deployment: 'd9' } } })).toEqual(['Refused', true, `the hosts disagree on what is live: web-1 ${plan.deployment}, web-2 d9`]);
  expect(await head({ 'web-1': there }, { deployment: 'd9' })).toEqual(['Refused', true, `d9 is not what is live: that is ${plan.deployment}; only the head can be rolled back`]);
  expect(await head({ 'web-1': { ...there, plan: { ...plan, format: 99 } } })).toEqual(['Refused', true, expect.stringContaining('has the format 99, which this version does not know')]);
});

test('a host whose copy of the plan differs chooses nothing that runs on another: refused, with its name', async () => {
  const forged = { ...plan, steps: plan.steps.map((step) => ({ ...step, limit: step.limit + 1 })) };
  const entered = { head: { deployment: plan.deployment }, states: { [opening]: { state: 'ended' } } };
  const sentence = `the plan of ${plan.deployment} on web-2 is not the one on the other hosts: somebody changed a copy; find out who, and bring the hosts back with break-glass.sh`;
  expect(await head({ 'web-1': { ...entered, plan: forged }, 'web-2': { ...entered, plan } })).toEqual(['Refused', true, sentence]);
  expect(await head({ 'web-1': { ...entered, plan }, 'web-2': { ...entered, plan } })).toMatchObject({ plan });
  // Where nothing was attempted, nothing is taken back: its copy says nothing.
  expect(await head({ 'web-1': { ...entered, plan }, 'web-2': { head: entered.head } })).toMatchObject({ plan, attempted: [`${opening}@web-1`] });
});

test('the kind of a schema change is read off a line of its own', () => {
  expect(schemaIn('0001 additive schema: none\nschema: irreversible\n')).toBe('irreversible');
  expect(schemaIn('schema: additive')).toBe('additive');
  expect(schemaIn('schema: unheard-of\n')).toBeNull();
  expect(schemaIn('')).toBeNull();
});
