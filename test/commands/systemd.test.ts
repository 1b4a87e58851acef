import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sh, type RemoteCommand } from '../../src/commands/remote-command';
import { installUnits, restoreUnits, runsFrom, startUnits, stayUp, stopUnits, type UnitFile } from '../../src/commands/systemd';
import { Fakes } from './support/fakes';
import { plant } from './support/plant';
import { lastWords, run, temporary, tool, type Answer } from './support/run';
import { tree } from './support/tree';

const NASTY = "it's $(id).service";

test('stopping: in the order given, then each has to be inactive and without a main process [A-27]', () => {
  expect(stopUnits(['worker.service', 'shop.service']).script).toBe(`set -eu
systemctl stop worker.service
systemctl stop shop.service
[ "$(systemctl show -p Result --value worker.service)" != timeout ] || echo 'worker.service did not end within its TimeoutStopSec and was killed: what it was working at may be lost'
[ "$(systemctl show -p Result --value shop.service)" != timeout ] || echo 'shop.service did not end within its TimeoutStopSec and was killed: what it was working at may be lost'
pid=$(systemctl show -p MainPID --value worker.service); [ "\${pid:-0}" = 0 ] && ! systemctl is-active --quiet worker.service || { echo 'worker.service still runs after its stop' >&2; exit 1; }
pid=$(systemctl show -p MainPID --value shop.service); [ "\${pid:-0}" = 0 ] && ! systemctl is-active --quiet shop.service || { echo 'shop.service still runs after its stop' >&2; exit 1; }
`);
  expect(stopUnits([NASTY]).script).toBe(`set -eu
systemctl stop 'it'\\''s $(id).service'
[ "$(systemctl show -p Result --value 'it'\\''s $(id).service')" != timeout ] || echo 'it'\\''s $(id).service did not end within its TimeoutStopSec and was killed: what it was working at may be lost'
pid=$(systemctl show -p MainPID --value 'it'\\''s $(id).service'); [ "\${pid:-0}" = 0 ] && ! systemctl is-active --quiet 'it'\\''s $(id).service' || { echo 'it'\\''s $(id).service still runs after its stop' >&2; exit 1; }
`);
});

test('starting: after other lines, in the order given, with the unit\'s last words where it fails [SV-03]', () => {
  const journal = (unit: string, plain = unit): string =>
    `{ systemctl status --no-pager --lines=0 ${unit} 2>&1 | sed -n 1,3p >&2 || true; journalctl --no-pager --output=cat -n 15 -u ${unit} >&2 || true; echo ${plain} >&2; exit 1; }`;
  expect(startUnits(['shop.service', 'worker.service'], ['echo first']).script).toBe(`set -eu
echo first
systemctl reset-failed shop.service 2>/dev/null || true
systemctl start shop.service || ${journal('shop.service', "'shop.service did not start'")}
systemctl reset-failed worker.service 2>/dev/null || true
systemctl start worker.service || ${journal('worker.service', "'worker.service did not start'")}
systemctl is-active --quiet shop.service || ${journal('shop.service', "'shop.service did not start'")}
systemctl is-active --quiet worker.service || ${journal('worker.service', "'worker.service did not start'")}
`);
  const quoted = "'it'\\''s $(id).service'";
  expect(startUnits([NASTY]).script).toBe(`set -eu
systemctl reset-failed ${quoted} 2>/dev/null || true
systemctl start ${quoted} || ${journal(quoted, "'it'\\''s $(id).service did not start'")}
systemctl is-active --quiet ${quoted} || ${journal(quoted, "'it'\\''s $(id).service did not start'")}
`);
});

const UNIT: UnitFile = { path: '/etc/systemd/system/shop.service', source: '/r/d1/systemd/shop.service', saved: '/b/files/etc/systemd/system/shop.service', was: 'abc' };

