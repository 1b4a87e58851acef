import { execFile, execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { chmodSync, chownSync, readFileSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Settings } from '../../src/config/schema';
import { factsRequest } from '../../src/facts/ask';
import type { HostFacts } from '../../src/facts/facts';
import { preflight } from '../../src/plan/preflight';
import { Fakes } from '../commands/support/fakes';
import { plant } from '../commands/support/plant';
import { PATH, temporary, tool } from '../commands/support/run';
import { tree } from '../commands/support/tree';
import { shopPlan, shopSettings, VHOST } from '../plan/support/shop';

const HELPER = resolve(__dirname, '../../src/hosts/helper');
const DAEMON = 1;
const SECRET = 'hunter2-3f9c';

/** A host's files below a directory of our own: the shop as a git checkout of its user's, a vhost, a repository; nginx and systemd are stand-ins. */
function host() {
  const folder = temporary();
  chmodSync(folder, 0o755);
  const app = join(folder, 'opt/shop');
  const git = (...args: string[]): string => tool('git', '-c', 'safe.directory=*', '-C', app, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args).trim();
  plant(folder, {
    'opt/shop/app.py': 'print(1)\n', 'opt/shop/run.py': 'run\n', 'opt/shop/media/seed.txt': 'seed\n', 'opt/shop/.gitignore': '.env\ndata\nvenv\n',
    'etc/available/shop': VHOST.replaceAll('/etc/ssl/shop/', `${folder}/ssl/`), 'etc/enabled/shop': { to: '../available/shop' }, 'etc/unit': '[Service]\n', ssl: null,
  });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'One');
  git('tag', '-a', 'v1', '-m', 'One');
  plant(folder, { 'opt/shop/.env': `SECRET_KEY=${SECRET}\nDEBUG=false\nDATABASE_PATH=${app}/data/shop.sqlite3\nMEDIA_ROOT=${app}/media\n`, 'opt/shop/data/shop.sqlite3': 'rows' });
  plant(folder, { 'opt/shop/venv/bin/python': `#!/bin/sh\nid -u > ${folder}/gunicorn-ran-as\necho 'gunicorn (version 23.0.0)'\n` });
  chmodSync(join(app, 'venv/bin/python'), 0o755);
  const repository = join(folder, 'srv/shop.git');
  tool('git', 'clone', '--quiet', '--bare', '--no-hardlinks', app, repository);
  tool('chown', '-R', `${DAEMON}:${DAEMON}`, app);
  writeFileSync(join(folder, 'gunicorn-ran-as'), '');
  chmodSync(join(folder, 'gunicorn-ran-as'), 0o666);
  const fakes = new Fakes(folder)
    .add('nginx', "case \"$1\" in -v) echo 'nginx version: nginx/1.22.1' >&2 ;; esac")
    .add('systemctl', `case "$1" in show) printf 'ActiveState=active\\nUnitFileState=enabled\\nFragmentPath=${folder}/etc/unit\\nDropInPaths=/etc/a.conf /etc/b.conf\\n' ;; esac`);
  const plain = shopSettings();
  const settings: Settings = {
    ...plain, repository: `file://${repository}`, paths: { app, releases: `${app}.releases`, state: join(folder, 'state') }, owner: { user: 'daemon', group: 'daemon' }, probes: [],
    nginx: { ...plain.nginx, available_dir: join(folder, 'etc/available'), enabled_dir: join(folder, 'etc/enabled') },
  };
  certificate(folder, 'shop.test', '80');
  /** The request that a deployment sends; the one path that is fixed, the unit's, led to our own tree. */
  const request = (over: object = {}): object => ({ ...factsRequest(settings, 'v1'), tools: [], units: [{ name: 'shop.service', path: join(folder, 'etc/unit') }], ...over });
  const read = (over: object = {}): { facts: HostFacts; output: string } => {
    const output = execFileSync('python3', ['-I', '-B', HELPER, 'facts', JSON.stringify(request(over))], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${fakes.bin}:${PATH}` } });
    return { facts: JSON.parse(output) as HostFacts, output };
  };
  return { folder, app, git, repository, fakes, settings, request, read, facts: (over: object = {}): HostFacts => read(over).facts };
}

function certificate(folder: string, name: string, days: string, file = 'server'): void {
  tool('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', days, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', join(folder, 'ssl', `${file}.key`), '-out', join(folder, 'ssl', `${file}.crt`));
}

test('a sound host is read as one: nothing keeps a deployment back, and a plan can be made of it [PF-01, PF-02]', () => {
  const { folder, app, git, settings, facts } = host();
  const found = facts();
  expect(preflight({ ...settings, thresholds: { ...settings.thresholds, load_per_cpu: 1000, disk_free: '1%' }, versions: {}, python: { ...settings.python, version: '>=3.7' } }, 'v1', { 'web-1': found }).filter((sentence) => !sentence.includes('comes from'))).toEqual([]);
  expect(found).toMatchObject({
    app: { kind: 'directory', target: null }, revision: null, folders: [], shared: { '.env': true, media: true, data: true }, sharedLinks: {}, dirty: [],
    units: [{ name: 'shop.service', path: join(folder, 'etc/unit'), active: true, state: 'active', enabled: 'enabled', dropIns: ['/etc/a.conf', '/etc/b.conf'], fragment: join(folder, 'etc/unit') }],
    nginx: { active: true, testOk: true, enabled: { kind: 'link', target: '../available/shop' }, maintenanceSha256: null, others: [] },
    env: { missing: [], wrong: [], file: true }, release: { commit: git('rev-parse', 'HEAD'), problem: null }, owner: true, database: { kind: 'file', target: null }, listening: [], probes: {}, tools: [], head: null,
  });
  expect(found.versions).toMatchObject({ nginx: '1.22.1', gunicorn: '23.0.0' });
  for (const name of ['python', 'git', 'openssl']) expect(found.versions[name]).toMatch(/^\d+\.\d+/);
  expect(found.nginx.vhostSha256).toBe(tool('sha256sum', join(folder, 'etc/available/shop')).slice(0, 64));
  expect(found.units[0]?.sha256).toBe(tool('sha256sum', join(folder, 'etc/unit')).slice(0, 64));
  expect(found.cpus).toBeGreaterThan(0);
  expect(found.memoryAvailable).toBeGreaterThan(2 ** 20);
  expect(shopPlan({ 'web-1': found }, { settings }).previous?.path).toMatch(`${app}.releases/releases/legacy-`);
});

test('of the folders that a first deployment makes those that an administrator made are known, for the way back leaves them', () => {
  const { folder, app, facts } = host();
  plant(folder, { 'opt/shop.releases/shared': null });
  expect(facts().folders).toEqual([`${app}.releases`, `${app}.releases/shared`]);
});

test('reading changes nothing on the host, not even git\'s index [PF-09]', () => {
  const { folder, app, facts } = host();
  // A file with another time and the same content is what makes git write its index anew.
  const old = new Date('2020-01-01T00:00:00Z');
  utimesSync(join(app, 'app.py'), old, old);
  const look = (): string[] => tree(folder).filter((line) => !/ (calls|gunicorn-ran-as)/.test(line));
  const before = look();
  expect(facts().dirty).toEqual([]);
  expect(look()).toEqual(before);
});

test('changes made by hand are told, those below shared paths are not [PF-09, A-44]', () => {
  const { app, facts } = host();
  writeFileSync(join(app, 'app.py'), 'print(2)\n');
  unlinkSync(join(app, 'run.py'));
  writeFileSync(join(app, 'media/seed.txt'), 'changed by a user\n');
  writeFileSync(join(app, 'untracked.txt'), 'new\n');
  expect(facts().dirty.map((line) => line.trim()).sort()).toEqual(['D run.py', 'M app.py']);
});

test('a tree that git cannot judge counts as changed', () => {
  const { app, facts } = host();
  writeFileSync(join(app, '.git/index'), 'broken');
  expect(facts().dirty[0]).toMatch(/^git status: /);
});

test('what the app\'s user can write is run as that user and never as root: git\'s hooks, the environment\'s Python', () => {
  const { folder, app, git, facts } = host();
  const seen = join(folder, 'hook-ran-as');
  writeFileSync(seen, '');
  chmodSync(seen, 0o666);
  plant(folder, { 'opt/shop/hook': `#!/bin/sh\nid -u > ${seen}\n` });
  chmodSync(join(app, 'hook'), 0o755);
  git('config', 'core.fsmonitor', join(app, 'hook'));
  chownSync(join(app, '.git/config'), DAEMON, DAEMON);
  facts();
  expect(readFileSync(seen, 'utf8')).toBe(`${DAEMON}\n`);
  expect(readFileSync(join(folder, 'gunicorn-ran-as'), 'utf8')).toBe(`${DAEMON}\n`);
});

test('settings are judged by name: quotes, export, comments, empty and doubled ones [PF-10, PF-11, A-41]', () => {
  const { app, facts } = host();
  const env = (text: string, required: string[], assert: Record<string, string> = {}): HostFacts['env'] => {
    writeFileSync(join(app, '.env'), text);
    return facts({ env: { file: '.env', required, assert } }).env;
  };
  expect(env(`# A=commented\nexport B="quoted ${SECRET}"\n  C='single'\nD=\nE=""\nF = spaced\nG=x=y\nH=old\nH=\n`, ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])).toEqual({ missing: ['A', 'D', 'E', 'H'], wrong: [], file: true });
  expect(env('DEBUG="False"\nMODE=live\n', [], { DEBUG: 'false', MODE: 'dry', GONE: 'x' })).toEqual({ missing: [], wrong: ['MODE', 'GONE'], file: true });
  unlinkSync(join(app, '.env'));
  expect(facts({ env: { file: '.env', required: ['A'], assert: {} } }).env).toEqual({ missing: ['A'], wrong: [], file: false });
  expect(facts({ env: null }).env).toBeNull();
});

