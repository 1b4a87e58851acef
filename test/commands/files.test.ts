import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backup, beside, installFile, removeLink, restoreFile, savedCopy, swapLink } from '../../src/commands/files';
import { sh } from '../../src/commands/remote-command';
import { deaths } from './support/faults';
import { Fakes } from './support/fakes';
import { plant } from './support/plant';
import { lastWords, must, run, temporary, tool } from './support/run';
import { tree } from './support/tree';

const NASTY = `/srv/it's $(id) "x"\n-n`;
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

test('swapping a link: looks whose it is, makes the new one beside it, renames', () => {
  expect(sh(swapLink('/opt/shop', '/r/new', ['/r/old'])).script).toBe(`set -eu
case "$(readlink /opt/shop || true)" in
  /r/new | /r/old) ;;
  *) printf '%s\\n' "/opt/shop is $(readlink /opt/shop || echo no link) and not /r/new or /r/old: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- /r/new /opt/.shop.sternway
mv -fT /opt/.shop.sternway /opt/shop
`);
});

test('swapping a link with names that a shell would take for something else', () => {
  expect(sh(swapLink(NASTY, '-to `x`', ["it's", null])).script).toBe(`set -eu
case "$(readlink '/srv/it'\\''s $(id) "x"
-n' || true)" in
  '-to \`x\`' | 'it'\\''s') ;;
  '') [ ! -e '/srv/it'\\''s $(id) "x"
-n' ] || { echo '/srv/it'\\''s $(id) "x"
-n is not a link any more: somebody changed it by hand' >&2; exit 90; } ;;
  *) printf '%s\\n' "/srv/it's \\$(id) \\"x\\"
-n is $(readlink '/srv/it'\\''s $(id) "x"
-n' || echo no link) and not -to \\\`x\\\` or it's: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- '-to \`x\`' '/srv/.it'\\''s $(id) "x"
-n.sternway'
mv -fT '/srv/.it'\\''s $(id) "x"
-n.sternway' '/srv/it'\\''s $(id) "x"
-n'
`);
});

test('a link that leads where it should is swapped, and once more without harm [A-13, NG-02]', () => {
  const folder = temporary();
  plant(folder, { 'available/site': 'the vhost', 'available/other': 'other', 'enabled/site': { to: '../available/other' } });
  const swap = sh(swapLink(join(folder, 'enabled/site'), join(folder, 'available/site'), ['../available/other']));
  must(swap);
  const once = tree(folder);
  must(swap);
  expect(readlinkSync(join(folder, 'enabled/site'))).toBe(join(folder, 'available/site'));
  expect(tree(folder)).toEqual(once);
  // The files on both ends are as they were: the link was changed and never what it leads to.
  expect(readFileSync(join(folder, 'available/other'), 'utf8')).toBe('other');
});

test('a link that leads elsewhere is drift: it is named and left as it is [F36]', () => {
  const folder = temporary();
  plant(folder, { site: { to: 'by-hand' } });
  const answer = run(sh(swapLink(join(folder, 'site'), 'new', ['old', null])));
  expect(answer.code).toBe(90);
  expect(lastWords(answer)).toBe(`${folder}/site is by-hand and not new or old: somebody changed it by hand`);
  expect(tree(folder).slice(1)).toEqual(['link 0777 0:0 site -> by-hand']);
});

test('a file where the link should be is drift, and stays', () => {
  const folder = temporary();
  plant(folder, { site: 'mine' });
  for (const from of [['old'], ['old', null]]) {
    expect(run(sh(swapLink(join(folder, 'site'), 'new', from)))).toMatchObject({ code: 90, stderr: expect.stringContaining('somebody changed it by hand') });
    expect(readFileSync(join(folder, 'site'), 'utf8')).toBe('mine');
  }
});

test('a missing link is made where it may be missing, and is drift where it may not', () => {
  const folder = temporary();
  const link = join(folder, 'site');
  const answer = run(sh(swapLink(link, 'new', ['old'])));
  expect(answer.code).toBe(90);
  expect(lastWords(answer)).toBe(`${link} is no link and not new or old: somebody changed it by hand`);
  expect(existsSync(link)).toBe(false);
  must(sh(swapLink(link, 'new', ['old', null])));
  expect(readlinkSync(link)).toBe('new');
});

