import { expect, test } from 'vitest';
import type { HostFacts, Standing } from '../../src/facts/facts';
import { byKind, drift, held } from '../../src/plan/drift';
import { preflight } from '../../src/plan/preflight';
import { brownfield, deployed, shopPlan, shopSettings } from './support/shop';
import { notesFacts, notesPlan, notesSettings, undoOf } from './support/notes';

const FIRST = '20261101-030000-v1-0-1';
const WHO = `${FIRST} (v1.0.1)`;
const RELEASE = `/opt/shop.releases/releases/${FIRST}`;
const ADOPT = ', or deploy with --adopt to keep it';
const settings = shopSettings();

type Change = (now: Standing) => Partial<Standing>;

/** What drifted on a host that stands as its last deployment left it but for this. */
function found(change: Change = () => ({}), over: Partial<HostFacts> = {}) {
  const facts = deployed();
  return drift(settings, { 'web-1': { ...facts, standing: { ...facts.standing, ...change(facts.standing) }, ...over } }, 'run-1');
}
const told = (change?: Change, over?: Partial<HostFacts>): string[] => found(change, over).map(({ kind, path, sentence }) => `${kind} ${path}: ${sentence}`);
const site = (over: (site: Standing['site']) => Partial<Standing['site']>): Change => (now) => ({ site: { ...now.site, ...over(now.site) } });
const unit = (over: Partial<Standing['units'][string]>): Change => (now) => ({ units: { 'shop.service': { ...(now.units['shop.service'] as Standing['units'][string]), ...over } } });

test('a host that stands as its last deployment left it has no drift; nor has a brownfield, whatever stands there', () => {
  expect(found()).toEqual([]);
  expect(drift(settings, { 'web-1': brownfield() }, 'run-1')).toEqual([]);
});

test('a link of the app that leads elsewhere is named once, with where it was left leading [F36]', () => {
  const app = { path: '/opt/shop', kind: 'link' as const, target: '/srv/hotfix' };
  // What REVISION says follows from the link, and is no second difference.
  expect(told(() => ({ app, revision: null, code: null }))).toEqual([`link /opt/shop: web-1: /opt/shop leads to /srv/hotfix, but ${WHO} left it leading to ${RELEASE}; point it at ${RELEASE} again${ADOPT}`]);
  expect(told(() => ({ app: { path: '/opt/shop', kind: 'directory', target: null } }))).toEqual([`link /opt/shop: web-1: /opt/shop is a directory, but ${WHO} left it leading to ${RELEASE}; point it at ${RELEASE} again${ADOPT}`]);
  // With a record the rule for hosts without one is silent, so that it can be adopted.
  expect(preflight(settings, 'v1.1.0', { 'web-1': deployed({ app }) })).toEqual([]);
  expect(preflight(settings, 'v1.1.0', { 'web-1': deployed({ app, left: null }) })).toEqual(['web-1: /opt/shop points at /srv/hotfix, which no deployment made; was it changed by hand?']);
});

test('a head whose release is not what lies at the app\'s path is a stale record, named as one with and without what was left [F14]', () => {
  const stale = (what: string): string => `record /opt/shop: web-1: the record says that ${WHO} is live, but /opt/shop (${RELEASE}) ${what}; put that release there again${ADOPT}`;
  expect(told(() => ({ revision: '20261001-000000-v0-9' }))).toEqual([stale('holds what 20261001-000000-v0-9 made')]);
  expect(told(() => ({ revision: null }))).toEqual([stale('has no REVISION of a deployment')]);
  expect(told(() => ({ revision: null }), { left: null })).toEqual([stale('has no REVISION of a deployment')]);
  expect(told(undefined, { left: null })).toEqual([]);
});

test('a vhost that was changed or is gone is named with both checksums and where the release keeps its own [F17]', () => {
  const vhost = (sha256: string | null): Change => site((was) => ({ vhost: { ...was.vhost, sha256 } }));
  const back = 'put that back (the release\'s own is /opt/shop/nginx/sites-available/shop)';
  expect(told(vhost('f'.repeat(64)))).toEqual([`vhost /etc/nginx/sites-available/shop: web-1: /etc/nginx/sites-available/shop was changed since ${WHO} left it (sha256 ffffffffffff, was bbbbbbbbbbbb); ${back}${ADOPT}`]);
  expect(told(vhost(null))).toEqual([`vhost /etc/nginx/sites-available/shop: web-1: /etc/nginx/sites-available/shop is missing, but ${WHO} left it with the sha256 bbbbbbbbbbbb; ${back}${ADOPT}`]);
});