test('no value of the settings file is ever in what is told, whatever is wrong with it [SE-01, PF-11]', () => {
  const { app, read } = host();
  const values = [SECRET, 'abc-quoted-4711', 'not a line 0815', 'wrong-debug-99'];
  for (const text of [
    `SECRET_KEY=${SECRET}\nDEBUG=${values[3] ?? ''}\nDATABASE_PATH="${values[1] ?? ''}"\n`,
    `${values[2] ?? ''}\nSECRET_KEY ${SECRET}\nexport\n=${values[1] ?? ''}\n`,
    `SECRET_KEY="${SECRET}\n${values[1] ?? ''}\nDEBUG=${values[3] ?? ''}`,
  ]) {
    writeFileSync(join(app, '.env'), text);
    const { output } = read();
    for (const value of values) expect(output).not.toContain(value);
  }
});

test('certificates: days left, ended, for another name, not readable, with quotes around the path [PF-03]', () => {
  const { folder, facts } = host();
  expect(facts().certificates).toEqual([{ path: join(folder, 'ssl/server.crt'), days: 79, matches: true, problem: null }]);
  certificate(folder, 'other.test', '3', 'other');
  const request = join(folder, 'ssl/ended.csr');
  tool('openssl', 'req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=shop.test', '-addext', 'subjectAltName=DNS:shop.test', '-keyout', join(folder, 'ssl/ended.key'), '-out', request);
  tool('openssl', 'x509', '-req', '-in', request, '-copy_extensions', 'copyall', '-signkey', join(folder, 'ssl/ended.key'), '-days', '-1', '-out', join(folder, 'ssl/ended.crt'));
  writeFileSync(join(folder, 'ssl/broken.crt'), 'no certificate');
  const names = ['other', 'ended', 'broken', 'missing'];
  writeFileSync(join(folder, 'etc/available/shop'), `server { listen 443 ssl;\n${names.map((name) => `  ssl_certificate "${folder}/ssl/${name}.crt";`).join('\n')}\n  # ssl_certificate /none;\n  ssl_certificate_key /none; }\n`);
  const found = Object.fromEntries(facts().certificates.map((one) => [one.path.split('/').at(-1), one]));
  expect(found['other.crt']).toMatchObject({ days: 2, matches: false });
  expect(found['ended.crt']?.days).toBeLessThan(0);
  expect(found['ended.crt']?.matches).toBe(true);
  for (const name of ['broken.crt', 'missing.crt']) expect(found[name]).toMatchObject({ days: null, problem: expect.stringMatching(/./) });
  expect(Object.keys(found).sort()).toEqual(['broken.crt', 'ended.crt', 'missing.crt', 'other.crt']);
});