test('a link with a nasty name and a nasty target is swapped like any other', () => {
  const folder = temporary();
  const [link, to, from] = [join(folder, `it's $(touch pwned) "x"\n-n`), "-new $(touch pwned) 'x'", '*'];
  symlinkSync(from, link);
  must(sh(swapLink(link, to, [from])));
  expect(readlinkSync(link)).toBe(to);
  expect(run(sh(swapLink(link, 'other', ['a*']))).code).toBe(90);
});

test('a script killed between making the new link and renaming it leaves nothing that nginx would read', () => {
  const folder = temporary();
  plant(folder, { 'enabled/site': { to: 'old' } });
  const swap = sh(swapLink(join(folder, 'enabled/site'), 'new', ['old']));
  deaths(temporary()).dieAfter(1, swap);
  expect(readlinkSync(join(folder, 'enabled/site'))).toBe('old');
  expect(tool('sh', '-c', `ls -d ${folder}/enabled/*`)).toBe(`${folder}/enabled/site\n`);
  must(swap);
  expect(tree(folder).filter((line) => line.startsWith('link'))).toEqual(['link 0777 0:0 enabled/site -> new']);
});

test('removing a link: ours goes, a missing one is fine, another is drift', () => {
  const folder = temporary();
  const link = join(folder, 'default');
  const remove = sh(removeLink(link, '/a/default'));
  expect(remove.script).toBe(`set -eu
rm -f ${folder}/.default.sternway
case "$(readlink ${link} || true)" in
  /a/default) rm -f ${link} ;;
  '') [ ! -e ${link} ] || { echo '${link} is not our link any more: somebody changed it by hand' >&2; exit 90; } ;;
  *) { echo '${link} does not point at /a/default any more: somebody changed it by hand' >&2; exit 90; } ;;
esac
`);
  must(remove);
  symlinkSync('/a/default', link);
  must(remove);
  expect(existsSync(link)).toBe(false);
  symlinkSync('/a/other', link);
  expect(run(remove).code).toBe(90);
  expect(readlinkSync(link)).toBe('/a/other');
  unlinkSync(link);
  writeFileSync(link, 'mine');
  expect(run(remove).code).toBe(90);
  expect(readFileSync(link, 'utf8')).toBe('mine');
});

test('installing a file: guard, copy beside it with mode and owner, rename [NG-01, RD-18]', () => {
  expect(sh(installFile('/r/new/shop', '/etc/nginx/sites-available/shop', ['abc'])).script).toBe(`set -eu
if [ -e /etc/nginx/sites-available/shop ]; then now=$(sha256sum < /etc/nginx/sites-available/shop | cut -d' ' -f1); else now=none; fi
if [ -f /r/new/shop ]; then mine=$(sha256sum < /r/new/shop | cut -d' ' -f1); else mine=gone; fi
case "$now" in abc | "$mine") ;; *) { echo '/etc/nginx/sites-available/shop was changed by hand since this deployment was planned' >&2; exit 90; } ;; esac
install -m 0644 -o root -g root /r/new/shop /etc/nginx/sites-available/.shop.sternway
mv -fT /etc/nginx/sites-available/.shop.sternway /etc/nginx/sites-available/shop
`);
});

test('installing a file with nasty names', () => {
  expect(sh(installFile(NASTY, "/etc/it's here", [null, 'abc'], '0600')).script).toBe(`set -eu
if [ -e '/etc/it'\\''s here' ]; then now=$(sha256sum < '/etc/it'\\''s here' | cut -d' ' -f1); else now=none; fi
if [ -f '/srv/it'\\''s $(id) "x"
-n' ]; then mine=$(sha256sum < '/srv/it'\\''s $(id) "x"
-n' | cut -d' ' -f1); else mine=gone; fi
case "$now" in none | abc | "$mine") ;; *) { echo '/etc/it'\\''s here was changed by hand since this deployment was planned' >&2; exit 90; } ;; esac
install -m 0600 -o root -g root '/srv/it'\\''s $(id) "x"
-n' '/etc/.it'\\''s here.sternway'
mv -fT '/etc/.it'\\''s here.sternway' '/etc/it'\\''s here'
`);
});

