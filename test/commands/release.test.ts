import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { convert, prune, switchTo, unconvert, type Conversion } from '../../src/commands/release';
import { deaths } from './support/faults';
import { plant } from './support/plant';
import { lastWords, must, run, temporary } from './support/run';
import { tree } from './support/tree';

const CONVERSION: Conversion = { app: '/opt/shop', legacy: '/opt/shop.releases/releases/legacy-d1', shared: '/opt/shop.releases/shared', sharedPaths: ['.env', 'var/media'], stood: [] };
const NASTY: Conversion = { app: "/o'pt/$(id)", legacy: '/r r/legacy-d1', shared: '/s"s', sharedPaths: ['-a b'], stood: [] };

test('converting the plain directory: moved by rename, linked, its shared files moved to shared and linked', () => {
  expect(convert(CONVERSION).script).toBe(`set -eu
if [ -d /opt/shop ] && [ ! -L /opt/shop ]; then
  [ ! -e /opt/shop.releases/releases/legacy-d1 ] || { echo '/opt/shop.releases/releases/legacy-d1 is in the way' >&2; exit 90; }
  mkdir -p /opt/shop.releases/releases
  mv -T /opt/shop /opt/shop.releases/releases/legacy-d1
fi
case "$(readlink /opt/shop || true)" in
  /opt/shop.releases/releases/legacy-d1) ;;
  '') [ ! -e /opt/shop ] || { echo '/opt/shop is not a link any more: somebody changed it by hand' >&2; exit 90; } ;;
  *) printf '%s\\n' "/opt/shop is $(readlink /opt/shop || echo no link) and not /opt/shop.releases/releases/legacy-d1: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- /opt/shop.releases/releases/legacy-d1 /opt/.shop.sternway
mv -fT /opt/.shop.sternway /opt/shop
install -d -m 0755 /opt/shop.releases/shared
[ ! -L /opt/shop.releases/shared/.env ] || rm /opt/shop.releases/shared/.env
case "$(readlink /opt/shop.releases/releases/legacy-d1/.env || true)" in
  /opt/shop.releases/shared/.env) ;;
  '') if [ -e /opt/shop.releases/releases/legacy-d1/.env ]; then mv -T /opt/shop.releases/releases/legacy-d1/.env /opt/shop.releases/shared/.env; fi; ln -s /opt/shop.releases/shared/.env /opt/shop.releases/releases/legacy-d1/.env ;;
  /opt/shop/*) { echo '.env is a link into /opt/shop itself, which would change with each release' >&2; exit 90; } ;;
  /*) ln -s "$(readlink /opt/shop.releases/releases/legacy-d1/.env)" /opt/shop.releases/shared/.env ;;
  *) { echo '.env is a relative link, which would lead elsewhere' >&2; exit 90; } ;;
esac
mkdir -p /opt/shop.releases/shared/var
[ ! -L /opt/shop.releases/shared/var/media ] || rm /opt/shop.releases/shared/var/media
case "$(readlink /opt/shop.releases/releases/legacy-d1/var/media || true)" in
  /opt/shop.releases/shared/var/media) ;;
  '') if [ -e /opt/shop.releases/releases/legacy-d1/var/media ]; then mv -T /opt/shop.releases/releases/legacy-d1/var/media /opt/shop.releases/shared/var/media; fi; ln -s /opt/shop.releases/shared/var/media /opt/shop.releases/releases/legacy-d1/var/media ;;
  /opt/shop/*) { echo 'var/media is a link into /opt/shop itself, which would change with each release' >&2; exit 90; } ;;
  /*) ln -s "$(readlink /opt/shop.releases/releases/legacy-d1/var/media)" /opt/shop.releases/shared/var/media ;;
  *) { echo 'var/media is a relative link, which would lead elsewhere' >&2; exit 90; } ;;
esac
sync -f /opt/shop.releases/shared
`);
});

