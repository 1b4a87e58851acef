import { expect, test } from 'vitest';
import type { Settings } from '../../src/config/schema';
import type { HostFacts } from '../../src/facts/facts';
import { preflight } from '../../src/plan/preflight';
import { brownfield, COMMIT, deployed, shopPlan, shopSettings } from './support/shop';

const settings = shopSettings();
const judged = (over: Partial<HostFacts>, s: Settings = settings): string[] => preflight(s, 'v1.1.0', { 'web-1': brownfield(over) });
const nginx = (over: Partial<HostFacts['nginx']>): string[] => judged({ nginx: { ...brownfield().nginx, ...over } });
const certificate = (over: Partial<HostFacts['certificates'][number]>): string[] => judged({ certificates: [{ path: '/etc/ssl/shop/server.crt', days: 80, matches: true, problem: null, ...over }] });
const version = (name: string, found: string | null, s?: Settings): string[] => judged({ versions: { ...brownfield().versions, [name]: found } }, s);

test('a host where all is well gives no reason to stay, as it was found and after a deployment', () => {
  expect(judged({})).toEqual([]);
  expect(preflight(settings, 'v1.1.0', { 'web-1': deployed() })).toEqual([]);
});

test('refuses a disk that is too full, naming path, share and limit [PF-01, PF-22] [F32]', () => {
  expect(judged({ disk: { '/opt/shop': { free: 2 ** 30, percent: 9.9 }, '/tmp': { free: 2 ** 30, percent: 50 } } })).toEqual([
    'web-1: only 9.9 % of the disk under /opt/shop is free, 10% is needed; make room or lower thresholds.disk_free',
  ]);
  expect(judged({ disk: { '/opt/shop': { free: 2 ** 30, percent: 10 } } })).toEqual([]);
});

test('refuses too little memory [PF-01, PF-23]', () => {
  expect(judged({ memoryAvailable: 63.9 * 2 ** 20 })).toEqual(['web-1: only 63 MB of memory is available, 64MB is needed']);
  expect(judged({ memoryAvailable: 64 * 2 ** 20 })).toEqual([]);
});

test('refuses a machine that is too busy for its CPUs [PF-01]', () => {
  expect(judged({ load: 8.25, cpus: 2 })).toEqual(['web-1: the load is 8.3 on 2 CPUs, more than 4 each; wait or raise thresholds.load_per_cpu']);
  expect(judged({ load: 8, cpus: 2 })).toEqual([]);
});

test('refuses a host that lacks a program of the plan', () => {
  expect(judged({ tools: ['fuser'] })).toEqual(['web-1: fuser is not installed; install it']);
});

test('refuses a host without the owner of the files', () => {
  expect(judged({ owner: false })).toEqual(['web-1: the user shop or the group shop does not exist; create it or correct owner']);
});

test('refuses an nginx that is too old, or whose version nobody could read [PF-02]', () => {
  expect(version('nginx', '1.17.9')).toEqual(['web-1: nginx is 1.17.9, >=1.18 is needed']);
  expect(version('nginx', null)).toEqual(['web-1: the version of nginx could not be read; >=1.18 is needed']);
});

test('refuses a Gunicorn that is too old; an app that has none yet brings its own [PF-02]', () => {
  expect(version('gunicorn', '19.9.0')).toEqual(['web-1: gunicorn is 19.9.0, >=20 is needed']);
  expect(version('gunicorn', null)).toEqual([]);
});

test('refuses a git that is too old', () => {
  expect(version('git', '2.20.1')).toEqual(['web-1: git is 2.20.1, >=2.30 is needed']);
});

test('refuses a Python that is too old, by the version that the app asks for [PF-25]', () => {
  expect(version('python', '3.10.14')).toEqual(['web-1: python is 3.10.14, >=3.11 is needed']);
  expect(version('python', null)).toEqual(['web-1: the version of python could not be read; >=3.11 is needed']);
  expect(version('python', '3.11.9', { ...settings, versions: { ...settings.versions, python: '>=3.12' } })).toEqual(['web-1: python is 3.11.9, >=3.12 is needed']);
});

test('versions that nobody asked for are recorded, not judged', () => {
  expect(version('openssl', null)).toEqual([]);
});

