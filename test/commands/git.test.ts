import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchTag, makeRelease, removeRelease, type ReleaseFolder } from '../../src/commands/git';
import { deaths } from './support/faults';
import { Fakes } from './support/fakes';
import { plant } from './support/plant';
import { lastWords, must, run, temporary, tool } from './support/run';
import { tree } from './support/tree';

const FOLDER: ReleaseFolder = {
  mirror: '/m.git', commit: 'c0ffee', tag: 'v1.2.0', deployment: 'd1', path: '/opt/shop.releases/releases/d1', shared: '/opt/shop.releases/shared',
  sharedPaths: ['.env', 'var/media'], owner: { user: 'shop', group: 'www' }, plain: null, stood: [],
};

test('fetching a tag: into a mirror of our own, only that tag, and it has to name the commit [RD-05, RD-06]', () => {
  expect(fetchTag('/m.git', 'file:///srv/git/shop.git', 'v1.2.0', 'c0ffee').script).toBe(String.raw`set -eu
tidy() { if [ -d /m.git ]; then find /m.git -type f '(' -name '*.lock' -o -name 'tmp_obj_*' -o -name 'tmp_pack_*' -o -name 'tmp_idx_*' ')' -delete; fi; }
tidy
trap tidy EXIT
trap 'exit 1' TERM INT
git init --quiet --bare /m.git
git --git-dir=/m.git -c gc.auto=0 fetch --quiet --no-tags --force -- file:///srv/git/shop.git refs/tags/v1.2.0:refs/tags/v1.2.0
found=$(git --git-dir=/m.git rev-parse 'refs/tags/v1.2.0^{commit}')
[ "$found" = c0ffee ] || { echo 'the tag v1.2.0 was moved: it is not the commit that was planned (c0ffee)' >&2; exit 90; }
git --git-dir=/m.git log -1 --oneline c0ffee
`);
});

test('fetching a tag with nasty names', () => {
  expect(fetchTag("/m's.git", '--upload-pack=$(id)', "v1'\n`id`", 'c0 ffee').script).toBe(`set -eu
tidy() { if [ -d '/m'\\''s.git' ]; then find '/m'\\''s.git' -type f '(' -name '*.lock' -o -name 'tmp_obj_*' -o -name 'tmp_pack_*' -o -name 'tmp_idx_*' ')' -delete; fi; }
tidy
trap tidy EXIT
trap 'exit 1' TERM INT
git init --quiet --bare '/m'\\''s.git'
git --git-dir='/m'\\''s.git' -c gc.auto=0 fetch --quiet --no-tags --force -- '--upload-pack=$(id)' 'refs/tags/v1'\\''
\`id\`:refs/tags/v1'\\''
\`id\`'
found=$(git --git-dir='/m'\\''s.git' rev-parse 'refs/tags/v1'\\''
\`id\`^{commit}')
[ "$found" = 'c0 ffee' ] || { echo 'the tag v1'\\''
\`id\` was moved: it is not the commit that was planned (c0 ffee)' >&2; exit 90; }
git --git-dir='/m'\\''s.git' log -1 --oneline 'c0 ffee'
`);
});

test('making a release: under another name, whole, with links to what is shared, then renamed', () => {
  expect(makeRelease(FOLDER).script).toBe(String.raw`set -eu
if [ -d /opt/shop.releases/releases/d1 ]; then exit 0; fi
mkdir -p /opt/shop.releases/releases
rm -rf /opt/shop.releases/releases/d1.part
mkdir /opt/shop.releases/releases/d1.part
git --git-dir=/m.git -c tar.umask=022 archive --format=tar --output=/opt/shop.releases/releases/d1.part.tar c0ffee
tar -x -f /opt/shop.releases/releases/d1.part.tar -C /opt/shop.releases/releases/d1.part
rm /opt/shop.releases/releases/d1.part.tar
printf '%s\n' '{"release":"v1.2.0","commit":"c0ffee","deployment":"d1"}' > /opt/shop.releases/releases/d1.part/REVISION
rm -rf /opt/shop.releases/releases/d1.part/.env
ln -s /opt/shop.releases/shared/.env /opt/shop.releases/releases/d1.part/.env
rm -rf /opt/shop.releases/releases/d1.part/var/media
mkdir -p /opt/shop.releases/releases/d1.part/var
ln -s /opt/shop.releases/shared/var/media /opt/shop.releases/releases/d1.part/var/media
chown -Rh shop:www /opt/shop.releases/releases/d1.part
sync -f /opt/shop.releases/releases/d1.part
mv -T /opt/shop.releases/releases/d1.part /opt/shop.releases/releases/d1
`);
});