test('converting a directory with nasty names', () => {
  expect(convert(NASTY).script).toBe(String.raw`set -eu
if [ -d '/o'\''pt/$(id)' ] && [ ! -L '/o'\''pt/$(id)' ]; then
  [ ! -e '/r r/legacy-d1' ] || { echo '/r r/legacy-d1 is in the way' >&2; exit 90; }
  mkdir -p '/r r'
  mv -T '/o'\''pt/$(id)' '/r r/legacy-d1'
fi
case "$(readlink '/o'\''pt/$(id)' || true)" in
  '/r r/legacy-d1') ;;
  '') [ ! -e '/o'\''pt/$(id)' ] || { echo '/o'\''pt/$(id) is not a link any more: somebody changed it by hand' >&2; exit 90; } ;;
  *) printf '%s\n' "/o'pt/\$(id) is $(readlink '/o'\''pt/$(id)' || echo no link) and not /r r/legacy-d1: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- '/r r/legacy-d1' '/o'\''pt/.$(id).sternway'
mv -fT '/o'\''pt/.$(id).sternway' '/o'\''pt/$(id)'
install -d -m 0755 '/s"s'
[ ! -L '/s"s/-a b' ] || rm '/s"s/-a b'
case "$(readlink '/r r/legacy-d1/-a b' || true)" in
  '/s"s/-a b') ;;
  '') if [ -e '/r r/legacy-d1/-a b' ]; then mv -T '/r r/legacy-d1/-a b' '/s"s/-a b'; fi; ln -s '/s"s/-a b' '/r r/legacy-d1/-a b' ;;
  '/o'\''pt/$(id)'/*) { printf '%s\n' '-a b is a link into /o'\''pt/$(id) itself, which would change with each release' >&2; exit 90; } ;;
  /*) ln -s "$(readlink '/r r/legacy-d1/-a b')" '/s"s/-a b' ;;
  *) { printf '%s\n' '-a b is a relative link, which would lead elsewhere' >&2; exit 90; } ;;
esac
sync -f '/s"s'
`);
});

test('the way back from a conversion, with a shared path that the old tree did not have', () => {
  expect(unconvert(CONVERSION, ['var/media']).script).toBe(`set -eu
if [ -d /opt/shop.releases/releases/legacy-d1 ]; then
  case "$(readlink /opt/shop || true)" in /opt/shop.releases/releases/legacy-d1) ;; *) [ ! -e /opt/shop ] && [ ! -L /opt/shop ] || { echo '/opt/shop does not point at the old tree /opt/shop.releases/releases/legacy-d1' >&2; exit 90; } ;; esac
  if [ -L /opt/shop.releases/shared/.env ]; then rm /opt/shop.releases/shared/.env; elif [ -e /opt/shop.releases/shared/.env ]; then [ ! -L /opt/shop.releases/releases/legacy-d1/.env ] || rm /opt/shop.releases/releases/legacy-d1/.env; mv -T /opt/shop.releases/shared/.env /opt/shop.releases/releases/legacy-d1/.env; fi
  if [ -L /opt/shop.releases/shared/var/media ]; then rm /opt/shop.releases/shared/var/media; fi; if [ -L /opt/shop.releases/releases/legacy-d1/var/media ]; then rm /opt/shop.releases/releases/legacy-d1/var/media; fi
  rm -f /opt/shop /opt/.shop.sternway
  mv -T /opt/shop.releases/releases/legacy-d1 /opt/shop
fi
rmdir --ignore-fail-on-non-empty /opt/shop.releases/shared/var 2>/dev/null || true
rmdir --ignore-fail-on-non-empty /opt/shop.releases/shared 2>/dev/null || true
rmdir --ignore-fail-on-non-empty /opt/shop.releases/releases 2>/dev/null || true
`);
  expect(unconvert(NASTY, []).script).toBe(String.raw`set -eu
if [ -d '/r r/legacy-d1' ]; then
  case "$(readlink '/o'\''pt/$(id)' || true)" in '/r r/legacy-d1') ;; *) [ ! -e '/o'\''pt/$(id)' ] && [ ! -L '/o'\''pt/$(id)' ] || { echo '/o'\''pt/$(id) does not point at the old tree /r r/legacy-d1' >&2; exit 90; } ;; esac
  if [ -L '/s"s/-a b' ]; then rm '/s"s/-a b'; elif [ -e '/s"s/-a b' ]; then [ ! -L '/r r/legacy-d1/-a b' ] || rm '/r r/legacy-d1/-a b'; mv -T '/s"s/-a b' '/r r/legacy-d1/-a b'; fi
  rm -f '/o'\''pt/$(id)' '/o'\''pt/.$(id).sternway'
  mv -T '/r r/legacy-d1' '/o'\''pt/$(id)'
fi
rmdir --ignore-fail-on-non-empty '/s"s' 2>/dev/null || true
rmdir --ignore-fail-on-non-empty '/r r' 2>/dev/null || true
`);
});