test('refuses a release that is no tag of the repository, and says how to make it one [PF-05]', () => {
  expect(judged({ release: { commit: null, problem: null } })).toEqual(['web-1: there is no tag v1.1.0 in file:///srv/git/shop.git; push it first (git push origin v1.1.0)']);
});

test('refuses a repository that cannot be read, with git\'s reason [PF-05]', () => {
  expect(judged({ release: { commit: null, problem: 'fatal: does not appear to be a git repository' } })).toEqual([
    'web-1: the repository file:///srv/git/shop.git cannot be read: fatal: does not appear to be a git repository',
  ]);
});

test('refuses hosts that see different commits behind the tag', () => {
  const facts = { 'web-1': brownfield(), 'web-2': brownfield({ release: { commit: 'd'.repeat(40), problem: null } }) };
  expect(preflight(settings, 'v1.1.0', facts)).toEqual([`the hosts see different commits behind v1.1.0: ${COMMIT}, ${'d'.repeat(40)}`]);
});

test('refuses an nginx that does not run', () => {
  expect(nginx({ active: false })).toEqual(['web-1: nginx is not running; start it first']);
});

test('refuses an nginx whose configuration is broken already [NG-04]', () => {
  expect(nginx({ testOk: false, test: 'nginx: [emerg] no "events" section' })).toEqual(['web-1: nginx -t already refuses the configuration as it is (nginx: [emerg] no "events" section); mend it first']);
});

test('refuses an enabled site that is a file: its content would be lost [A-13]', () => {
  expect(nginx({ enabled: { kind: 'file', target: null } })).toEqual(['web-1: /etc/nginx/sites-enabled/shop is a file and not a link: move it to /etc/nginx/sites-available/shop and link it']);
  expect(nginx({ enabled: { kind: 'missing', target: null } })).toEqual([]);
});

test('refuses a site that was never installed', () => {
  expect(nginx({ vhost: null, vhostSha256: null })).toEqual(['web-1: /etc/nginx/sites-available/shop does not exist; install the site once by hand']);
});

test('refuses a vhost for which no maintenance page could be served', () => {
  expect(nginx({ vhost: 'server {\n    server_name shop.test;\n}\n' })).toEqual([
    'web-1: /etc/nginx/sites-available/shop has no server block with a listen line, so no maintenance page can be served for it; write one',
  ]);
});

test('refuses to take out a site that is no link: it could not come back as it was [A-06]', () => {
  expect(nginx({ others: [{ path: '/etc/nginx/sites-enabled/default', kind: 'file', target: null }] })).toEqual([
    'web-1: /etc/nginx/sites-enabled/default is a file and not a link; make it one or take it out of nginx.disable_sites',
  ]);
});

test('refuses a certificate that ends too soon, has ended, is for another name or cannot be read [PF-03]', () => {
  expect(certificate({ days: 13 })).toEqual(['web-1: the certificate /etc/ssl/shop/server.crt is valid for 13 more days, 14 are needed; renew it']);
  expect(certificate({ days: -2 })).toEqual(['web-1: the certificate /etc/ssl/shop/server.crt is valid for -2 more days, 14 are needed; renew it']);
  expect(certificate({ days: 14 })).toEqual([]);
  expect(certificate({ matches: false })).toEqual(['web-1: the certificate /etc/ssl/shop/server.crt is not for shop.test']);
  expect(certificate({ days: null, matches: false, problem: 'unable to load certificate' })).toEqual(['web-1: the certificate /etc/ssl/shop/server.crt cannot be read: unable to load certificate']);
});

test('refuses a local way in whose port is taken', () => {
  expect(judged({ listening: [8443] })).toEqual(['web-1: the port 8443 for the local way in is taken; choose another in nginx.local_port or local_http_port']);
});

test('refuses an app that is not there, or is a file', () => {
  expect(judged({ app: { kind: 'missing', target: null } })).toEqual(['web-1: /opt/shop is missing; install the app there once, or correct paths.app']);
  expect(judged({ app: { kind: 'file', target: null } })).toEqual(['web-1: /opt/shop is a file; install the app there once, or correct paths.app']);
});

test('refuses an app\'s link that no deployment made', () => {
  expect(judged({ app: { kind: 'link', target: '/srv/shop' } })).toEqual(['web-1: /opt/shop points at /srv/shop, which no deployment made; was it changed by hand?']);
});