test('ports that somebody listens on are told, free ones are not', async () => {
  const { facts } = host();
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(facts({ ports: [port, 1] }).listening).toEqual([port]);
});

test('a disk is measured where a path will be made, before it is there [PF-22]', () => {
  const { folder, facts } = host();
  const { disk } = facts({ disks: [join(folder, 'not/yet'), folder, '/'] });
  expect(disk[join(folder, 'not/yet')]?.free).toBeGreaterThan(0);
  expect(Math.abs((disk[join(folder, 'not/yet')]?.percent ?? 0) - (disk[folder]?.percent ?? 100))).toBeLessThan(1);
  const [free, total] = tool('df', '--output=avail,size', '--block-size=1', '/').split('\n')[1]?.trim().split(/\s+/).map(Number) ?? [];
  expect(disk['/']?.percent).toBeCloseTo((100 * (free ?? 0)) / (total ?? 1), -1);
});

test('a tag is told by the commit behind it; a missing one and an unreadable repository are two things [PF-05]', () => {
  const { git, repository, facts } = host();
  git('tag', 'light');
  git('push', '--quiet', repository, 'light');
  const commit = git('rev-parse', 'HEAD');
  expect(git('rev-parse', 'v1')).not.toBe(commit);
  expect(facts().release).toEqual({ commit, problem: null });
  expect(facts({ tag: 'light' }).release).toEqual({ commit, problem: null });
  for (const tag of ['v9', 'v*', '1']) expect(facts({ tag }).release).toEqual({ commit: null, problem: null });
  const { problem } = facts({ repository: 'file:///nowhere/shop.git' }).release;
  expect(problem).toBe("fatal: '/nowhere/shop.git' does not appear to be a git repository");
});