test('unit files are installed and brought back by the same guard, each time with a daemon-reload [A-07, SV-02]', () => {
  const guard = `if [ -e /etc/systemd/system/shop.service ]; then now=$(sha256sum < /etc/systemd/system/shop.service | cut -d' ' -f1); else now=none; fi
if [ -f /r/d1/systemd/shop.service ]; then mine=$(sha256sum < /r/d1/systemd/shop.service | cut -d' ' -f1); else mine=gone; fi
`;
  const drift = "{ echo '/etc/systemd/system/shop.service was changed by hand since this deployment was planned' >&2; exit 90; }";
  expect(installUnits([UNIT]).script).toBe(`set -eu
${guard}case "$now" in abc | "$mine") ;; *) ${drift} ;; esac
install -m 0644 -o root -g root /r/d1/systemd/shop.service /etc/systemd/system/.shop.service.sternway
mv -fT /etc/systemd/system/.shop.service.sternway /etc/systemd/system/shop.service
systemctl daemon-reload
`);
  expect(restoreUnits([UNIT]).script).toBe(`set -eu
${guard}case "$now" in abc | none | "$mine") ;; *) ${drift} ;; esac
[ "$(sha256sum < /b/files/etc/systemd/system/shop.service | cut -d' ' -f1)" = abc ] || { echo 'the saved copy /b/files/etc/systemd/system/shop.service is damaged' >&2; exit 1; }
cp -a /b/files/etc/systemd/system/shop.service /etc/systemd/system/.shop.service.sternway
mv -fT /etc/systemd/system/.shop.service.sternway /etc/systemd/system/shop.service
systemctl daemon-reload
`);
  expect(restoreUnits([{ ...UNIT, path: '/e/-x $(id)', was: null }]).script).toBe(`set -eu
if [ -e '/e/-x $(id)' ]; then now=$(sha256sum < '/e/-x $(id)' | cut -d' ' -f1); else now=none; fi
if [ -f /r/d1/systemd/shop.service ]; then mine=$(sha256sum < /r/d1/systemd/shop.service | cut -d' ' -f1); else mine=gone; fi
case "$now" in none | "$mine") ;; *) { echo '/e/-x $(id) was changed by hand since this deployment was planned' >&2; exit 90; } ;; esac
rm -f '/e/-x $(id)' '/e/.-x $(id).sternway'
systemctl daemon-reload
`);
});

test('staying up: the same process without a restart until the time is over [A-28]', () => {
  expect(sh(stayUp(['shop.service'], 2.5)).script).toBe(`set -eu
before0=$(systemctl show -p ActiveState -p MainPID -p NRestarts -p InvocationID shop.service)
case "$before0" in *ActiveState=active*) ;; *) { echo 'shop.service is not active' >&2; exit 1; } ;; esac
end=$(( $(date +%s%N) + 2500 * 1000000 ))
while [ "$(date +%s%N)" -lt "$end" ]; do
  [ "$(systemctl show -p ActiveState -p MainPID -p NRestarts -p InvocationID shop.service)" = "$before0" ] || { journalctl --no-pager --output=cat -n 8 -u shop.service >&2 || true; echo 'shop.service did not keep running for 2.5 s' >&2; exit 1; }
  sleep 0.2
done
`);
  expect(sh(stayUp([NASTY], 1)).script).toBe(`set -eu
before0=$(systemctl show -p ActiveState -p MainPID -p NRestarts -p InvocationID 'it'\\''s $(id).service')
case "$before0" in *ActiveState=active*) ;; *) { echo 'it'\\''s $(id).service is not active' >&2; exit 1; } ;; esac
end=$(( $(date +%s%N) + 1000 * 1000000 ))
while [ "$(date +%s%N)" -lt "$end" ]; do
  [ "$(systemctl show -p ActiveState -p MainPID -p NRestarts -p InvocationID 'it'\\''s $(id).service')" = "$before0" ] || { journalctl --no-pager --output=cat -n 8 -u 'it'\\''s $(id).service' >&2 || true; echo 'it'\\''s $(id).service did not keep running for 1 s' >&2; exit 1; }
  sleep 0.2
done
`);
});

