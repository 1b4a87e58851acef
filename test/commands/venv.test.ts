import { chmodSync, existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installVenv, removeVenv, type Venv } from '../../src/commands/venv';
import { deaths } from './support/faults';
import { plant } from './support/plant';
import { lastWords, must, run, temporary } from './support/run';

const SHOP: Venv = {
  interpreter: 'python3', release: '/r/d1', requirements: 'requirements.txt', folder: '/opt/shop.releases/venvs', pip: ['--no-index', '--find-links', '/srv/wheels'],
  owner: { user: 'shop', group: 'www' }, deployment: 'd1', stood: [],
};

test('installing an environment: by interpreter and requirements, as the owner, marked when it is whole', () => {
  expect(installVenv(SHOP).script).toBe(String.raw`set -eu
sum=$( (python3 --version; cat /r/d1/requirements.txt) | sha256sum | cut -c1-16)
venv=/opt/shop.releases/venvs/$sum
if [ ! -e "$venv/.complete" ]; then
  rm -rf "$venv"
  install -d -o shop -g www /opt/shop.releases/venvs "$venv"
  printf '%s\n' d1 > "$venv/.made-by"
  runuser -u shop -- python3 -m venv "$venv"
  runuser -u shop -- "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-index --find-links /srv/wheels -r /r/d1/requirements.txt
  runuser -u shop -- "$venv/bin/python" -m pip check
  sync -f "$venv"
  touch "$venv/.complete"
fi
ln -sfn "$venv" /r/d1/.venv.sternway
mv -fT /r/d1/.venv.sternway /r/d1/venv
chown -h shop:www /r/d1/venv
echo "virtual environment $sum"
`);
});

test('installing an environment with nasty names', () => {
  expect(installVenv({ interpreter: '/p y', release: "/r's/d 1", requirements: '-r $(id)', folder: '/v"v', pip: ['--x=`id`', "it's"], owner: { user: 'a b', group: '$c' }, deployment: 'd\n1', stood: [] }).script).toBe(String.raw`set -eu
sum=$( ('/p y' --version; cat '/r'\''s/d 1/-r $(id)') | sha256sum | cut -c1-16)
venv='/v"v'/$sum
if [ ! -e "$venv/.complete" ]; then
  rm -rf "$venv"
  install -d -o 'a b' -g '$c' '/v"v' "$venv"
  printf '%s\n' 'd
1' > "$venv/.made-by"
  runuser -u 'a b' -- '/p y' -m venv "$venv"
  runuser -u 'a b' -- "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input '--x=${'`id`'}' 'it'\''s' -r '/r'\''s/d 1/-r $(id)'
  runuser -u 'a b' -- "$venv/bin/python" -m pip check
  sync -f "$venv"
  touch "$venv/.complete"
fi
ln -sfn "$venv" '/r'\''s/d 1/.venv.sternway'
mv -fT '/r'\''s/d 1/.venv.sternway' '/r'\''s/d 1/venv'
chown -h 'a b:$c' '/r'\''s/d 1/venv'
echo "virtual environment $sum"
`);
});

test('removing environments leaves a folder for them that stood before, empty or not', () => {
  expect(removeVenv({ ...SHOP, stood: ['/opt/shop.releases'] }, '/opt/shop').script).toMatch(/done\nrmdir --ignore-fail-on-non-empty \/opt\/shop\.releases\/venvs 2>\/dev\/null \|\| true\n$/);
});

