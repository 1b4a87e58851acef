import { afterEach, expect, test, vi } from 'vitest';
import type { HostFacts } from '../../src/facts/facts';
import { AIM, brownfield, COMMIT, deployed, shopPlan, shopSettings, VHOST } from './support/shop';

const plain = shopPlan().hash;
const hashOf = (over: Partial<HostFacts>): string => shopPlan({ 'web-1': brownfield(over) }).hash;
const nginx = brownfield().nginx;
const [unit] = brownfield().units;

afterEach(() => vi.restoreAllMocks());

test('planning again for the same state gives the same plan, letter for letter, without a look at a clock or a throw of dice', () => {
  const forbidden = (): never => {
    throw new Error('a plan may not depend on this');
  };
  vi.spyOn(Math, 'random').mockImplementation(forbidden);
  vi.spyOn(Date, 'now').mockImplementation(forbidden);
  vi.stubGlobal('Date', class { constructor() { forbidden(); } static now = forbidden; });
  try {
    expect(JSON.stringify(shopPlan())).toBe(JSON.stringify(shopPlan()));
  } finally {
    vi.unstubAllGlobals();
  }
});

test('the hash is a sha256 of the intent: another deployment id gives the same', () => {
  expect(plain).toMatch(/^[0-9a-f]{64}$/);
  expect(shopPlan(undefined, { aim: { ...AIM, deployment: '20261123-000000-again' } }).hash).toBe(plain);
});

test('observations do not move the hash: disk, load, memory, time left on a certificate, the machine\'s boot', () => {
  expect(hashOf({ disk: { '/opt/shop': { free: 1, percent: 1 } }, load: 7, cpus: 64, memoryAvailable: 1, boot: 'another' })).toBe(plain);
  expect(hashOf({ certificates: [{ path: '/etc/ssl/shop/server.crt', days: 1, matches: true, problem: null }], listening: [22], head: { release: 'v0' } })).toBe(plain);
  expect(hashOf({ probes: { ...brownfield().probes, health: { status: 200, json: { status: 'healthy', uptime: 1234, services: { database: 'connected' } }, contains: false, why: null } } })).toBe(plain);
});

test('another commit, tag, helper, command or target is another intent', () => {
  const settings = shopSettings();
  const others = [
    shopPlan({ 'web-1': brownfield({ release: { commit: 'd'.repeat(40), problem: null } }) }, { aim: { ...AIM, commit: 'd'.repeat(40) } }),
    shopPlan(undefined, { aim: { ...AIM, tag: 'v1.1.1' } }),
    shopPlan(undefined, { aim: { ...AIM, helper: '/var/lib/sternway/bin/another' } }),
    shopPlan(undefined, { settings: { ...settings, retention: { releases: 9 } } }),
    shopPlan(undefined, { settings: { ...settings, timeouts: { ...settings.timeouts, deadline: '1h' } } }),
    shopPlan(undefined, { settings: { ...settings, probes: settings.probes.slice(1) } }),
    shopPlan(undefined, { outside: { connect: '10.0.0.6', ca: 'PEM' } }),
    shopPlan({ 'web-1': brownfield(), 'web-2': brownfield() }),
    shopPlan({ 'web-2': brownfield() }),
  ];
  expect(new Set([plain, ...others.map((plan) => plan.hash)]).size).toBe(others.length + 1);
  expect(AIM.commit).toBe(COMMIT);
});

test('every guard is part of the intent: what a change expects to replace cannot change unnoticed', () => {
  const hashes = [
    hashOf({ nginx: { ...nginx, vhost: VHOST.replace('server_name shop.test', 'server_name www.shop.test') } }),
    hashOf({ nginx: { ...nginx, vhostSha256: 'e'.repeat(64) } }),
    hashOf({ nginx: { ...nginx, maintenanceSha256: 'e'.repeat(64) } }),
    hashOf({ nginx: { ...nginx, enabled: { kind: 'link', target: '/etc/nginx/sites-available/shop' } } }),
    hashOf({ nginx: { ...nginx, others: [] } }),
    hashOf({ units: [{ ...(unit as NonNullable<typeof unit>), sha256: 'e'.repeat(64) }] }),
    hashOf({ units: [{ ...(unit as NonNullable<typeof unit>), active: false }] }),
    hashOf({ units: [{ ...(unit as NonNullable<typeof unit>), dropIns: [] }] }),
    hashOf({ shared: { '.env': true, media: false, data: true } }),
    hashOf({ probes: { ...brownfield().probes, page: { status: 500, json: null, contains: false, why: null } } }),
    shopPlan({ 'web-1': deployed() }).hash,
    shopPlan({ 'web-1': deployed({ app: { kind: 'link', target: '/opt/shop.releases/releases/20261102-000000-other' } }) }).hash,
  ];
  expect(new Set([plain, ...hashes]).size).toBe(hashes.length + 1);
});