/** A systemd of files: `UNIT.active`, `UNIT.pid`; flags beside them make a unit stubborn, crash or fail. Sockets have no main process. */
const SYSTEMCTL = `
for unit; do :; done
f="$STATE/$unit"
pid() { case $unit in *.socket) ;; *) cat "$f.pid" 2>/dev/null || echo 0 ;; esac; }
case "$1" in
  stop) [ -e "$f.active" ] || exit 0; [ -e "$f.stubborn" ] || rm -f "$f.active"; [ -e "$f.leaves" ] || rm -f "$f.pid" ;;
  start) [ ! -e "$f.limit" ] || { echo "start request repeated too quickly" >&2; exit 1; }; [ ! -e "$f.fails" ] || exit 1; [ -e "$f.dies" ] || { touch "$f.active"; echo 4711 > "$f.pid"; } ;;
  reset-failed) rm -f "$f.limit" ;;
  is-active) [ -e "$f.active" ] ;;
  status) echo "$unit - the shop"; echo "  Loaded: loaded"; echo "  Active: failed"; echo "more"; exit 3 ;;
  show) case "$*" in
    *WorkingDirectory*) cat "$f.at" ;;
    *--value*) pid ;;
    *) n=$(($(cat "$f.shown" 2>/dev/null || echo 0) + 1)); echo $n > "$f.shown"
       restarts=0; [ ! -e "$f.crashes" ] || restarts=$((n / 2))
       if [ -e "$f.active" ]; then echo ActiveState=active; else echo ActiveState=activating; fi
       echo "MainPID=$(pid)"; echo "NRestarts=$restarts" ;;
  esac ;;
esac`;

function host(...files: string[]) {
  const folder = temporary();
  plant(folder, Object.fromEntries(files.map((file) => [file, file.endsWith('.pid') ? '4711\n' : ''])));
  const fakes = new Fakes(folder).add('systemctl', SYSTEMCTL).add('journalctl', 'echo "Traceback: no such module"');
  return { folder, fakes, run: (command: RemoteCommand): Answer => run(command, { path: [fakes.bin] }) };
}

test('units are stopped in order, and one that was stopped already is no failure [A-27]', () => {
  const { fakes, run } = host('shop.service.active', 'shop.service.pid', 'shop.socket.active');
  expect(run(stopUnits(['worker.service', 'shop.service', 'shop.socket'])).code).toBe(0);
  expect(fakes.calls.filter((call) => call.startsWith('systemctl stop'))).toEqual(['systemctl stop worker.service', 'systemctl stop shop.service', 'systemctl stop shop.socket']);
});

test('a unit that is still active, or whose process outlived its stop, is not counted as stopped [A-28, SV-07, SV-10]', () => {
  for (const flag of ['stubborn', 'leaves']) {
    const { run } = host('shop.service.active', 'shop.service.pid', `shop.service.${flag}`);
    const answer = run(stopUnits(['shop.service']));
    expect(answer.code).toBe(1);
    expect(lastWords(answer)).toBe('shop.service still runs after its stop');
  }
});

test('a crash loop before does not block a start: the limit is reset first [F42]', () => {
  const { run } = host('shop.service.limit');
  expect(run(startUnits(['shop.service'])).code).toBe(0);
});

test('a unit that does not start, or starts and is gone, fails with its own last words [A-28]', () => {
  for (const flag of ['fails', 'dies']) {
    const { run } = host(`shop.service.${flag}`);
    const answer = run(startUnits(['shop.service']));
    expect(answer.code).toBe(1);
    expect(answer.stderr).toBe('shop.service - the shop\n  Loaded: loaded\n  Active: failed\nTraceback: no such module\nshop.service did not start\n');
  }
});

test('a unit that keeps its process passes, one that restarts or only tries does not [A-28] [F41]', () => {
  const steady = host('shop.service.active', 'shop.service.pid');
  expect(steady.run(sh(stayUp(['shop.service'], 0.5))).code).toBe(0);
  expect(steady.fakes.calls.length).toBeGreaterThan(2);
  const crashing = host('shop.service.active', 'shop.service.pid', 'shop.service.crashes').run(sh(stayUp(['shop.service'], 5)));
  expect(crashing.code).toBe(1);
  expect(crashing.stderr).toBe('Traceback: no such module\nshop.service did not keep running for 5 s\n');
  const activating = host().run(sh(stayUp(['shop.service'], 5)));
  expect(activating.code).toBe(1);
  expect(lastWords(activating)).toBe('shop.service is not active');
});