test('removing environments: those that this deployment made, never the live one\'s', () => {
  expect(removeVenv(SHOP, '/opt/shop').script).toBe(`set -eu
for venv in /opt/shop.releases/venvs/*; do
  [ -d "$venv" ] || continue
  [ ! -e "$venv/.complete" ] || [ "$(cat "$venv/.made-by" 2>/dev/null || true)" = d1 ] || continue
  [ "$(readlink -f /opt/shop/venv || true)" != "$(readlink -f "$venv")" ] || { echo 'the live release still uses an environment that was to be removed' >&2; exit 90; }
  rm -rf "$venv"
done
rmdir --ignore-fail-on-non-empty /opt/shop.releases/venvs 2>/dev/null || true
rmdir --ignore-fail-on-non-empty /opt/shop.releases 2>/dev/null || true
`);
  expect(removeVenv({ ...SHOP, folder: "/v's/x y", deployment: '-d $(id)' }, "/o'p").script).toBe(String.raw`set -eu
for venv in '/v'\''s/x y'/*; do
  [ -d "$venv" ] || continue
  [ ! -e "$venv/.complete" ] || [ "$(cat "$venv/.made-by" 2>/dev/null || true)" = '-d $(id)' ] || continue
  [ "$(readlink -f '/o'\''p/venv' || true)" != "$(readlink -f "$venv")" ] || { echo 'the live release still uses an environment that was to be removed' >&2; exit 90; }
  rm -rf "$venv"
done
rmdir --ignore-fail-on-non-empty '/v'\''s/x y' 2>/dev/null || true
rmdir --ignore-fail-on-non-empty '/v'\''s' 2>/dev/null || true
`);
});

/** Stands in for Python and for what it puts into an environment: writes down pip's calls; `fails` names the call that does. */
const INTERPRETER = `#!/bin/sh
log=LOG
case "$*" in
  --version) cat VERSION ;;
  '-m venv '*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "VIRTUAL_ENV=$3" > "$3/bin/activate"; echo "venv as $(id -un)" >> "$log" ;;
  '-m pip '*) echo "pip $3 as $(id -un): $*" >> "$log"; [ "$(cat FAILS 2>/dev/null)" != "$3" ] ;;
esac
`;

/** A host with a fake interpreter; each `deploy` is a deployment of a release with these requirements. */
function host() {
  const folder = temporary();
  plant(folder, { releases: null, version: 'Python 3.11.2\n', python: INTERPRETER.replace('LOG', join(folder, 'log')).replace('VERSION', join(folder, 'version')).replace('FAILS', join(folder, 'fails')) });
  chmodSync(join(folder, 'python'), 0o755);
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'log'), '');
  chmodSync(join(folder, 'log'), 0o666);
  const venvs = join(folder, "shop's.releases/venvs");
  return {
    folder, venvs,
    venv: (deployment: string, requirements: string): Venv => {
      plant(folder, { [`releases/${deployment}/requirements.txt`]: requirements });
      return { interpreter: join(folder, 'python'), release: join(folder, 'releases', deployment), requirements: 'requirements.txt', folder: venvs, pip: ['--no-index'], owner: { user: 'daemon', group: 'daemon' }, deployment, stood: [] };
    },
    log: () => readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(0, -1),
    environments: () => (existsSync(venvs) ? readdirSync(venvs) : []),
  };
}

test('an environment is built and checked as the owner, and linked into the release [RD-17]', () => {
  const { venv, log, environments, venvs } = host();
  const one = venv('d1', 'flask==3\n');
  expect(must(installVenv(one))).toBe(`virtual environment ${environments()[0] ?? ''}\n`);
  expect(log().map((line) => line.replace(/:.*/, ''))).toEqual(['venv as daemon', 'pip install as daemon', 'pip check as daemon']);
  expect(log()[1]).toContain(`--no-index -r ${one.release}/requirements.txt`);
  expect(readlinkSync(join(one.release, 'venv'))).toBe(join(venvs, environments()[0] ?? ''));
  expect(lstatSync(join(one.release, 'venv')).uid).toBe(1);
});

test('releases with the same requirements share one environment; other requirements or another Python have one of their own [A-35]', () => {
  const { folder, venv, log, environments } = host();
  const [one, same, other] = [venv('d1', 'flask==3\n'), venv('d2', 'flask==3\n'), venv('d3', 'flask==4\n')];
  must(installVenv(one));
  must(installVenv(same));
  expect(log()).toHaveLength(3);
  expect(readlinkSync(join(same.release, 'venv'))).toBe(readlinkSync(join(one.release, 'venv')));
  must(installVenv(other));
  expect(environments()).toHaveLength(2);
  writeFileSync(join(folder, 'version'), 'Python 3.12.0\n');
  must(installVenv(same));
  expect(environments()).toHaveLength(3);
});

