import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig, resolveEnvironment, splitInventory } from '../../../src/config/load';
import type { Settings } from '../../../src/config/schema';
import type { Facts, HostFacts, Standing } from '../../../src/facts/facts';
import type { Difference } from '../../../src/plan/drift';
import { makePlan, type Outside } from '../../../src/plan/make-plan';
import type { Aim } from '../../../src/plan/host-plan';
import type { Plan } from '../../../src/plan/plan';

const EXAMPLE = resolve(__dirname, '../../../examples/shop');

export const VHOST = readFileSync(`${EXAMPLE}/app/nginx/sites-available/shop`, 'utf8');
export const COMMIT = 'c0ffee'.repeat(6) + 'c0ff';
export const AIM: Aim = { deployment: '20261122-054512-v1-1-0', tag: 'v1.1.0', commit: COMMIT, helper: '/var/lib/sternway/bin/0123456789ab' };
export const OUTSIDE: Outside = { connect: '10.0.0.5', ca: 'PEM' };

/** The example's own sternway.yml, as a deployment gets it. */
export function shopSettings(): Settings {
  return splitInventory(resolveEnvironment(loadConfig(`${EXAMPLE}/sternway.yml`), 'production')).settings;
}

const digest = (letter: string): string => letter.repeat(64);

/** What is read from a host that brownfield.sh made, the distribution's default site still enabled. Nothing about it is wrong. */
export function brownfield(over: Partial<HostFacts> = {}): HostFacts {
  return {
    boot: 'b', cpus: 2, load: 0.5, memoryAvailable: 2 ** 30, disk: { '/opt/shop': { free: 2 ** 33, percent: 55 }, '/tmp': { free: 2 ** 30, percent: 80 } },
    containers: null, app: { kind: 'directory', target: null }, revision: null, folders: [], shared: { '.env': true, media: true, data: true }, sharedLinks: {}, dirty: [],
    units: [{
      name: 'shop.service', path: '/etc/systemd/system/shop.service', sha256: digest('a'), active: true, state: 'active', enabled: 'enabled',
      dropIns: ['/etc/systemd/system/shop.service.d/limits.conf'], fragment: '/etc/systemd/system/shop.service',
    }],
    nginx: {
      active: true, testOk: true, test: '', enabled: { kind: 'link', target: '../sites-available/shop' }, vhost: VHOST, vhostSha256: digest('b'), maintenanceSha256: null,
      others: [{ path: '/etc/nginx/sites-enabled/default', kind: 'link', target: '/etc/nginx/sites-available/default' }],
    },
    certificates: [{ path: '/etc/ssl/shop/server.crt', days: 80, matches: true, problem: null }],
    versions: { python: '3.11.2', nginx: '1.22.1', git: '2.39.5', openssl: '3.0.17', gunicorn: '23.0.0' },
    env: { missing: [], wrong: [], file: true }, release: { commit: COMMIT, problem: null }, owner: true, database: { kind: 'file', target: null }, listening: [],
    probes: {
      health: { status: 200, json: { status: 'healthy', services: { database: 'connected' } }, contains: false, why: null },
      status: { status: 200, json: { version: 'v1.0.0', status: 'operational' }, contains: false, why: null },
      page: { status: 200, json: null, contains: false, why: null },
      items: { status: 200, json: [], contains: false, why: null },
      static: { status: 200, json: null, contains: false, why: null },
    },
    tools: [], head: null, claim: null, unfinished: [], left: null, standing: standing('../sites-available/shop', null), ...over,
  };
}

/** What stands on the host where a hand might change it. */
function standing(site: string, deployment: string | null): Standing {
  const [available, others] = ['/etc/nginx/sites-available/shop', '/etc/nginx/sites-enabled/default'];
  return {
    app: { path: '/opt/shop', ...(deployment ? { kind: 'link', target: `/opt/shop.releases/releases/${deployment}` } : { kind: 'directory', target: null }) },
    revision: deployment,
    units: { 'shop.service': { path: '/etc/systemd/system/shop.service', sha256: digest('a'), enabled: 'enabled', dropIns: { '/etc/systemd/system/shop.service.d/limits.conf': digest('d') } } },
    site: {
      enabled: { path: '/etc/nginx/sites-enabled/shop', kind: 'link', target: site }, vhost: { path: available, sha256: digest('b') },
      maintenance: { path: `${available}.maintenance`, sha256: deployment ? digest('e') : null },
      others: { [others]: deployment ? { kind: 'missing', target: null } : { kind: 'link', target: '/etc/nginx/sites-available/default' } },
    },
    images: null, code: deployment ? {} : null,
  };
}

const FIRST = '20261101-030000-v1-0-1';

/** The same host after a deployment of ours. */
export function deployed(over: Partial<HostFacts> = {}): HostFacts {
  const before = brownfield();
  return {
    ...before,
    app: { kind: 'link', target: `/opt/shop.releases/releases/${FIRST}` },
    revision: { release: 'v1.0.1', commit: '1'.repeat(40), deployment: FIRST },
    nginx: { ...before.nginx, enabled: { kind: 'link', target: '/etc/nginx/sites-available/shop' }, others: [] },
    head: { deployment: FIRST, release: 'v1.0.1' }, left: standing('/etc/nginx/sites-available/shop', FIRST), standing: standing('/etc/nginx/sites-available/shop', FIRST),
    probes: { ...before.probes, status: { status: 200, json: { version: 'v1.0.1', deployment: FIRST }, contains: false, why: null } },
    ...over,
  };
}

export function shopPlan(facts: Facts = { 'web-1': brownfield() }, { settings = shopSettings(), aim = AIM, outside = OUTSIDE, adopted }: { settings?: Settings; aim?: Aim; outside?: Outside; adopted?: readonly Difference[] } = {}): Plan {
  return makePlan(settings, aim, facts, outside, adopted);
}

/** A plan as text, every command of it, for people who review a change of one. */
export function printed(plan: Plan): string {
  const { steps, ...head } = plan;
  const command = (label: string, found: { script: string; user?: string; cwd?: string } | undefined): string[] =>
    found ? [`  ${label}${found.user ? ` as ${found.user}` : ''}${found.cwd ? ` in ${found.cwd}` : ''}:`, ...found.script.trimEnd().split('\n').map((line) => `    ${line}`.trimEnd())] : [];
  return [
    ...Object.entries(head).filter(([key]) => key !== 'hash' && key !== 'observed').map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    ...steps.flatMap(({ id, title, tasks, outside, ...rest }) => [
      '',
      `## ${id}: ${title}`,
      `  ${Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(', ')}`,
      ...Object.entries(tasks).flatMap(([host, task]) => [...command(`${host}, forward`, task.run), ...command(`${host}, back`, task.undo)]),
      ...(['run', 'undo'] as const).flatMap((way) => (outside?.[way] ?? []).map((probe) => `  worker, ${way === 'run' ? 'forward' : 'back'}, within ${outside?.seconds} s: ${JSON.stringify(probe)}`)),
    ]),
    '',
  ].join('\n');
}