/** A plain app directory as a runbook leaves it, and the new release's directory with its stand-ins beside it. */
function brownfield(more: Parameters<typeof plant>[1] = {}) {
  const folder = temporary();
  const opt = join(folder, 'opt');
  const c: Conversion = { app: join(opt, 'shop'), legacy: join(opt, 'shop.releases/releases/legacy-d1'), shared: join(opt, 'shop.releases/shared'), sharedPaths: ['.env', 'media', 'var/data', 'absent'], stood: [] };
  plant(folder, {
    'opt/shop/app.py': 'old', 'opt/shop/.env': 'SECRET=x', 'opt/shop/.git/HEAD': 'ref', 'opt/shop/media/cup.txt': 'cup', 'opt/shop/media/empty': null, 'opt/shop/var/data/shop.sqlite3': 'rows',
    'opt/shop/venv/bin/python': { to: '/usr/bin/python3' },
    'opt/shop.releases/releases/d1/app.py': 'new', 'opt/shop.releases/shared/var': null, ...more,
  });
  for (const path of c.sharedPaths) symlinkSync(join(c.app, path), join(c.shared, path));
  /** As makeRelease left it: its stand-ins go with its own undo, and the conversion uses them up. */
  const withoutStandIns = (): string[] => tree(opt).filter((line) => !/ shop\.releases\/shared/.test(line));
  return { folder, opt, c, withoutStandIns, forward: convert(c), back: unconvert(c, ['absent']) };
}

test('after the conversion the app\'s path leads to the old tree, its shared files lie outside it, and every path of before still works [A-05]', () => {
  const { c, forward } = brownfield();
  must(forward);
  expect(readlinkSync(c.app)).toBe(c.legacy);
  expect(readFileSync(join(c.app, 'app.py'), 'utf8')).toBe('old');
  expect(readFileSync(join(c.app, '.git/HEAD'), 'utf8')).toBe('ref');
  for (const [path, content] of [['.env', 'SECRET=x'], ['media/cup.txt', 'cup'], ['var/data/shop.sqlite3', 'rows']] as const) {
    expect(readFileSync(join(c.app, path), 'utf8')).toBe(content);
    expect(readFileSync(join(c.shared, path), 'utf8')).toBe(content);
  }
  expect(lstatSync(join(c.shared, '.env')).isFile()).toBe(true);
  expect(lstatSync(join(c.legacy, 'media')).isSymbolicLink()).toBe(true);
});

test('conversion and its undo converge wherever either is killed, and the tree is then as it was [A-05, RX-08] [F52]', () => {
  const { forward, back, withoutStandIns } = brownfield();
  const before = withoutStandIns();
  const { dieAfter, count } = deaths(temporary());
  const changes = count(forward);
  const converted = withoutStandIns();
  const steps = count(back);
  expect(withoutStandIns()).toEqual(before);
  expect([changes > 12, steps > 8]).toEqual([true, true]);
  for (let n = 0; n < changes; n++) {
    dieAfter(n, forward);
    must(back);
    expect(withoutStandIns()).toEqual(before);
    dieAfter(n, forward);
    must(forward);
    expect(withoutStandIns()).toEqual(converted);
    dieAfter(Math.min(n, steps), back);
    must(back);
    expect(withoutStandIns()).toEqual(before);
  }
});

test('files that were written while the new release ran are kept by the way back', () => {
  const { c, forward, back } = brownfield();
  must(forward);
  writeFileSync(join(c.shared, 'media/new.txt'), 'uploaded meanwhile');
  must(back);
  expect(readFileSync(join(c.app, 'media/new.txt'), 'utf8')).toBe('uploaded meanwhile');
  expect(existsSync(c.shared)).toBe(false);
});

test('a shared path that is a link to another disk stays one, forward and back', () => {
  const { folder, opt, c, forward, back, withoutStandIns } = brownfield();
  plant(folder, { 'disk/uploads/a.txt': 'a' });
  rmSync(join(c.app, 'media'), { recursive: true });
  symlinkSync(join(folder, 'disk/uploads'), join(c.app, 'media'));
  const before = withoutStandIns();
  must(forward);
  must(forward);
  expect(readlinkSync(join(c.shared, 'media'))).toBe(join(folder, 'disk/uploads'));
  expect(readFileSync(join(c.app, 'media/a.txt'), 'utf8')).toBe('a');
  must(back);
  expect(withoutStandIns()).toEqual(before);
  expect(readdirSync(opt).sort()).toEqual(['shop', 'shop.releases']);
});

