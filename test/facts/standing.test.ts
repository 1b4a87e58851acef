import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Standing, Unfinished } from '../../src/facts/facts';
import { Fakes } from '../commands/support/fakes';
import { plant } from '../commands/support/plant';
import { PATH, temporary, tool } from '../commands/support/run';
import { tree } from '../commands/support/tree';

const HELPER = resolve(__dirname, '../../src/hosts/helper');
const sum = (path: string): string => tool('sha256sum', path).slice(0, 64);
const as = (value: unknown): string => `${JSON.stringify(value)}\n#end\n`;

/** The value of a Python expression in which the helper's modules stand, with `given` as JSON. */
function python<T>(expression: string, given: unknown): T {
  const code = `import json, sys; sys.path.insert(0, sys.argv[1]); import standing, unfinished; given = json.loads(sys.argv[2]); print(json.dumps(${expression}))`;
  return JSON.parse(execFileSync('python3', ['-I', '-B', '-c', code, HELPER, JSON.stringify(given)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })) as T;
}

/** A release of ours below a folder, with the mirror that it was made from. */
function release() {
  const folder = temporary();
  plant(folder, { 'src/app.py': 'print(1)\n', 'src/run.sh': '#!/bin/sh\n', 'src/link': { to: 'app.py' }, 'src/lib/a b.py': 'a\n', 'src/media/seed.txt': 'seed\n', 'state/.keep': '' });
  chmodSync(join(folder, 'src/run.sh'), 0o755);
  const git = (...args: string[]): string => tool('git', '-c', 'safe.directory=*', '-C', join(folder, 'src'), '-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args).trim();
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'One');
  tool('git', 'clone', '--quiet', '--bare', join(folder, 'src'), join(folder, 'state/repository.git'));
  const commit = git('rev-parse', 'HEAD');
  const app = join(folder, 'releases/d1');
  mkdirSync(join(folder, 'releases'));
  tool('cp', '-a', join(folder, 'src'), app);
  tool('rm', '-r', join(app, '.git'));
  writeFileSync(join(app, 'REVISION'), JSON.stringify({ release: 'v1', commit, deployment: 'd1' }));
  const code = (at = commit, mirror = join(folder, 'state/repository.git')): Record<string, string> | null => python('standing.code(given["app"], given["mirror"], given["commit"], ["media"])', { app, mirror, commit: at });
  return { folder, app, commit, code };
}

test('the last step keeps one look, whole: links, REVISION, files by checksum, and of drop-ins those below /etc alone', () => {
  const { folder, app } = release();
  const link = join(folder, 'app');
  symlinkSync(app, link);
  plant(folder, { 'sites/available/shop': 'server {}\n', 'sites/enabled/shop': { to: '../available/shop' }, 'sites/enabled/default': 'a file', 'units/shop.service': '[Service]\n', 'state/d1/.keep': '' });
  const fakes = new Fakes(folder).add('systemctl', "printf 'ActiveState=active\\nUnitFileState=enabled\\nFragmentPath=/etc/x\\nDropInPaths=/etc/hostname /run/systemd/x.conf /usr/lib/y.conf\\n'");
  const request = {
    app: link, root: join(folder, 'state'), shared: ['media'], units: [{ name: 'shop.service', path: join(folder, 'units/shop.service') }],
    nginx: { site: 'shop', available_dir: join(folder, 'sites/available'), enabled_dir: join(folder, 'sites/enabled'), disable_sites: ['default', 'none'] },
  };
  const file = join(folder, 'state/d1/left.json');
  execFileSync('python3', ['-I', '-B', HELPER, 'standing', JSON.stringify(request), file], { env: { ...process.env, PATH: `${fakes.bin}:${PATH}` } });
  const [text, end] = readFileSync(file, 'utf8').split('\n#end');
  expect(end).toBe('\n');
  expect(JSON.parse(text ?? '') as Standing).toEqual({
    app: { path: link, kind: 'link', target: app }, revision: 'd1', images: null, code: {},
    units: { 'shop.service': { path: join(folder, 'units/shop.service'), sha256: sum(join(folder, 'units/shop.service')), enabled: 'enabled', dropIns: { '/etc/hostname': sum('/etc/hostname') } } },
    site: {
      enabled: { path: join(folder, 'sites/enabled/shop'), kind: 'link', target: '../available/shop' }, vhost: { path: join(folder, 'sites/available/shop'), sha256: sum(join(folder, 'sites/available/shop')) },
      maintenance: { path: join(folder, 'sites/available/shop.maintenance'), sha256: null },
      others: { [join(folder, 'sites/enabled/default')]: { kind: 'file', target: null }, [join(folder, 'sites/enabled/none')]: { kind: 'missing', target: null } },
    },
  });
});