test('an enabled site that leads elsewhere or is gone, and one that was taken out and is there again, are named', () => {
  const enabled = (over: object): Change => site((was) => ({ enabled: { ...was.enabled, ...over } }));
  const left = `${WHO} left it leading to /etc/nginx/sites-available/shop; point it at /etc/nginx/sites-available/shop again`;
  const path = '/etc/nginx/sites-enabled/shop';
  expect(told(enabled({ target: '/etc/nginx/by-hand' }))).toEqual([`site ${path}: web-1: ${path} leads to /etc/nginx/by-hand, but ${left}${ADOPT}`]);
  expect(told(enabled({ kind: 'missing', target: null }))).toEqual([`site ${path}: web-1: ${path} is missing, but ${left}${ADOPT}`]);
  const other = '/etc/nginx/sites-enabled/default';
  expect(told(site(() => ({ others: { [other]: { kind: 'link', target: '/etc/nginx/sites-available/default' } } })))).toEqual([
    `site ${other}: web-1: ${other} leads to /etc/nginx/sites-available/default, but ${WHO} left nothing there; take it out again${ADOPT}`,
  ]);
});

test('a maintenance page that was left on is named as such, and one that was edited too', () => {
  const page = '/etc/nginx/sites-available/shop.maintenance';
  expect(told(site((was) => ({ enabled: { ...was.enabled, target: page } })))).toEqual([
    `maintenance /etc/nginx/sites-enabled/shop: web-1: the maintenance page is on: /etc/nginx/sites-enabled/shop leads to ${page}, but ${WHO} left it leading to /etc/nginx/sites-available/shop; point it back and reload nginx${ADOPT}`,
  ]);
  expect(told(site((was) => ({ maintenance: { ...was.maintenance, sha256: 'f'.repeat(64) } })))).toEqual([`maintenance ${page}: web-1: ${page} was changed since ${WHO} left it (sha256 ffffffffffff, was eeeeeeeeeeee); put that back${ADOPT}`]);
});

test('a unit file that was changed, and a unit that was disabled, are named', () => {
  const path = '/etc/systemd/system/shop.service';
  expect(told(unit({ sha256: 'f'.repeat(64) }))).toEqual([`unit ${path}: web-1: ${path} was changed since ${WHO} left it (sha256 ffffffffffff, was aaaaaaaaaaaa); put that back (the release's own is /opt/shop/systemd/shop.service)${ADOPT}`]);
  expect(told(unit({ enabled: 'masked' }))).toEqual([`unit ${path}: web-1: shop.service is masked, but ${WHO} left it enabled; make it so again with systemctl${ADOPT}`]);
});

test('a drop-in that is new, changed or gone is named', () => {
  const [known, fresh] = ['/etc/systemd/system/shop.service.d/limits.conf', '/etc/systemd/system/shop.service.d/hand.conf'];
  const of = (dropIns: Record<string, string>): string[] => told(unit({ dropIns }));
  expect(of({ [known]: 'd'.repeat(64), [fresh]: 'f'.repeat(64) })).toEqual([`drop-in ${fresh}: web-1: ${fresh} is there, but ${WHO} left nothing there; remove it${ADOPT}`]);
  expect(of({ [known]: 'f'.repeat(64) })).toEqual([`drop-in ${known}: web-1: ${known} was changed since ${WHO} left it (sha256 ffffffffffff, was dddddddddddd); make shop.service's drop-ins as they were${ADOPT}`]);
  expect(of({})).toEqual([`drop-in ${known}: web-1: ${known} is missing, but ${WHO} left it with the sha256 dddddddddddd; make shop.service's drop-ins as they were${ADOPT}`]);
});

test('files of the live release that were edited since are named, at most five; those that were so when it was left are not [F17]', () => {
  const edited = (names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, '100644 0123']));
  const start = `code /opt/shop: web-1: files of the release in /opt/shop were changed since ${WHO} left them: `;
  expect(told(() => ({ code: { 'app.py': '100644 0123', 'lib/gone.py': 'missing -' } }))).toEqual([`${start}app.py, lib/gone.py is gone; put them back as they were${ADOPT}`]);
  expect(told(() => ({ code: edited(['a', 'b', 'c', 'd', 'e', 'f', 'g']) }))).toEqual([`${start}a, b, c, d, e and 2 more; put them back as they were${ADOPT}`]);
  const left = { ...deployed().standing, code: edited(['built.css']) };
  expect(told(() => ({ code: edited(['built.css']) }), { left })).toEqual([]);
  expect(told(() => ({ code: {} }), { left })).toEqual([`${start}built.css; put them back as they were${ADOPT}`]);
  expect(told(() => ({ code: null }))).toEqual([]);
});