test('a shared path that is a link into the app, or a relative one, is refused before it leads astray', () => {
  for (const [target, why] of [['inside', 'is a link into'], ['../elsewhere', 'is a relative link']] as const) {
    const { c, forward, back, withoutStandIns } = brownfield();
    rmSync(join(c.app, 'media'), { recursive: true });
    symlinkSync(target === 'inside' ? join(c.app, 'var') : target, join(c.app, 'media'));
    const before = withoutStandIns();
    const answer = run(forward);
    expect(answer.code).toBe(90);
    expect(lastWords(answer)).toContain(`media ${why}`);
    must(back);
    expect(withoutStandIns()).toEqual(before);
  }
});

test('an old tree that is in the way already, and an app\'s link that leads elsewhere, are drift', () => {
  const first = brownfield();
  mkdirSync(first.c.legacy, { recursive: true });
  expect(run(first.forward)).toMatchObject({ code: 90, stderr: `${first.c.legacy} is in the way\n` });
  expect(readFileSync(join(first.c.app, 'app.py'), 'utf8')).toBe('old');

  const { c, forward, back } = brownfield();
  must(forward);
  rmSync(c.app);
  symlinkSync('/somewhere/gone', c.app);
  for (const command of [forward, back]) expect(run(command).code).toBe(90);
  expect(readlinkSync(c.app)).toBe('/somewhere/gone');
  expect(existsSync(c.legacy)).toBe(true);
});

test('switching is one rename of one link, and only from the release that was live [A-05]', () => {
  expect(switchTo('/opt/shop', '/r/new', '/r/old').script).toBe(`set -eu
case "$(readlink /opt/shop || true)" in
  /r/new | /r/old) ;;
  *) printf '%s\\n' "/opt/shop is $(readlink /opt/shop || echo no link) and not /r/new or /r/old: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- /r/new /opt/.shop.sternway
mv -fT /opt/.shop.sternway /opt/shop
sync -f /opt
`);
  expect(switchTo("/o't/$(id)", '-new x', '-old').script).toBe(String.raw`set -eu
case "$(readlink '/o'\''t/$(id)' || true)" in
  '-new x' | -old) ;;
  *) printf '%s\n' "/o't/\$(id) is $(readlink '/o'\''t/$(id)' || echo no link) and not -new x or -old: somebody changed it by hand" >&2; exit 90 ;;
esac
ln -sfn -- '-new x' '/o'\''t/.$(id).sternway'
mv -fT '/o'\''t/.$(id).sternway' '/o'\''t/$(id)'
sync -f '/o'\''t'
`);
  const folder = temporary();
  plant(folder, { new: null, old: null, shop: { to: join(folder, 'old') } });
  must(switchTo(join(folder, 'shop'), join(folder, 'new'), join(folder, 'old')));
  expect(readlinkSync(join(folder, 'shop'))).toBe(join(folder, 'new'));
  must(switchTo(join(folder, 'shop'), join(folder, 'old'), join(folder, 'new')));
  expect(run(switchTo(join(folder, 'shop'), join(folder, 'new'), join(folder, 'other'))).code).toBe(90);
  expect(readlinkSync(join(folder, 'shop'))).toBe(join(folder, 'old'));
});