test('restoring a file: guard, proof of the saved copy, copy beside it, rename', () => {
  expect(sh(restoreFile('/etc/x', '/b/files/etc/x', 'abc', '/r/new/x')).script).toBe(`set -eu
if [ -e /etc/x ]; then now=$(sha256sum < /etc/x | cut -d' ' -f1); else now=none; fi
if [ -f /r/new/x ]; then mine=$(sha256sum < /r/new/x | cut -d' ' -f1); else mine=gone; fi
case "$now" in abc | none | "$mine") ;; *) { echo '/etc/x was changed by hand since this deployment was planned' >&2; exit 90; } ;; esac
[ "$(sha256sum < /b/files/etc/x | cut -d' ' -f1)" = abc ] || { echo 'the saved copy /b/files/etc/x is damaged' >&2; exit 1; }
cp -a /b/files/etc/x /etc/.x.sternway
mv -fT /etc/.x.sternway /etc/x
`);
  expect(sh(restoreFile("/etc/it's", '/b/x', null, '$(id)')).script).toBe(`set -eu
if [ -e '/etc/it'\\''s' ]; then now=$(sha256sum < '/etc/it'\\''s' | cut -d' ' -f1); else now=none; fi
if [ -f '$(id)' ]; then mine=$(sha256sum < '$(id)' | cut -d' ' -f1); else mine=gone; fi
case "$now" in none | "$mine") ;; *) { echo '/etc/it'\\''s was changed by hand since this deployment was planned' >&2; exit 90; } ;; esac
rm -f '/etc/it'\\''s' '/etc/.it'\\''s.sternway'
`);
});

/** A unit file in a host's place, its saved copy, and the release's own. */
function site(before: string | null) {
  const folder = temporary();
  const [path, source, saved] = [join(folder, 'etc/unit'), join(folder, 'release/unit'), join(folder, 'backup/unit')];
  plant(folder, { etc: null, 'release/unit': 'new', backup: null, ...(before === null ? {} : { 'etc/unit': before }) });
  if (before !== null) {
    chmodSync(path, 0o640);
    chownSync(path, 33, 33);
    tool('cp', '-a', path, saved);
  }
  const was = before === null ? null : sha(before);
  return { folder, path, saved, install: sh(installFile(source, path, [was])), restore: sh(restoreFile(path, saved, was, source)) };
}

test('an installed file is the release\'s, root\'s and 0644, and its undo brings back content, mode and owner [A-07]', () => {
  const { folder, path, install, restore } = site('old');
  const before = tree(folder);
  must(install);
  must(install);
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path)).toMatchObject({ mode: 0o100644, uid: 0, gid: 0 });
  must(restore);
  expect(tree(folder)).toEqual(before);
  must(restore);
  expect(tree(folder)).toEqual(before);
});

test('a file that was not there before is gone after its undo [A-07]', () => {
  const { folder, path, install, restore } = site(null);
  const before = tree(folder);
  must(restore);
  must(install);
  expect(existsSync(path)).toBe(true);
  must(restore);
  expect(tree(folder)).toEqual(before);
});

test('a file changed by hand since the plan is drift, forward and back, and stays', () => {
  const { path, install, restore } = site('old');
  for (const command of [install, restore]) {
    writeFileSync(path, 'by hand');
    const answer = run(command);
    expect(answer.code).toBe(90);
    expect(lastWords(answer)).toBe(`${path} was changed by hand since this deployment was planned`);
    expect(readFileSync(path, 'utf8')).toBe('by hand');
  }
});

test('a file that somebody removed is drift on the way forward', () => {
  const { path, install } = site('old');
  unlinkSync(path);
  expect(run(install).code).toBe(90);
  expect(existsSync(path)).toBe(false);
});

test('a file that somebody put where none was is drift, also when the release is gone [A-07]', () => {
  const { folder, path, install, restore } = site(null);
  mkdirSync(path);
  expect(run(install).code).toBe(90);
  unlinkSync(join(folder, 'release/unit'));
  expect(run(restore).code).toBe(90);
  expect(lstatSync(path).isDirectory()).toBe(true);
});

test('a damaged saved copy is refused, and the file that is there stays', () => {
  const { path, saved, install, restore } = site('old');
  must(install);
  writeFileSync(saved, 'olD');
  const answer = run(restore);
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe(`the saved copy ${saved} is damaged`);
  expect(readFileSync(path, 'utf8')).toBe('new');
});

