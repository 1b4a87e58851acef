// What goes wrong around a command, seen from the files that are left: a full disk, a death between two programs, a busy site.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { swapLink } from '../../src/commands/files';
import { makeRelease } from '../../src/commands/git';
import { enable, type Site } from '../../src/commands/nginx';
import { sh } from '../../src/commands/remote-command';
import { dump } from '../../src/commands/sqlite';
import { startUnits } from '../../src/commands/systemd';
import { deaths } from './support/faults';
import { Fakes } from './support/fakes';
import { plant } from './support/plant';
import { lastWords, must, run, temporary, tool } from './support/run';

/** A disk of its own, of so many kilobytes, gone when the test ends. */
function smallDisk(kilobytes: number): string {
  const disk = join(temporary(), 'disk');
  mkdirSync(disk);
  tool('mount', '-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', disk);
  onTestFinished(() => void tool('umount', disk));
  return disk;
}

test('a release that does not fit on the disk, packed or unpacked, is none; where there is room again it is made whole [F32, F33]', () => {
  const source = temporary();
  const git = (...args: string[]): string => tool('git', '-C', source, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false', ...args).trim();
  git('init', '--quiet');
  plant(source, { 'app.py': 'print(1)', 'zeros.bin': '\0'.repeat(400 * 1024) });
  git('add', '--all');
  git('commit', '--quiet', '-m', 'One');
  const release = (disk: string) => ({
    mirror: join(source, '.git'), commit: git('rev-parse', 'HEAD'), tag: 'v1', deployment: 'd1', path: join(disk, 'releases/d1'), shared: join(disk, 'shared'),
    sharedPaths: [], owner: { user: 'daemon', group: 'daemon' }, plain: null, stood: [],
  });
  // The archive does not fit; it does, but what is in it does not.
  for (const size of [300, 600]) {
    const disk = smallDisk(size);
    const answer = run(makeRelease(release(disk)));
    expect([size, answer.code === 0, answer.stderr]).toEqual([size, false, expect.stringMatching(/No space left on device|Wrote only/) as string]);
    expect(existsSync(join(disk, 'releases/d1'))).toBe(false);
    tool('mount', '-o', 'remount,size=2m', disk);
    must(makeRelease(release(disk)));
    expect(readdirSync(join(disk, 'releases'))).toEqual(['d1']);
    expect(readFileSync(join(disk, 'releases/d1/zeros.bin')).length).toBe(400 * 1024);
  }
});

test('a dump that does not fit on the disk leaves none, and the database as it was [F32]', () => {
  const folder = temporary();
  const database = join(folder, 'shop.sqlite3');
  tool('python3', '-c', "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.execute('create table items (name text)')\ndb.executemany('insert into items values (?)', [('x' * 1000,)] * 500)\ndb.commit()", database);
  const before = tool('sha256sum', database);
  const disk = smallDisk(200);
  const to = join(disk, 'backup/database.sqlite3');
  const answer = run(dump(database, to, true));
  expect([answer.code === 0, lastWords(answer)]).toEqual([false, expect.stringMatching(/full|No space left/) as string]);
  expect(existsSync(to)).toBe(false);
  expect(tool('sha256sum', database)).toBe(before);
});

/** Opens one file behind the link until it is stopped; says how often, and how often nothing was there. */
const READER = `
import os, sys, time
tries = missing = 0
print("ready", flush=True)
while not os.path.exists(sys.argv[2]):
    tries += 1
    try:
        os.close(os.open(sys.argv[1], os.O_RDONLY))
    except FileNotFoundError:
        missing += 1
print(tries, missing)
`;

test('whoever reads through the link while it is swapped, over and over, finds a file each time [F34]', async () => {
  const folder = temporary();
  plant(folder, { 'old/page': 'old', 'new/page': 'new', live: { to: join(folder, 'old') } });
  const [live, stop] = [join(folder, 'live'), join(folder, 'stop')];
  const reader = spawn('python3', ['-c', READER, join(live, 'page'), stop], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(reader, 'close');
  let said = '';
  reader.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(reader.stdout, 'data');
  const SWAPS = 50;
  for (let n = 0; n < SWAPS; n++) {
    const [from, to] = n % 2 === 0 ? ['old', 'new'] : ['new', 'old'];
    must(sh(swapLink(live, join(folder, to), [join(folder, from)])));
    // So that the reader has its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  writeFileSync(stop, '');
  await closed;
  const [tries = 0, missing = 0] = (said.split('\n')[1] ?? '').split(' ').map(Number);
  expect(tries).toBeGreaterThan(1000);
  expect(missing).toBe(0);
});

test('a death between the swap of a site and its reload: run again it serves the new, and its way back the old [F35]', () => {
  const folder = temporary();
  const site: Site = { enabled: join(folder, 'enabled/shop'), available: join(folder, 'available/shop'), maintenance: join(folder, 'available/shop.maintenance'), was: null };
  plant(folder, { 'available/shop': 'new', 'available/shop.maintenance': 'closed', 'enabled/shop': { to: site.maintenance } });
  const fakes = new Fakes(folder)
    .add('nginx')
    .add('systemctl', 'cat $STATE/enabled/* > $STATE/served; echo $$ > $STATE/workers')
    .add('pgrep', 'cat $STATE/workers 2>/dev/null')
    .add('cat', '[ "$*" != /run/nginx.pid ] || { echo 4242; exit 0; }\nPATH=${PATH#*fakes:} exec cat "$@"');
  const served = (): string => readFileSync(join(folder, 'served'), 'utf8');
  const killer = deaths(join(folder, 'deaths'), [fakes.bin]);
  const [open, close] = [enable(site, site.available, [site.maintenance]), enable(site, site.maintenance, [site.available])];
  killer.count(close);
  for (const [next, then] of [[open, 'new'], [close, 'closed']] as const) {
    killer.count(close);
    expect(killer.dieAfter(2, open).code).toBe(null);
    // What lies there is the new already, what is served is still the old.
    expect([readlinkSync(site.enabled), served()]).toEqual([site.available, 'closed']);
    expect(killer.dieAfter(-1, next).code).toBe(0);
    expect(served()).toBe(then);
  }
});

test('systemd\'s limit of starts, reached by a release that crashes, does not keep the old one from starting [F42]', () => {
  const folder = temporary();
  const fakes = new Fakes(folder).add('journalctl').add('systemctl', `
starts=$(PATH=\${PATH#*:} cat "$STATE/starts" 2>/dev/null || echo 0)
case "$1" in
  start) [ "$starts" -lt 5 ] || { echo "Start request repeated too quickly" >&2; exit 1; }; echo $((starts + 1)) > "$STATE/starts" ;;
  reset-failed) echo 0 > "$STATE/starts" ;;
  is-active) exit 0 ;;
  show) case "$*" in *--value*) echo 4711 ;; *) echo ActiveState=active; echo MainPID=4711; echo NRestarts=0 ;; esac ;;
esac`);
  fakes.set('starts', '5\n');
  expect(run({ script: 'systemctl start shop.service' }, { path: [fakes.bin] }).stderr).toContain('repeated too quickly');
  expect(run(startUnits(['shop.service']), { path: [fakes.bin] }).code).toBe(0);
  expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('1\n');
});