test('removing old releases: newest first by their stamp, the live and the previous one never', () => {
  expect(prune('/opt/shop.releases', '/opt/shop', '/r/old', 5).script).toBe(String.raw`set -eu
cd /opt/shop.releases/releases
live=$(readlink -f /opt/shop)
previous=/r/old
kept=0
for name in $(ls -1 | grep -E '^(legacy-)?[0-9]{8}-[0-9]{6}-[A-Za-z0-9._-]+$' | sed 's/^legacy-\(.*\)/\1 &/; t; s/.*/& &/' | sort -r | cut -d' ' -f2); do
  kept=$((kept + 1))
  [ "$kept" -gt 5 ] || continue
  [ "$(readlink -f "$name")" != "$live" ] && [ /opt/shop.releases/releases/"$name" != "$previous" ] || continue
  rm -rf "$name"; echo "removed release $name"
done
[ -d /opt/shop.releases/venvs ] || exit 0
cd /opt/shop.releases/venvs
for sum in *; do
  for release in /opt/shop.releases/releases/*; do [ "$(readlink "$release/venv" || true)" != /opt/shop.releases/venvs/"$sum" ] || continue 2; done
  [ ! -d "$sum" ] || { rm -rf "$sum"; echo "removed environment $sum"; }
done
`);
  expect(prune("/o's r", '/$(id)', null, 2).script).toBe(String.raw`set -eu
cd '/o'\''s r/releases'
live=$(readlink -f '/$(id)')
previous=''
kept=0
for name in $(ls -1 | grep -E '^(legacy-)?[0-9]{8}-[0-9]{6}-[A-Za-z0-9._-]+$' | sed 's/^legacy-\(.*\)/\1 &/; t; s/.*/& &/' | sort -r | cut -d' ' -f2); do
  kept=$((kept + 1))
  [ "$kept" -gt 2 ] || continue
  [ "$(readlink -f "$name")" != "$live" ] && [ '/o'\''s r/releases'/"$name" != "$previous" ] || continue
  rm -rf "$name"; echo "removed release $name"
done
[ -d '/o'\''s r/venvs' ] || exit 0
cd '/o'\''s r/venvs'
for sum in *; do
  for release in '/o'\''s r/releases'/*; do [ "$(readlink "$release/venv" || true)" != '/o'\''s r/venvs'/"$sum" ] || continue 2; done
  [ ! -d "$sum" ] || { rm -rf "$sum"; echo "removed environment $sum"; }
done
`);
});

/** Releases by name, each with the virtual environment it uses. */
function releases(used: Readonly<Record<string, string | null>>, live: string) {
  const folder = temporary();
  const base = join(folder, "it's/shop.releases");
  for (const [name, sum] of Object.entries(used)) {
    plant(base, { [`releases/${name}/app.py`]: name, ...(sum ? { [`releases/${name}/venv`]: { to: join(base, 'venvs', sum) }, [`venvs/${sum}/pyvenv.cfg`]: '' } : {}) });
  }
  symlinkSync(join(base, 'releases', live), join(folder, 'shop'));
  const left = (what: string): string[] => readdirSync(join(base, what)).sort();
  return { base, left, prune: (previous: string | null, keep: number) => must(prune(base, join(folder, 'shop'), previous && join(base, 'releases', previous), keep)) };
}

test('the newest releases are kept, an old tree among them by its own stamp, and names of other people are left alone', () => {
  const host = releases(
    { '20260101-000000-v1-0-0': 'a', 'legacy-20260102-000000-v1-1-0': null, '20260103-000000-v1-2-0': 'b', '20260104-000000-v1-3-0': 'b', 'old backup': 'c', '2026-notes': null, 'legacy-mine': null },
    '20260104-000000-v1-3-0',
  );
  const said = host.prune('20260103-000000-v1-2-0', 3);
  expect(said).toBe('removed release 20260101-000000-v1-0-0\nremoved environment a\n');
  expect(host.left('releases')).toEqual(['2026-notes', '20260103-000000-v1-2-0', '20260104-000000-v1-3-0', 'legacy-20260102-000000-v1-1-0', 'legacy-mine', 'old backup']);
  // `c` belongs to a directory that is not ours: in use all the same.
  expect(host.left('venvs')).toEqual(['b', 'c']);
  expect(host.prune('20260103-000000-v1-2-0', 2)).toBe('removed release legacy-20260102-000000-v1-1-0\n');
});

test('the live release and the one before it stay, however old they are [F37]', () => {
  const host = releases({ '20260101-000000-a': 'a', '20260102-000000-b': 'b', '20260103-000000-c': 'c', '20260104-000000-d': 'd' }, '20260101-000000-a');
  host.prune('20260102-000000-b', 1);
  expect(host.left('releases')).toEqual(['20260101-000000-a', '20260102-000000-b', '20260104-000000-d']);
  expect(host.left('venvs')).toEqual(['a', 'b', 'd']);
});

test('a host with one release and no environments is left as it is', () => {
  const host = releases({ '20260101-000000-a': null }, '20260101-000000-a');
  expect(host.prune(null, 5)).toBe('');
  expect(host.left('releases')).toEqual(['20260101-000000-a']);
});