test('making a release with nasty names, while the app is still a plain directory', () => {
  const nasty: ReleaseFolder = { ...FOLDER, tag: `it's "x" $(id)`, path: "/o's/r/d 1", sharedPaths: ['-a b'], shared: '/$(s)', owner: { user: 'a b', group: '$c' }, plain: "/o'pt" };
  expect(makeRelease(nasty).script).toBe(String.raw`set -eu
if [ -d '/o'\''s/r/d 1' ]; then exit 0; fi
mkdir -p '/$(s)'
[ -e '/$(s)/-a b' ] || ln -sfn '/o'\''pt/-a b' '/$(s)/-a b'
mkdir -p '/o'\''s/r'
rm -rf '/o'\''s/r/d 1.part'
mkdir '/o'\''s/r/d 1.part'
git --git-dir=/m.git -c tar.umask=022 archive --format=tar --output='/o'\''s/r/d 1.part.tar' c0ffee
tar -x -f '/o'\''s/r/d 1.part.tar' -C '/o'\''s/r/d 1.part'
rm '/o'\''s/r/d 1.part.tar'
printf '%s\n' '{"release":"it'\''s \"x\" $(id)","commit":"c0ffee","deployment":"d1"}' > '/o'\''s/r/d 1.part/REVISION'
rm -rf '/o'\''s/r/d 1.part/-a b'
ln -s '/$(s)/-a b' '/o'\''s/r/d 1.part/-a b'
chown -Rh 'a b:$c' '/o'\''s/r/d 1.part'
sync -f '/o'\''s/r/d 1.part'
mv -T '/o'\''s/r/d 1.part' '/o'\''s/r/d 1'
`);
});

test('removing a release: never the live one, and with it the folders that are empty then', () => {
  expect(removeRelease({ ...FOLDER, plain: '/opt/shop' }, '/opt/shop').script).toBe(`set -eu
[ "$(readlink /opt/shop || true)" != /opt/shop.releases/releases/d1 ] || { echo '/opt/shop still points at /opt/shop.releases/releases/d1' >&2; exit 90; }
rm -rf /opt/shop.releases/releases/d1 /opt/shop.releases/releases/d1.part /opt/shop.releases/releases/d1.part.tar
[ ! -L /opt/shop.releases/shared/.env ] || rm /opt/shop.releases/shared/.env
[ ! -L /opt/shop.releases/shared/var/media ] || rm /opt/shop.releases/shared/var/media
rmdir --ignore-fail-on-non-empty /opt/shop.releases/shared/var 2>/dev/null || true
rmdir --ignore-fail-on-non-empty /opt/shop.releases/shared 2>/dev/null || true
rmdir --ignore-fail-on-non-empty /opt/shop.releases/releases 2>/dev/null || true
rmdir --ignore-fail-on-non-empty /opt/shop.releases 2>/dev/null || true
`);
  expect(removeRelease({ ...FOLDER, path: "/o's/r/d 1" }, '-x $(id)').script).toBe(String.raw`set -eu
[ "$(readlink '-x $(id)' || true)" != '/o'\''s/r/d 1' ] || { printf '%s\n' '-x $(id) still points at /o'\''s/r/d 1' >&2; exit 90; }
rm -rf '/o'\''s/r/d 1' '/o'\''s/r/d 1.part' '/o'\''s/r/d 1.part.tar'
rmdir --ignore-fail-on-non-empty '/o'\''s/r' 2>/dev/null || true
rmdir --ignore-fail-on-non-empty '/o'\''s' 2>/dev/null || true
`);
});