test('refuses a shared path that is a link which the first deployment would break; afterwards, and to another disk, it is welcome', () => {
  for (const target of ['../disk/media', '/opt/shop/var/media']) {
    expect(judged({ sharedLinks: { media: target } })).toEqual([
      `web-1: /opt/shop/media is a link to ${target}, which the first deployment would break; let it lead to an absolute path outside /opt/shop, or put the files there`,
    ]);
  }
  expect(judged({ sharedLinks: { media: '/mnt/disk/media' } })).toEqual([]);
  expect(preflight(settings, 'v1.1.0', { 'web-1': deployed({ sharedLinks: { media: '../../shared/media' } }) })).toEqual([]);
});

test('refuses changes made by hand in the live tree, and names the first of them [PF-09]', () => {
  expect(judged({ dirty: [' M app.py', ' M a', ' D b', ' M c'] })).toEqual(['web-1: /opt/shop has changes that are not committed ( M app.py;  M a;  D b); commit them or put them back']);
});

test('refuses an app without its settings file [PF-10]', () => {
  expect(judged({ env: { missing: [], wrong: [], file: false } })).toEqual(['web-1: .env is missing in /opt/shop']);
});

test('refuses settings that lack a required variable, by name only [PF-10, PF-11, SE-01]', () => {
  expect(judged({ env: { missing: ['SECRET_KEY', 'MEDIA_ROOT'], wrong: [], file: true } })).toEqual(['web-1: .env lacks SECRET_KEY, MEDIA_ROOT']);
});

test('refuses settings with another value than the one that is asserted, by name only [A-41]', () => {
  expect(judged({ env: { missing: [], wrong: ['DEBUG'], file: true } })).toEqual(['web-1: .env has another value than configured for DEBUG']);
  expect(judged({ env: null })).toEqual([]);
});

test('refuses a unit that comes from a place where nothing is deployed', () => {
  const [unit] = brownfield().units;
  expect(judged({ units: [{ ...(unit as NonNullable<typeof unit>), fragment: '/lib/systemd/system/shop.service' }] })).toEqual([
    'web-1: shop.service comes from /lib/systemd/system/shop.service; only units in /etc/systemd/system can be deployed',
  ]);
  expect(judged({ units: [{ ...(unit as NonNullable<typeof unit>), fragment: '' }] })).toEqual([]);
});

test('refuses a schema change for a database that is not there, since no backup could be taken [A-21, PF-04]', () => {
  expect(judged({ database: { kind: 'missing', target: null } })).toEqual(['web-1: the database data/shop.sqlite3 is missing: a schema change without a backup is refused']);
  expect(judged({ database: { kind: 'link', target: '/mnt/shop.sqlite3' } })).toEqual([]);
  expect(judged({ database: null })).toEqual([]);
});

test('tells everything at once, for every host by its name', () => {
  const bad = { owner: false, tools: ['flock'], nginx: { ...brownfield().nginx, active: false } };
  const problems = preflight(settings, 'v1.1.0', { 'web-1': brownfield(bad), 'web-2': brownfield(), 'web-3': brownfield(bad) });
  expect(problems).toHaveLength(6);
  expect(problems.map((sentence) => sentence.slice(0, 6))).toEqual(['web-1:', 'web-1:', 'web-1:', 'web-3:', 'web-3:', 'web-3:']);
});

test('a staging host whose .env still holds production\'s values is refused: each environment asserts its own, on hosts of its own [A-08, A-10, SE-08]', () => {
  const settings = { ...shopSettings(), environment: 'staging', env: { ...shopSettings().env, assert: { ENVIRONMENT: 'staging' } } };
  expect(preflight(settings, 'v1.1.0', { 'stage-1': brownfield({ env: { file: true, missing: [], wrong: ['ENVIRONMENT'] } }) })).toEqual(['stage-1: .env has another value than configured for ENVIRONMENT']);
  // No step reaches another machine, so none brings an environment file from one.
  const scripts = shopPlan().steps.flatMap((step) => Object.values(step.tasks).flatMap((task) => [task.run?.script ?? '', task.undo?.script ?? '']));
  expect(scripts.filter((script) => /\b(scp|rsync|sftp|ssh)\b/.test(script))).toEqual([]);
});