test('a service that runs another image than was left is named; adopted, the way back makes its container from that image again', () => {
  const facts = notesFacts('compose');
  const images = { web: `sha256:${'1'.repeat(64)}`, celery: 'sha256:old', beat: 'sha256:old', db: 'sha256:data', redis: 'sha256:data' };
  const left = { ...deployed().standing, images: { ...images, web: `sha256:${'2'.repeat(64)}` } };
  const services = { ...facts.containers?.services, web: { running: true, image: images.web, name: 'hotfix:1', named: images.web, health: null, containers: 1, grace: null, files: [] } };
  const now: HostFacts = { ...deployed(), ...facts, containers: { problem: null, exposed: [], services }, revision: deployed().revision, app: deployed().app, head: deployed().head, left, standing: { ...deployed().standing, images } };
  expect(drift(notesSettings('compose'), { 'web-1': now }, 'run-1').map(({ sentence }) => sentence)).toEqual([`web-1: the service web runs the image 111111111111, but ${WHO} left 222222222222; start it from that one again${ADOPT}`]);
  const undo = undoOf(notesPlan('compose', { facts: now }), "stop the app's containers");
  expect(undo).toContain('"web": {\n   "image": "hotfix:1"\n  }');
  expect(undo).toMatch(/--file \S+\/adopted-images\.yml up --detach --no-build --no-deps web celery beat/);
  expect(undo).not.toContain('"celery"');
  expect(undoOf(notesPlan('compose', { facts: { ...now, left: now.standing } }), "stop the app's containers")).not.toContain('adopted-images');
});

test('a deployment that was taken over before its end is named with what of it stands, on a host without a record too [F14]', () => {
  const unfinished = [{ deployment: '20261110-010000-v1-0-2', release: 'v1.0.2', begun: ['nginx: maintenance page', 'stop the app'] }];
  const sentence = `web-1: 20261110-010000-v1-0-2 (v1.0.2) never came to its end, and of its changes these stand: nginx: maintenance page, stop the app; take them back with sternway rollback${ADOPT}`;
  expect(found(undefined, { unfinished })).toEqual([{ kind: 'unfinished', host: 'web-1', path: '20261110-010000-v1-0-2', sentence }]);
  expect(drift(settings, { 'web-1': brownfield({ unfinished }) }, 'run-1').map((each) => each.sentence)).toEqual([sentence]);
});

test('what another run holds is not compared but told; what we hold ourselves is compared [F17]', () => {
  const claim = { holder: '20261121-v9', deployment: '20261121-v9', by: 'ada', at: '2026-11-21T10:00:00Z' };
  const moved: Change = () => ({ revision: null });
  expect(found(moved, { claim })).toEqual([]);
  expect(held({ 'web-1': deployed({ claim }), 'web-2': deployed() }, 'run-1')).toEqual([
    'web-1: 20261121-v9 holds it since 2026-11-21T10:00:00Z (ada), so what it changes is not compared; a deployment is refused as busy until it ends, or ends it by --take-over if that run is over for good',
  ]);
  expect(found(moved, { claim: { ...claim, holder: 'run-1' } })).toHaveLength(1);
  expect(held({ 'web-1': deployed({ claim: { ...claim, holder: 'run-1' } }) }, 'run-1')).toEqual([]);
});

test('a unit that the configuration no longer names would go on with the old code: it is named, with how to end it [A-48]', () => {
  expect(found(() => ({ units: { 'worker.service': { path: '/etc/systemd/system/worker.service', sha256: 'f'.repeat(64), enabled: 'enabled', dropIns: {} } } }))).toEqual([
    expect.objectContaining({ kind: 'unit', sentence: expect.stringMatching(/^web-1: shop\.service, which .* left running, is in the configuration no more and would go on with the old code; stop and disable it \(systemctl disable --now shop\.service\), or list it again, or deploy with --adopt/) as string }),
  ]);
});

test('a unit or a site that the configuration names anew is not drift', () => {
  expect(found((now) => ({ units: { ...now.units, 'worker.service': { path: '/etc/systemd/system/worker.service', sha256: 'f'.repeat(64), enabled: 'enabled', dropIns: {} } }, site: { ...now.site, enabled: { path: '/etc/nginx/sites-enabled/till', kind: 'missing', target: null } } }))).toEqual([]);
});

test('every difference of a host and of every host is told at once, and counted by kind for lists', () => {
  const facts = deployed();
  const bad: HostFacts = { ...facts, standing: { ...facts.standing, revision: null, ...site((was) => ({ vhost: { ...was.vhost, sha256: null } }))(facts.standing) } };
  const all = drift(settings, { 'web-1': bad, 'web-2': bad, 'web-3': facts }, 'run-1');
  expect(all.map(({ host, kind }) => `${host} ${kind}`)).toEqual(['web-1 record', 'web-1 vhost', 'web-2 record', 'web-2 vhost']);
  expect(byKind(all)).toBe('2 record, 2 vhost');
});

test('a plan keeps what stood before where a record was, what it adopts is part of what is signed, and the observation is not', () => {
  expect(shopPlan().before).toBeUndefined();
  const facts = deployed();
  const plan = shopPlan({ 'web-1': facts });
  expect([plan.before, plan.adopted]).toEqual([{ 'web-1': facts.standing }, undefined]);
  const seen = shopPlan({ 'web-1': { ...facts, standing: { ...facts.standing, code: { 'a.py': 'missing -' } } } });
  expect(seen.hash).toBe(plan.hash);
  const adopting = shopPlan({ 'web-1': facts }, { adopted: found(() => ({ revision: null })) });
  expect(adopting.adopted).toHaveLength(1);
  expect(adopting.hash).not.toBe(plan.hash);
});