test('links are told by what they say: the app\'s own after a deployment, and shared ones', () => {
  const { folder, app, facts } = host();
  const release = join(folder, 'opt/shop.releases/releases/d1');
  plant(folder, { 'opt/shop.releases/releases/d1/REVISION': '{"release": "v1", "commit": "c", "deployment": "d1"}', 'state/shop/production/head.json': '{"deployment": "d1"}\n#end\n' });
  symlinkSync('/mnt/disk/media', join(release, 'media'));
  tool('mv', app, join(folder, 'old'));
  symlinkSync(release, app);
  expect(facts()).toMatchObject({
    app: { kind: 'link', target: release }, revision: { release: 'v1', commit: 'c', deployment: 'd1' }, shared: { '.env': false, media: true, data: false }, sharedLinks: { media: '/mnt/disk/media' },
    dirty: [], database: { kind: 'missing', target: null }, head: { deployment: 'd1' },
  });
});

test('what is wrong with nginx, its sites and the programs is told, not guessed', () => {
  const { folder, fakes, facts } = host();
  fakes.add('nginx', 'echo "nginx: [emerg] no" >&2; exit 1').add('systemctl', 'exit 3');
  plant(folder, { 'etc/enabled/default': 'a file', 'etc/available/shop.maintenance': 'by hand' });
  const found = facts({ nginx: { site: 'shop', available_dir: join(folder, 'etc/available'), enabled_dir: join(folder, 'etc/enabled'), disable_sites: ['default', 'none'] }, tools: ['sh', 'no-such-program'], owner: { user: 'daemon', group: 'no-such-group' } });
  expect(found.nginx).toMatchObject({ active: false, testOk: false, test: 'nginx: [emerg] no', others: [{ path: join(folder, 'etc/enabled/default'), kind: 'file', target: null }] });
  expect(found.nginx.maintenanceSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(found.units[0]).toMatchObject({ active: false, state: null, dropIns: [], fragment: null });
  expect(found.versions['nginx']).toBeNull();
  expect([found.tools, found.owner]).toEqual([['no-such-program'], false]);
});

test('how the site answers now is told: status, JSON, whether it holds a text; and why it does not [PF-14, A-28]', async () => {
  const { request, fakes } = host();
  const server = createServer((incoming, response) => {
    response.statusCode = incoming.url === '/broken' ? 500 : 200;
    response.end(incoming.url === '/json' ? '{"version": "v1.0.0"}' : `hello ${incoming.headers.host ?? ''}`);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const connect = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const at = (name: string, more: object = {}): object => ({ name, url: `http://shop.test/${name}`, connect, verify: false, ...more });
  const spec = request({ probes: [at('json'), at('page', { contains: 'hello shop.test' }), at('other', { contains: 'nothing like it' }), at('broken'), at('gone', { connect: '127.0.0.1:1' })] });
  // Not execFileSync: this process is the server.
  const output = await new Promise<string>((resolve, reject) => {
    execFile('python3', ['-I', '-B', HELPER, 'facts', JSON.stringify(spec)], { env: { ...process.env, PATH: `${fakes.bin}:${PATH}` } }, (error, stdout) => (error ? reject(new Error(error.message)) : resolve(stdout)));
  });
  const { probes } = JSON.parse(output) as HostFacts;
  expect(probes).toMatchObject({
    json: { status: 200, json: { version: 'v1.0.0' }, contains: false, why: null },
    page: { status: 200, json: null, contains: true },
    other: { status: 200, contains: false },
    broken: { status: 500 },
    gone: { status: null, contains: false, why: expect.stringMatching(/^no answer: /) },
  });
  expect(output).not.toContain('hello');
});

test('independent readings go on side by side', () => {
  const { folder, fakes, facts } = host();
  // Each waits until the other has begun: one after the other, both would give up.
  const meet = (mine: string, other: string): string => `touch ${folder}/${mine}\ntries=0\nuntil [ -e ${folder}/${other} ]; do tries=$((tries + 1)); [ $tries -lt 400 ] || exit 1; sleep 0.025; done`;
  fakes
    .add('nginx', `case "$1" in -v)\n${meet('nginx', 'systemctl')}\necho 'nginx/1.22.1' ;; esac`)
    .add('systemctl', `case "$1" in show)\n${meet('systemctl', 'nginx')}\necho ActiveState=active ;; esac`);
  const found = facts();
  expect([found.versions['nginx'], found.units[0]?.active]).toEqual(['1.22.1', true]);
});