test('installing and restoring a file converge wherever they are killed [A-07]', () => {
  for (const before of ['old', null]) {
    for (let n = 0; n <= 2; n++) {
      const { folder, path, install, restore } = site(before);
      const untouched = tree(folder);
      const { dieAfter } = deaths(temporary());
      dieAfter(n, install);
      must(install);
      expect(readFileSync(path, 'utf8')).toBe('new');
      dieAfter(n, install);
      dieAfter(n, restore);
      must(restore);
      expect(tree(folder)).toEqual(untouched);
    }
  }
});

test('what lies beside a path until it is renamed is in the same directory, and hidden', () => {
  expect(beside('/etc/nginx/sites-enabled/shop')).toBe('/etc/nginx/sites-enabled/.shop.sternway');
});

test('a backup copies, compares, packs, reads back, and sums up what it has', () => {
  const archives = [{ name: 'nginx', of: '/etc/nginx', exclude: [] }, { name: 'code', of: '/opt/shop', exclude: ['media', 'venv'] }];
  expect(backup('/state/d1/backup', ['/etc/systemd/system/shop.service'], archives).script).toBe(`set -eu
mkdir -p -m 0700 /state/d1/backup /state/d1/backup/files
mkdir -p /state/d1/backup/files/etc/systemd/system
cp -a --remove-destination /etc/systemd/system/shop.service /state/d1/backup/files/etc/systemd/system/shop.service
if [ -L /etc/systemd/system/shop.service ]; then [ "$(readlink /etc/systemd/system/shop.service)" = "$(readlink /state/d1/backup/files/etc/systemd/system/shop.service)" ] || { echo 'the copy of /etc/systemd/system/shop.service differs from it' >&2; exit 1; }; else cmp -s /etc/systemd/system/shop.service /state/d1/backup/files/etc/systemd/system/shop.service || { echo 'the copy of /etc/systemd/system/shop.service differs from it' >&2; exit 1; }; fi
tar --create --gzip --file /state/d1/backup/nginx.tar.gz.part --directory /etc/nginx .
gzip --test /state/d1/backup/nginx.tar.gz.part
tar --compare --file /state/d1/backup/nginx.tar.gz.part --directory /etc/nginx
mv -fT /state/d1/backup/nginx.tar.gz.part /state/d1/backup/nginx.tar.gz
tar --create --gzip --file /state/d1/backup/code.tar.gz.part --directory /opt/shop --exclude=./media --exclude=./venv .
gzip --test /state/d1/backup/code.tar.gz.part
tar --compare --file /state/d1/backup/code.tar.gz.part --directory /opt/shop
mv -fT /state/d1/backup/code.tar.gz.part /state/d1/backup/code.tar.gz
cd /state/d1/backup
find . -type f ! -name 'SHA256SUMS*' -exec sha256sum {} + > SHA256SUMS.part
sort -k2 -o SHA256SUMS.part SHA256SUMS.part
mv -fT SHA256SUMS.part SHA256SUMS
sync -f /state/d1/backup
printf '%s\\n' "saved $(wc -l < SHA256SUMS) files in /state/d1/backup"
`);
});

test('a backup of nasty names', () => {
  expect(backup("/b's", ['/-x $(id)'], [{ name: '-x y', of: '$(id)', exclude: ["it's"] }]).script).toBe(`set -eu
mkdir -p -m 0700 '/b'\\''s' '/b'\\''s/files'
mkdir -p '/b'\\''s/files'
cp -a --remove-destination '/-x $(id)' '/b'\\''s/files/-x $(id)'
if [ -L '/-x $(id)' ]; then [ "$(readlink '/-x $(id)')" = "$(readlink '/b'\\''s/files/-x $(id)')" ] || { echo 'the copy of /-x $(id) differs from it' >&2; exit 1; }; else cmp -s '/-x $(id)' '/b'\\''s/files/-x $(id)' || { echo 'the copy of /-x $(id) differs from it' >&2; exit 1; }; fi
tar --create --gzip --file '/b'\\''s/-x y.tar.gz.part' --directory '$(id)' '--exclude=./it'\\''s' .
gzip --test '/b'\\''s/-x y.tar.gz.part'
tar --compare --file '/b'\\''s/-x y.tar.gz.part' --directory '$(id)'
mv -fT '/b'\\''s/-x y.tar.gz.part' '/b'\\''s/-x y.tar.gz'
cd '/b'\\''s'
find . -type f ! -name 'SHA256SUMS*' -exec sha256sum {} + > SHA256SUMS.part
sort -k2 -o SHA256SUMS.part SHA256SUMS.part
mv -fT SHA256SUMS.part SHA256SUMS
sync -f '/b'\\''s'
printf '%s\\n' "saved $(wc -l < SHA256SUMS) files in /b's"
`);
});

