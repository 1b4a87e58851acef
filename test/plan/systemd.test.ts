import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { HostFacts } from '../../src/facts/facts';
import { PHASES, taskKey, type Plan, type Step } from '../../src/plan/plan';
import { segments } from '../../src/workflows/segments';
import { AIM, brownfield, deployed, printed, shopPlan, shopSettings } from './support/shop';

const byPhase = (plan: Plan): Record<string, string[]> =>
  Object.fromEntries(PHASES.map((phase) => [phase, plan.steps.filter((step) => step.phase === phase).map((step) => step.title)]));
const step = (plan: Plan, title: string): Step => {
  const found = plan.steps.find((one) => one.title === title);
  if (!found) throw new Error(`no step ${title}`);
  return found;
};
const run = (plan: Plan, title: string, host = 'web-1'): string => step(plan, title).tasks[host]?.run?.script ?? '';
const undo = (plan: Plan, title: string, host = 'web-1'): string => step(plan, title).tasks[host]?.undo?.script ?? '';

const FIRST = {
  prepare: ['fetch the release', 'release directory', 'virtual environment', 'nginx: test the new vhost beside the live one', 'write down the state of the migrations', 'read the pending migrations', 'the migrations are accepted'],
  backup: ['back up configuration and code', 'trial dump of the database'],
  close: ['users get the old release again', 'nginx: maintenance page', 'users get the maintenance page'],
  stop: ['the old release answers', 'stop the app', 'turn the plain directory into releases'],
  migrate: ['final dump of the database', 'migrate'],
  switch: ['systemd: install the units', 'nginx: install the vhost', 'nginx: take other sites out', 'switch to the release'],
  start: ['start the app'],
  check: ['the new release answers, stays up and logs no error'],
  open: ['nginx: open the site', 'users get the new release'],
  settle: ['remove old releases', 'write down what is left here'],
};

test('the first deployment goes through the runbook\'s phases in its order, everything saved before anything is changed [A-22, PF-04, SV-01]', () => {
  const plan = shopPlan();
  expect(byPhase(plan)).toEqual(FIRST);
  const order = plan.steps.map((one) => PHASES.indexOf(one.phase));
  expect(order).toEqual([...order].sort((left, right) => left - right));
  expect(plan.previous).toEqual({ tag: 'v1.0.0', deployment: null, path: '/opt/shop.releases/releases/legacy-20261122-054512-v1-1-0' });
});

test('a later deployment converts nothing, and takes out no site that is out already', () => {
  const plan = shopPlan({ 'web-1': deployed() });
  expect(byPhase(plan)).toEqual({ ...FIRST, stop: ['the old release answers', 'stop the app'], switch: ['systemd: install the units', 'nginx: install the vhost', 'switch to the release'] });
  expect(plan.previous).toEqual({ tag: 'v1.0.1', deployment: '20261101-030000-v1-0-1', path: '/opt/shop.releases/releases/20261101-030000-v1-0-1' });
  expect(printed(plan)).not.toContain('legacy-2026');
  expect(run(plan, 'back up configuration and code')).not.toContain('--directory /opt/shop ');
});

test('without a database no step knows of one', () => {
  const { database: _, ...settings } = shopSettings();
  const plan = shopPlan({ 'web-1': brownfield({ database: null }) }, { settings });
  expect(plan.steps.map((one) => one.title).filter((title) => /dump|migrat/.test(title))).toEqual([]);
  expect(byPhase(plan).migrate).toEqual([]);
  expect(printed(plan)).not.toMatch(/sqlite|database\.py|dump/i);
});

test('with two hosts what concerns the one schema is done once, on the first; everything else on both', () => {
  const plan = shopPlan({ 'web-1': brownfield(), 'web-2': brownfield() });
  const hosts = Object.fromEntries(plan.steps.map((one) => [one.title, Object.keys(one.tasks)]));
  const once = ['write down the state of the migrations', 'read the pending migrations', 'the migrations are accepted', 'trial dump of the database', 'final dump of the database', 'migrate'];
  for (const [title, names] of Object.entries(hosts)) {
    expect([title, names]).toEqual([title, once.includes(title) ? ['web-1'] : title.startsWith('users get the') && title !== 'users get the maintenance page' ? ['worker'] : ['web-1', 'web-2']]);
  }
});