test('staging and production each make the environment of a release for themselves, as often as it is asked for: none holds a path of the other [A-09]', () => {
  const [staging, production] = [host(), host()];
  const active = (of: ReturnType<typeof host>, deployment: string) => readFileSync(join(of.folder, 'releases', deployment, 'venv/bin/activate'), 'utf8');
  for (const time of [1, 2]) expect([time, run(installVenv(staging.venv('d1', 'flask==3\n'))).code]).toEqual([time, 0]);
  must(installVenv(production.venv('d1', 'flask==3\n')));
  must(installVenv(staging.venv('d2', 'flask==3\n')));
  for (const [here, there] of [[staging, production], [production, staging]] as const) {
    expect(active(here, 'd1')).toContain(here.venvs);
    expect(active(here, 'd1')).not.toContain(there.folder);
  }
  expect(active(staging, 'd2')).toBe(active(staging, 'd1'));
});

test('an environment that was not finished is never used: it is built anew [A-35] [F33]', () => {
  for (const call of ['install', 'check']) {
    const { folder, venv, log, venvs, environments } = host();
    const one = venv('d1', 'flask==3\n');
    writeFileSync(join(folder, 'fails'), call);
    expect(run(installVenv(one)).code).not.toBe(0);
    expect(existsSync(join(one.release, 'venv'))).toBe(false);
    plant(venvs, { [`${environments()[0] ?? ''}/half`]: 'left behind' });
    rmSync(join(folder, 'fails'));
    must(installVenv(one));
    expect(existsSync(join(one.release, 'venv/half'))).toBe(false);
    expect(log().filter((line) => line.startsWith('venv'))).toHaveLength(2);
  }
});

test('installing converges and its undo leaves nothing, wherever it is killed [A-35] [F52]', () => {
  const { dieAfter, count } = deaths(temporary());
  const first = host();
  const changes = count(installVenv(first.venv('d1', 'flask==3\n')));
  for (let n = 0; n <= changes; n++) {
    const { folder, venv, venvs } = host();
    const one = venv('d1', 'flask==3\n');
    dieAfter(n, installVenv(one));
    must(removeVenv(one, join(folder, 'current')));
    expect([n, existsSync(venvs) ? readdirSync(venvs, { recursive: true }) : [], existsSync(join(venvs, '..'))]).toEqual([n, [], false]);
    dieAfter(n, installVenv(one));
    must(installVenv(one));
    expect(existsSync(join(one.release, 'venv/.complete'))).toBe(true);
  }
});

test('an undo removes what its own deployment built and leaves what it only shared [A-35]', () => {
  const { folder, venv, environments } = host();
  const [one, same, other] = [venv('d1', 'flask==3\n'), venv('d2', 'flask==3\n'), venv('d3', 'flask==4\n')];
  for (const each of [one, same, other]) must(installVenv(each));
  symlinkSync(one.release, join(folder, 'current'));
  const shared = readlinkSync(join(one.release, 'venv')).split('/').at(-1);
  must(removeVenv(same, join(folder, 'current')));
  expect(environments()).toHaveLength(2);
  must(removeVenv(other, join(folder, 'current')));
  expect(environments()).toEqual([shared]);
});

test('the environment of the live release is not removed, also where a link leads to its folder [F37]', () => {
  const { folder, venv, venvs, environments } = host();
  const one = venv('d1', 'flask==3\n');
  must(installVenv(one));
  symlinkSync(one.release, join(folder, 'current'));
  symlinkSync(join(venvs, '..'), join(folder, 'alias'));
  for (const path of [venvs, join(folder, 'alias/venvs')]) {
    const answer = run(removeVenv({ ...one, folder: path }, join(folder, 'current')));
    expect(answer.code).toBe(90);
    expect(lastWords(answer)).toBe('the live release still uses an environment that was to be removed');
    expect(environments()).toHaveLength(1);
  }
  must(removeVenv({ ...one, folder: join(folder, 'none') }, join(folder, 'current')));
});