test('tracked files that are not as committed are told: content, gone, made executable, a link in place of a file; untracked and shared ones are not', () => {
  const { app, code } = release();
  expect(code()).toEqual({});
  writeFileSync(join(app, 'app.py'), 'print(2)\n');
  unlinkSync(join(app, 'lib/a b.py'));
  chmodSync(join(app, 'run.sh'), 0o644);
  unlinkSync(join(app, 'link'));
  symlinkSync('/etc/hostname', join(app, 'link'));
  writeFileSync(join(app, 'media/seed.txt'), 'by a user');
  writeFileSync(join(app, 'new.py'), 'new');
  const found = code();
  expect(Object.keys(found ?? {}).sort()).toEqual(['app.py', 'lib/a b.py', 'link', 'run.sh']);
  expect(found).toMatchObject({ 'app.py': expect.stringMatching(/^100644 [0-9a-f]{40}$/) as string, 'lib/a b.py': 'missing -', 'run.sh': expect.stringMatching(/^100644 /) as string, link: expect.stringMatching(/^120000 /) as string });
});

test('where git cannot tell what was committed nothing is told of the code', () => {
  const { folder, code } = release();
  expect(code('f'.repeat(40))).toBeNull();
  expect(code('--all')).toBeNull();
  expect(code(undefined, join(folder, 'no-such-mirror'))).toBeNull();
});

test('what was left is what a way back found, else what the head\'s last step kept; a file that was cut short is nothing', () => {
  const folder = temporary();
  plant(folder, { 'd1/left.json': as({ revision: 'kept' }), 'd2/left.json': '{"revision": "cut' });
  const left = (head: object | null): unknown => python('standing.left(given["root"], given["head"])', { root: folder, head });
  expect(left({ deployment: 'd1', left: { revision: 'found' } })).toEqual({ revision: 'found' });
  expect(left({ deployment: 'd1' })).toEqual({ revision: 'kept' });
  expect(left({ left: { revision: 'found' } })).toEqual({ revision: 'found' });
  for (const head of [null, {}, { deployment: 'd2' }, { deployment: 'd3' }]) expect(left(head)).toBeNull();
});

test('of a run that was taken over those changes are told that stand and have an undo; looking at them makes nothing [F14]', () => {
  const folder = temporary();
  const ended = { started: as({ at: 'then', sha256: 's', pid: 1, holder: 'd1', boot: 'earlier' }), exit: as({ code: 0, cancelled: false, ended: 'then' }) };
  const run = (step: string, name = 'forward'): Record<string, string> => ({ [`d1/tasks/${step}/${name}/started.json`]: ended.started, [`d1/tasks/${step}/${name}/exit.json`]: ended.exit, [`d1/tasks/${step}/${name}/out`]: '' });
  const step = (id: string, phase: string, more: object = {}): object => ({ id, title: `step ${id}`, phase, kind: 'change', tasks: { 'web-1': { run: {}, undo: {} } }, ...more });
  const steps = [
    step('01', 'prepare'), step('02', 'backup'), step('03', 'close'), step('04', 'stop'), step('05', 'stop', { tasks: { 'web-1': { run: {} } } }), step('06', 'check', { kind: 'check' }), step('07', 'switch'), step('08', 'switch'),
  ];
  plant(folder, {
    'claim.json': as({ open: false, unfinished: ['d0', 'd1'] }), 'd1/plan.json': JSON.stringify({ release: { tag: 'v1' }, steps }),
    ...['01', '02', '03', '04', '05', '06', '07'].map((id) => run(id)).reduce((all, each) => ({ ...all, ...each })), ...run('04', 'undo-1'),
    // Locks that a look takes are there from the runs themselves.
    ...Object.fromEntries(['03', '04', '07'].map((id) => [`d1/tasks/${id}/lock`, ''])),
  });
  const before = tree(folder);
  expect(python<Unfinished[]>('unfinished.unfinished(given)', folder)).toEqual([{ deployment: 'd1', release: 'v1', begun: ['step 03', 'step 07'] }]);
  expect(tree(folder)).toEqual(before);
  expect(python('unfinished.claimed(given)', folder)).toBeNull();
  writeFileSync(join(folder, 'claim.json'), as({ open: true, holder: 'd2', deployment: 'd2', by: 'ada', at: 'now', epoch: 3, unfinished: [] }));
  expect(python('unfinished.claimed(given)', folder)).toEqual({ holder: 'd2', deployment: 'd2', by: 'ada', at: 'now' });
});