test('the dump that a restore would use waits until every host has stopped: what the last one writes is in it [A-18]', () => {
  const plan = shopPlan({ 'web-1': brownfield(), 'web-2': brownfield() });
  const at = (title: string) => segments(plan).findIndex(({ steps }) => steps.some((one) => one.title === title));
  expect(at('final dump of the database')).toBeGreaterThan(at('stop the app'));
  expect(at('final dump of the database')).toBe(at('migrate'));
});

test('hosts may be in different states: only the plain one is converted', () => {
  const plan = shopPlan({ 'web-1': deployed(), 'web-2': brownfield() });
  expect(Object.keys(step(plan, 'turn the plain directory into releases').tasks)).toEqual(['web-2']);
  expect(Object.keys(step(plan, 'nginx: take other sites out').tasks)).toEqual(['web-2']);
  expect(undo(plan, 'switch to the release', 'web-1')).toContain('ln -sfn -- /opt/shop.releases/releases/20261101-030000-v1-0-1 ');
  expect(undo(plan, 'switch to the release', 'web-2')).toContain('ln -sfn -- /opt/shop.releases/releases/legacy-20261122-054512-v1-1-0 ');
});

test('every change has its undo but those that touch nothing that serves: our own state, and what is pruned at the end [A-07]', () => {
  const without = shopPlan().steps.filter((one) => one.kind === 'change' && Object.values(one.tasks).some((task) => task.run && !task.undo));
  expect(without.map((one) => one.title)).toEqual([
    'fetch the release', 'write down the state of the migrations', 'read the pending migrations', 'back up configuration and code', 'trial dump of the database', 'final dump of the database', 'remove old releases', 'write down what is left here',
  ]);
});

test('every path that an undo needs stands in it, letter for letter, and no undo computes a time or a name [A-01, A-02]', () => {
  for (const plan of [shopPlan(), shopPlan({ 'web-1': deployed() })]) {
    const scripts = plan.steps.flatMap((one) => Object.values(one.tasks).flatMap((task) => [task.run?.script ?? '', task.undo?.script ?? '']));
    for (const script of scripts) expect(script.replaceAll('$(date +%s%N)', '')).not.toMatch(/\bdate\b|mktemp|RANDOM/);
    const folders = new Set(scripts.join('\n').match(/\/var\/lib\/sternway\/shop\/production\/2[^/ ]*/g));
    expect([...folders]).toEqual([`/var/lib/sternway/shop/production/${AIM.deployment}`]);
  }
});

test('what a restore would use is dumped when every writer has stopped and before the schema moves, and only that [A-18, A-21, BK-04]', () => {
  const plan = shopPlan();
  const titles = plan.steps.map((one) => one.title);
  const at = (title: string): number => titles.indexOf(title);
  expect(at('stop the app')).toBeLessThan(at('final dump of the database'));
  expect(at('final dump of the database')).toBeLessThan(at('migrate'));
  expect(at('trial dump of the database')).toBeLessThan(at('nginx: maintenance page'));
  const dump = '/var/lib/sternway/shop/production/20261122-054512-v1-1-0/backup/database.sqlite3';
  expect(run(plan, 'final dump of the database')).toContain(`/opt/shop/data/shop.sqlite3 ${dump} frozen <<`);
  expect(undo(plan, 'migrate')).toContain(`cp -a ${dump} "$file.sternway"`);
  expect(run(plan, 'trial dump of the database')).not.toContain(' frozen ');
});

test('the schema goes up with the new code as the app\'s user, before anything is switched; by its class it may stay [MG-01]', () => {
  const plan = shopPlan();
  const migrate = step(plan, 'migrate');
  expect(run(plan, 'migrate')).toContain('runuser -u shop -- env HOME=');
  expect(run(plan, 'migrate')).toContain("sh -c 'cd /opt/shop.releases/releases/20261122-054512-v1-1-0\nset -eu\nvenv/bin/python database.py upgrade\n");
  expect(migrate).toMatchObject({ schema: 'classified', onTurnBack: 'finish' });
  expect(step(plan, 'read the pending migrations').classifies).toBe(true);
  expect(PHASES.indexOf('migrate')).toBeLessThan(PHASES.indexOf('switch'));
});