test('which release runs is read off the process itself, not off the files: of a unit that works in the app\'s path or below it [A-28] [F43]', () => {
  const { folder, run } = host();
  plant(folder, { 'releases/d1/src': null, 'releases/d2/src': null, app: { to: join(folder, 'releases/d1') } });
  // The script's own shell stands in for the app's process: it works where it was started.
  const at = (works: string, asked: string): Answer => {
    writeFileSync(join(folder, 'shop.service.at'), `${join(folder, asked)}\n`);
    return run({ script: `echo $$ > ${folder}/shop.service.pid\ncd ${folder}/${works}\n${runsFrom('shop.service', join(folder, 'app'), join(folder, 'releases/d1'))}\n` });
  };
  expect(at('releases/d1', 'app')).toMatchObject({ code: 0, stderr: '' });
  expect(at('releases/d1/src', 'app/src')).toMatchObject({ code: 0, stderr: '' });
  for (const below of ['', '/src']) {
    const answer = at(`releases/d2${below}`, `app${below}`);
    expect(answer.code).toBe(1);
    expect(lastWords(answer)).toBe(`shop.service runs in ${folder}/releases/d2${below} and not in ${folder}/releases/d1${below}`);
  }
  expect(at('releases/d2', 'application').code).toBe(0);
  writeFileSync(join(folder, 'shop.service.at'), `${join(folder, 'app')}\n`);
  writeFileSync(join(folder, 'shop.service.pid'), '0\n');
  expect(run(sh([runsFrom('shop.service', join(folder, 'app'), join(folder, 'releases/d1'))])).code).toBe(1);
});

test('unit files go in and come back with their modes, a new one is gone again, and systemd is told each time [A-07, SV-02]', () => {
  const { folder, fakes, run } = host();
  const unit = (name: string, was: string | null): UnitFile => ({
    path: join(folder, 'etc', name), source: join(folder, 'release', name), saved: join(folder, 'saved', name), was: was === null ? null : createHash('sha256').update(was).digest('hex'),
  });
  plant(folder, { 'etc/shop.service': 'old', 'release/shop.service': 'new', 'release/worker.service': 'worker', saved: null });
  tool('cp', '-a', join(folder, 'etc/shop.service'), join(folder, 'saved/shop.service'));
  const units = [unit('shop.service', 'old'), unit('worker.service', null)];
  const before = tree(join(folder, 'etc'));
  for (let n = 0; n < 2; n++) expect(run(installUnits(units)).code).toBe(0);
  expect(readFileSync(join(folder, 'etc/shop.service'), 'utf8')).toBe('new');
  expect(existsSync(join(folder, 'etc/worker.service'))).toBe(true);
  for (let n = 0; n < 2; n++) expect(run(restoreUnits(units)).code).toBe(0);
  expect(tree(join(folder, 'etc'))).toEqual(before);
  expect(fakes.calls).toEqual(Array(4).fill('systemctl daemon-reload'));
});

test('a unit file that was a link comes back as that link [A-07]', () => {
  const { folder, run } = host();
  plant(folder, { 'app/shop.service': 'old', 'etc/shop.service': { to: '../app/shop.service' }, 'release/shop.service': 'new', 'saved/shop.service': { to: join(folder, 'app/shop.service') } });
  const unit: UnitFile = { path: join(folder, 'etc/shop.service'), source: join(folder, 'release/shop.service'), saved: join(folder, 'saved/shop.service'), was: createHash('sha256').update('old').digest('hex') };
  expect(run(installUnits([unit])).code).toBe(0);
  expect(readFileSync(join(folder, 'app/shop.service'), 'utf8')).toBe('old');
  expect(run(restoreUnits([unit])).code).toBe(0);
  expect(readlinkSync(join(folder, 'etc/shop.service'))).toBe(join(folder, 'app/shop.service'));
});