/** An app's tree with what a plain `cp -r X/*` forgets, and where its backup goes. */
function brownfield() {
  const folder = temporary();
  const [app, to] = [join(folder, 'opt/shop'), join(folder, 'state/d1/backup')];
  plant(folder, {
    'opt/shop/app.py': 'print(1)', 'opt/shop/gunicorn.conf.py': 'workers = 2', 'opt/shop/.env': 'SECRET_KEY=x', 'opt/shop/.git/HEAD': 'ref', 'opt/shop/media/cup.txt': 'upload', 'opt/shop/venv/bin/python': 'elf',
    'opt/shop/current': { to: 'app.py' }, 'etc/unit': 'unit', 'etc/site': { to: '../available/site' },
  });
  chmodSync(join(app, '.env'), 0o640);
  chownSync(join(app, '.env'), 33, 33);
  const files = [join(folder, 'etc/unit'), join(folder, 'etc/site')];
  return { folder, app, to, files, save: backup(to, files, [{ name: 'code', of: app, exclude: ['media', 'venv'] }]) };
}

test('a backup lies outside the app, holds dotfiles, links, modes and owners, and its sums hold [A-04, A-05, BK-02, BK-03]', () => {
  const { folder, app, to, files, save } = brownfield();
  expect(must(save).trim()).toBe(`saved 2 files in ${to}`);
  expect(to.startsWith(`${app}/`)).toBe(false);
  for (const kept of [to, join(to, 'files')]) expect(statSync(kept).mode & 0o777).toBe(0o700);
  expect(readlinkSync(savedCopy(to, files[1] ?? ''))).toBe('../available/site');
  expect(tool('sh', '-c', `cd ${to} && sha256sum --check SHA256SUMS`)).toContain('code.tar.gz: OK');
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  tool('tar', '-x', '-p', '-f', join(to, 'code.tar.gz'), '-C', unpacked);
  const kept = (lines: string[]): string[] => lines.slice(1).filter((line) => !/ (media|venv)/.test(line));
  expect(tree(unpacked).slice(1)).toEqual(kept(tree(app)));
  // Once more changes nothing that counts: a retry may not fail on its own first attempt.
  must(save);
});

test('a backup whose copy came out different fails and says which [A-04]', () => {
  const { folder, files, save } = brownfield();
  const fakes = new Fakes(temporary()).add('cp', 'for last; do :; done; PATH=${PATH#*:} cp "$@" && echo more >> "$last"');
  const answer = run(save, { path: [fakes.bin] });
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe(`the copy of ${files[0] ?? ''} differs from it`);
  expect(existsSync(join(folder, 'state/d1/backup/SHA256SUMS'))).toBe(false);
});

test('a backup whose archive is cut short, or lacks what changed meanwhile, never gets its name [A-04, A-17] [F33]', () => {
  const cut = 'PATH=${PATH#*:} tar "$@"; code=$?; case "$*" in *--create*) for word; do case $word in *.part) truncate -s -20 "$word" ;; esac; done ;; esac; exit $code';
  const changed = 'PATH=${PATH#*:} tar "$@"; code=$?; case "$*" in *--create*) echo "print(2)" > $APP/app.py ;; esac; exit $code';
  for (const lines of [cut, changed]) {
    const { app, to, save } = brownfield();
    const answer = run(save, { path: [new Fakes(temporary()).add('tar', lines).bin], env: { APP: app } });
    expect(answer.code).not.toBe(0);
    expect(existsSync(join(to, 'code.tar.gz'))).toBe(false);
  }
});

test('a backup fails when a file that it was to save is not there', () => {
  const { files, save } = brownfield();
  unlinkSync(files[0] ?? '');
  expect(run(save).code).not.toBe(0);
});

test('the sums of a backup do not pass over a file that cannot be read', () => {
  const { save } = brownfield();
  const fakes = new Fakes(temporary()).add('sha256sum', 'exit 1');
  expect(run(save, { path: [fakes.bin] }).code).not.toBe(0);
});