test('the app is checked through a local way in before the site opens, and the one step that lets users in is the opening [A-23, A-24]', () => {
  const plan = shopPlan();
  expect(plan.steps.filter((one) => one.letsTrafficIn).map((one) => one.title)).toEqual(['nginx: open the site']);
  const check = run(plan, 'the new release answers, stays up and logs no error');
  for (const name of ['health', 'status', 'page', 'items', 'static']) expect(check).toContain(`"name":"${name}","url":"https://shop.test/`);
  expect(check.match(/"connect":"127\.0\.0\.1:8443"/g)).toHaveLength(5);
  expect(check).toContain('"version":"v1.1.0","deployment":"20261122-054512-v1-1-0"');
  expect(check).toContain('/var/log/shop/gunicorn.log');
  expect(plan.steps.flatMap((one) => Object.values(one.tasks)).some((task) => /systemctl (stop|start) nginx/.test(JSON.stringify(task)))).toBe(false);
});

test('after a way back the old release has to answer what it answered before, on the host and for users', () => {
  const plan = shopPlan();
  const back = undo(plan, 'the old release answers');
  expect(back).toContain('"json":{"version":"v1.0.0"}');
  expect(back).not.toContain('v1.1.0"');
  const outside = step(plan, 'users get the old release again').outside;
  expect(outside?.run).toBeUndefined();
  expect(outside?.undo?.map(({ name, status, json }) => [name, status, json])).toEqual([
    ['health', 200, { status: 'healthy', 'services.database': 'connected' }], ['status', 200, { version: 'v1.0.0' }], ['page', 200, undefined], ['items', 200, undefined], ['static', 200, undefined],
  ]);
  expect(step(plan, 'users get the new release').outside?.run?.[1]).toMatchObject({ url: 'https://shop.test/api/v1/status/', connect: '10.0.0.5', ca: 'PEM', status: 200, json: { version: 'v1.1.0' } });
});

test('an app that did not run before is not started by a way back, nor waited for', () => {
  const [unit] = brownfield().units;
  const stopped: HostFacts = brownfield({ units: [{ ...(unit as NonNullable<typeof unit>), active: false, state: 'inactive' }], probes: {} });
  const plan = shopPlan({ 'web-1': stopped });
  expect(undo(plan, 'stop the app')).toBe('');
  expect(plan.steps.map((one) => one.title)).not.toContain('the old release answers');
  expect(step(plan, 'users get the old release again').outside?.undo).toEqual([]);
});

test('a unit that the host does not have yet is not stopped before, is started after, and its file goes with the undo [A-07, SV-02]', () => {
  const settings = shopSettings();
  const two = { ...settings, units: [...settings.units, { name: 'shop-worker.service', source: 'systemd/shop-worker.service', once: false }] };
  const [unit] = brownfield().units;
  const worker = { ...(unit as NonNullable<typeof unit>), name: 'shop-worker.service', path: '/etc/systemd/system/shop-worker.service', sha256: null, active: false, state: 'inactive', enabled: null, dropIns: [], fragment: '' };
  const plan = shopPlan({ 'web-1': brownfield({ units: [...brownfield().units, worker] }) }, { settings: two });
  expect(run(plan, 'stop the app')).not.toContain('worker');
  expect(run(plan, 'start the app')).toContain('systemctl start shop-worker.service');
  expect(undo(plan, 'start the app').split('\n').slice(1, 3)).toEqual(['systemctl stop shop-worker.service', 'systemctl stop shop.service']);
  expect(undo(plan, 'systemd: install the units')).toContain('rm -f /etc/systemd/system/shop-worker.service ');
});

test('units stop in the opposite order to their start [SV-03]', () => {
  const settings = shopSettings();
  const two = { ...settings, units: [...settings.units, { name: 'shop-worker.service', source: 'systemd/shop-worker.service', once: false }] };
  const [unit] = brownfield().units;
  const worker = { ...(unit as NonNullable<typeof unit>), name: 'shop-worker.service', path: '/etc/systemd/system/shop-worker.service', fragment: '/etc/systemd/system/shop-worker.service' };
  const plan = shopPlan({ 'web-1': brownfield({ units: [...brownfield().units, worker] }) }, { settings: two });
  expect(run(plan, 'stop the app').split('\n').slice(1, 3)).toEqual(['systemctl stop shop-worker.service', 'systemctl stop shop.service']);
  expect(run(plan, 'start the app').match(/systemctl start \S+/g)).toEqual(['systemctl start shop.service', 'systemctl start shop-worker.service']);
});