/** A repository with an annotated tag v1, and the folders of a host. */
function repository() {
  const folder = temporary();
  const work = join(folder, 'work');
  const git = (...args: string[]): string => tool('git', '-C', work, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false', ...args).trim();
  mkdirSync(work);
  git('init', '--quiet', '--initial-branch=main');
  plant(work, { 'app.py': 'print(1)', 'bin/run': '#!/bin/sh', 'link.py': { to: 'app.py' }, '.dot': 'dot', 'media/placeholder': 'in the repository by mistake' });
  chmodSync(join(work, 'bin/run'), 0o775);
  git('add', '--all');
  git('commit', '--quiet', '-m', 'One');
  git('tag', '-a', 'v1', '-m', 'One');
  const commit = git('rev-parse', 'HEAD');
  const mirror = join(folder, 'state/repository.git');
  const releases = join(folder, 'opt/shop.releases');
  const release: ReleaseFolder = {
    mirror, commit, tag: 'v1', deployment: 'd1', path: join(releases, 'releases/d1'), shared: join(releases, 'shared'), sharedPaths: ['.env', 'media', 'var/data'],
    owner: { user: 'daemon', group: 'daemon' }, plain: null, stood: [],
  };
  mkdirSync(join(folder, 'state'));
  return { folder, git, work, commit, mirror, releases, release, current: join(folder, 'opt/shop'), fetch: fetchTag(mirror, `file://${work}`, 'v1', commit) };
}

test('a tag is fetched, its commit told, and fetched once more without harm [PF-07, RD-05]', () => {
  const { commit, fetch } = repository();
  expect(must(fetch)).toBe(`${commit.slice(0, 7)} One\n`);
  expect(must(fetch)).toBe(`${commit.slice(0, 7)} One\n`);
});

test('a tag that was moved since the plan is refused [RD-06]', () => {
  const { git, work, commit, fetch } = repository();
  must(fetch);
  writeFileSync(join(work, 'app.py'), 'print(2)');
  git('commit', '--quiet', '--all', '-m', 'Two');
  git('tag', '--force', '-a', 'v1', '-m', 'Two');
  const answer = run(fetch);
  expect(answer.code).toBe(90);
  expect(lastWords(answer)).toBe(`the tag v1 was moved: it is not the commit that was planned (${commit})`);
});

test('a mirror whose making was cut short is mended', () => {
  const { mirror, fetch } = repository();
  mkdirSync(join(mirror, 'objects'), { recursive: true });
  must(fetch);
});

test('what a fetch that was ended in the middle has left half written goes with it, or with the next one where it was killed; what was fetched stays [F52]', () => {
  const { folder, mirror, commit, fetch } = repository();
  must(fetch);
  const whole = tree(mirror).map(withoutTime);
  const leave = { 'objects/pack/tmp_pack_a': 'half', 'objects/pack/tmp_idx_a': 'half', 'refs/tags/v1.lock': '', 'packed-refs.lock': '' };
  plant(mirror, leave);
  // Such a lock would stop every later one.
  expect(run({ ...fetch, script: `git --git-dir=${mirror} update-ref -d refs/tags/v1` }).code).not.toBe(0);
  expect(must(fetch)).toBe(`${commit.slice(0, 7)} One\n`);
  expect(tree(mirror).map(withoutTime)).toEqual(whole);
  // A git that is ended in the middle, and its shell with it, as a turn back ends them.
  const fakes = new Fakes(folder).add('git', `touch ${mirror}/objects/tmp_obj_OYu8ET; kill -TERM $PPID; sleep 0.2; exit 143`);
  expect(run(fetch, { path: [fakes.bin] }).code).toBe(1);
  expect(tree(mirror).map(withoutTime)).toEqual(whole);
});

test('a tag that is not there and a repository that is not there fail', () => {
  const { mirror, work, commit } = repository();
  expect(run(fetchTag(mirror, `file://${work}`, 'v9', commit)).code).not.toBe(0);
  expect(run(fetchTag(mirror, `file://${work}-not`, 'v1', commit)).code).not.toBe(0);
});

test('a release holds the tag\'s files with their modes, links to what is shared, and who it is [A-05, RD-19]', () => {
  const { release, fetch, commit } = repository();
  must(fetch);
  must(makeRelease(release));
  expect(tree(release.path).map((line) => line.replace(/ \d{10} [0-9a-f]{12}$/, ''))).toEqual([
    'dir  0755 1:1 .',
    'file 0644 1:1 .dot',
    `link 0777 1:1 .env -> ${release.shared}/.env`,
    'file 0644 1:1 REVISION',
    'file 0644 1:1 app.py',
    'dir  0755 1:1 bin',
    'file 0755 1:1 bin/run',
    'link 0777 1:1 link.py -> app.py',
    `link 0777 1:1 media -> ${release.shared}/media`,
    'dir  0755 1:1 var',
    `link 0777 1:1 var/data -> ${release.shared}/var/data`,
  ]);
  expect(JSON.parse(readFileSync(join(release.path, 'REVISION'), 'utf8'))).toEqual({ release: 'v1', commit, deployment: 'd1' });
});

test('an archive that cannot be unpacked whole makes no release [F33]', () => {
  const { release, fetch } = repository();
  must(fetch);
  const fakes = new Fakes(temporary()).add('tar', 'PATH=${PATH#*:} tar "$@"; exit 2');
  expect(run(makeRelease(release), { path: [fakes.bin] }).code).toBe(2);
  expect(existsSync(release.path)).toBe(false);
  must(makeRelease(release));
  expect(existsSync(join(release.path, 'app.py'))).toBe(true);
});

test('a commit that the mirror lacks makes no release', () => {
  const { release, fetch } = repository();
  must(fetch);
  expect(run(makeRelease({ ...release, commit: '0'.repeat(40) })).code).not.toBe(0);
  expect(existsSync(release.path)).toBe(false);
});

test('a release is there whole or not at all, wherever its making is killed, and its undo leaves nothing [F33, F52]', () => {
  const { folder, release, fetch, current, releases } = repository();
  must(fetch);
  plant(folder, { 'opt/shop/.env': 'SECRET=x', 'opt/shop/media/cup.txt': 'cup' });
  const plain = { ...release, plain: current };
  const before = tree(join(folder, 'opt'));
  const { dieAfter, count } = deaths(temporary());
  const changes = count(makeRelease(plain));
  expect(changes).toBeGreaterThan(10);
  const whole = tree(release.path);
  must(removeRelease(plain, current));
  expect(tree(join(folder, 'opt'))).toEqual(before);
  for (let n = 0; n <= changes; n++) {
    dieAfter(n, makeRelease(plain));
    if (n < changes) expect(existsSync(release.path)).toBe(false);
    must(makeRelease(plain));
    expect(tree(release.path).map(withoutTime)).toEqual(whole.map(withoutTime));
    must(removeRelease(plain, current));
    dieAfter(n, makeRelease(plain));
    must(removeRelease(plain, current));
    expect(tree(join(folder, 'opt'))).toEqual(before);
  }
  expect(existsSync(releases)).toBe(false);
});

test('folders that an administrator made beforehand stay on the way back, though they are empty', () => {
  const { folder, release, fetch, current, releases } = repository();
  must(fetch);
  plant(folder, { 'opt/shop/.env': 'SECRET=x', 'opt/shop.releases/shared/var': null });
  const plain = { ...release, plain: current, stood: [releases, join(releases, 'shared'), join(releases, 'shared/var')] };
  const before = tree(join(folder, 'opt'));
  must(makeRelease(plain));
  must(removeRelease(plain, current));
  expect(tree(join(folder, 'opt'))).toEqual(before);
});

/** The time of a file that was written anew is another. */
function withoutTime(line: string): string {
  return line.replace(/ \d{10} /, ' ');
}

test('before the conversion the new code finds the live settings through stand-ins; what is shared already is left alone', () => {
  const { folder, release, fetch, current } = repository();
  must(fetch);
  plant(folder, { 'opt/shop/.env': 'SECRET=x', 'opt/shop/media/cup.txt': 'cup', 'opt/shop.releases/shared/media/new.txt': 'new' });
  must(makeRelease({ ...release, plain: current }));
  expect(readFileSync(join(release.path, '.env'), 'utf8')).toBe('SECRET=x');
  expect(readlinkSync(join(release.shared, '.env'))).toBe(join(current, '.env'));
  expect(readFileSync(join(release.path, 'media/new.txt'), 'utf8')).toBe('new');
  must(removeRelease({ ...release, plain: current }, current));
  expect(readFileSync(join(folder, 'opt/shop/.env'), 'utf8')).toBe('SECRET=x');
  expect(readFileSync(join(release.shared, 'media/new.txt'), 'utf8')).toBe('new');
});

test('the live release is never removed', () => {
  const { release, fetch, current } = repository();
  must(fetch);
  must(makeRelease(release));
  symlinkSync(release.path, current);
  const answer = run(removeRelease(release, current));
  expect(answer.code).toBe(90);
  expect(lastWords(answer)).toBe(`${current} still points at ${release.path}`);
  expect(existsSync(join(release.path, 'app.py'))).toBe(true);
  rmSync(current);
  must(removeRelease(release, current));
  expect(existsSync(release.path)).toBe(false);
});