test('the backup covers nginx, the units with their drop-ins, the enabled link, and the old code with its settings, outside the app [A-04, BK-01, BK-02, BK-03]', () => {
  const script = run(shopPlan(), 'back up configuration and code');
  const to = '/var/lib/sternway/shop/production/20261122-054512-v1-1-0/backup';
  for (const path of ['/etc/systemd/system/shop.service', '/etc/systemd/system/shop.service.d/limits.conf', '/etc/nginx/sites-available/shop', '/etc/nginx/sites-enabled/shop']) {
    expect(script).toContain(`cp -a --remove-destination ${path} ${to}/files${path}\n`);
  }
  expect(script).toContain(`--file ${to}/nginx.tar.gz.part --directory /etc/nginx .\n`);
  expect(script).toContain(`--file ${to}/code.tar.gz.part --directory /opt/shop --exclude=./media --exclude=./data --exclude=./venv --exclude=./__pycache__ .\n`);
});

test('a maintenance file that was there is saved and comes back [A-06]', () => {
  const facts = brownfield();
  const plan = shopPlan({ 'web-1': { ...facts, nginx: { ...facts.nginx, maintenanceSha256: 'd'.repeat(64) } } });
  const saved = '/var/lib/sternway/shop/production/20261122-054512-v1-1-0/backup/files/etc/nginx/sites-available/shop.maintenance';
  expect(run(plan, 'back up configuration and code')).toContain(saved);
  expect(undo(plan, 'nginx: maintenance page')).toContain(`cp -a ${saved} `);
});

test('ids are numbered, unique, and names that the host\'s ledger takes', () => {
  const plan = shopPlan({ 'web-1': brownfield(), 'web-2': deployed() });
  const ids = plan.steps.map((one) => one.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.map((id) => Number(id.slice(0, 2)))).toEqual(ids.map((_, n) => n + 1));
  for (const id of [...ids, plan.deployment]) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/);
  expect(taskKey(plan.steps[0] as Step, 'web-1')).toBe('01-fetch-the-release@web-1');
});

test('a plan is data: it survives JSON, and no secret of the settings file is in it [SE-01]', () => {
  const plan = shopPlan();
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect(JSON.stringify(plan)).not.toContain('SECRET_KEY');
});

test('the state before the first change is part of the plan, for every host [BK-05, PF-01, PF-02, PF-03]', () => {
  const { observed } = shopPlan({ 'web-1': brownfield(), 'web-2': deployed() });
  expect(observed?.['web-1']).toEqual({
    versions: { python: '3.11.2', nginx: '1.22.1', git: '2.39.5', openssl: '3.0.17', gunicorn: '23.0.0' },
    app: { kind: 'directory', target: null }, revision: null, disk: brownfield().disk, memoryAvailable: 2 ** 30, load: 0.5,
    units: [{ name: 'shop.service', state: 'active', enabled: 'enabled', sha256: 'a'.repeat(64), dropIns: ['/etc/systemd/system/shop.service.d/limits.conf'] }],
    site: { enabled: '../sites-available/shop', vhostSha256: 'b'.repeat(64), others: ['/etc/nginx/sites-enabled/default'] },
    certificates: [{ path: '/etc/ssl/shop/server.crt', days: 80 }],
  });
  expect(observed?.['web-2']?.revision?.release).toBe('v1.0.1');
});

test('a plan without hosts is a mistake of the caller', () => {
  expect(() => shopPlan({})).toThrow(new RangeError('a plan needs at least one host'));
});

test('the whole plan of a first deployment is the one that was reviewed', async () => {
  const golden = resolve(__dirname, 'golden/systemd-first.txt');
  expect(existsSync(golden)).toBe(true);
  await expect(printed(shopPlan())).toMatchFileSnapshot(golden);
});
