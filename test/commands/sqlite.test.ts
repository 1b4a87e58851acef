import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, readFileSync, readdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dump, restore } from '../../src/commands/sqlite';
import { Fakes } from './support/fakes';
import { plant } from './support/plant';
import { lastWords, must, run, temporary, tool } from './support/run';
import { tree } from './support/tree';

test('a dump: SQLite\'s own backup, proven and summed up; frozen, its rows have to be the source\'s [BK-04]', () => {
  const script = dump('/opt/shop/data/shop.sqlite3', '/b/database.sqlite3', true).script;
  expect(script).toBe(`set -eu
mkdir -p -m 0700 /b
python3 -I - /opt/shop/data/shop.sqlite3 /b/database.sqlite3 frozen <<'PYTHON'
import os, sqlite3, sys
from urllib.parse import quote
source, to = sys.argv[1:3]
part = to + ".part"
for name in part, part + "-journal", part + "-wal", part + "-shm":
    if os.path.exists(name):
        os.unlink(name)
def content(db):
    names = [r[0] for r in db.execute("select name from sqlite_master where type = 'table' order by name")]
    return [(n, db.execute('select count(*) from "%s"' % n.replace('"', '""')).fetchone()[0]) for n in names]
try:
    # Not read-only: what a killed writer left half done is rolled back first, as the app's own next start would.
    a = sqlite3.connect("file:%s?mode=rw" % quote(source), uri=True, timeout=30)
    b = sqlite3.connect(part)
    a.backup(b)
    verdict, copied = b.execute("pragma integrity_check").fetchone()[0], content(b)
    same = len(sys.argv) < 4 or content(a) == copied
except sqlite3.Error as error:
    sys.exit("%s cannot be copied: %s" % (source, error))
if verdict != "ok":
    sys.exit("the copy of %s is not intact: %s" % (source, verdict))
if not same:
    sys.exit("the copy of %s does not hold the same rows" % source)
if not copied:
    sys.exit("the copy of %s holds no table" % source)
b.close()
a.close()
s = os.stat(source)
os.chown(part, s.st_uid, s.st_gid)
os.chmod(part, s.st_mode & 0o7777)
fd = os.open(part, os.O_RDONLY)
os.fsync(fd)
os.rename(part, to)
print("%s: %d bytes, %s" % (to, os.path.getsize(to), ", ".join("%s %d" % c for c in copied)))
PYTHON
(cd / && sha256sum /b/database.sqlite3) > /b/database.sqlite3.sha256
sync -f /b/database.sqlite3
`);
  expect(dump('/opt/shop/data/shop.sqlite3', '/b/database.sqlite3', false).script).toBe(script.replace(' frozen ', ' '));
});

test('a dump and a restore with nasty names', () => {
  const lines = dump("/o's/$(id).db", '/b b/-x.db', true).script.split('\n');
  expect([...lines.slice(0, 3), ...lines.slice(-4)]).toEqual([
    'set -eu',
    "mkdir -p -m 0700 '/b b'",
    String.raw`python3 -I - '/o'\''s/$(id).db' '/b b/-x.db' frozen <<'PYTHON'`,
    'PYTHON',
    "(cd / && sha256sum '/b b/-x.db') > '/b b/-x.db.sha256'",
    "sync -f '/b b/-x.db'",
    '',
  ]);
  expect(restore("/o's/$(id).db", '/b b/-x.db').script).toBe(String.raw`set -eu
sha256sum --check --status '/b b/-x.db.sha256' || { echo 'the dump /b b/-x.db is damaged: its checksum differs' >&2; exit 1; }
file=$(readlink -f '/o'\''s/$(id).db')
command -v fuser > /dev/null || { echo 'fuser is not installed, so nobody can say whether the database is in use' >&2; exit 1; }
for suffix in "" -wal -shm -journal; do if fuser -s "$file$suffix" 2>/dev/null; then printf "%s is in use: stop its writers first\n" "$file" >&2; exit 1; fi; done
cp -a '/b b/-x.db' "$file.sternway"
sync -f "$file.sternway"
rm -f "$file-wal" "$file-shm" "$file-journal"
mv -fT "$file.sternway" "$file"
`);
});

/** Runs lines of Python with `db` connected to the file. */
function python(file: string, lines: string): string {
  return tool('python3', '-c', `import sqlite3, os, sys, time\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\n${lines}`, file);
}

const FILL = "db.execute('create table items (id integer primary key, name text)')\ndb.executemany('insert into items (name) values (?)', [(str(n),) for n in range(300)])\ndb.execute('create table empty (x)')";
const ROWS = "print(db.execute('select count(*), sum(id), group_concat(name) from items').fetchone(), [r[0] for r in db.execute('select name from sqlite_master order by 1')])";

/** An app's database under a name that a URI would take apart, owned by somebody, and where its dump goes. */
function database(mode: 'delete' | 'wal' = 'delete') {
  const folder = temporary();
  const file = join(folder, 'data/it\'s 100%25 $(id) ?a=b#c.sqlite3');
  const to = join(folder, 'backup/database.sqlite3');
  plant(folder, { data: null });
  python(file, `db.execute('pragma journal_mode=${mode}')\n${FILL}`);
  chmodSync(file, 0o640);
  chownSync(file, 33, 34);
  return { folder, file, to, data: () => readdirSync(join(folder, 'data')).length };
}

test('a dump holds the rows, the mode and the owner of its source, and changes nothing there [BK-04, A-17]', () => {
  for (const mode of ['delete', 'wal'] as const) {
    const { folder, file, to } = database(mode);
    const before = tree(join(folder, 'data'));
    expect(must(dump(file, to, true)).trim()).toBe(`${to}: ${statSync(to).size} bytes, empty 0, items 300`);
    expect(tree(join(folder, 'data'))).toEqual(before);
    expect(statSync(to)).toMatchObject({ mode: 0o100640, uid: 33, gid: 34 });
    expect(python(to, ROWS)).toBe(python(file, ROWS));
    expect(tool('sha256sum', '--check', `${to}.sha256`)).toBe(`${to}: OK\n`);
    expect(statSync(join(folder, 'backup')).mode & 0o777).toBe(0o700);
  }
});

/** A program that writes and is killed in the middle of a transaction, its changes half on disk. */
function killedWriter(file: string): void {
  const lines = "db.execute('pragma cache_size=2')\ndb.execute('begin')\nfor n in range(20000): db.execute('insert into items (name) values (?)', ('x' * 300,))\nos.kill(os.getpid(), 9)";
  expect(() => python(file, lines)).toThrow();
}

test('the database of a writer that was killed is dumped as it was before the broken transaction', () => {
  for (const mode of ['delete', 'wal'] as const) {
    const { file, to, data } = database(mode);
    const rows = python(file, ROWS);
    killedWriter(file);
    expect(data()).toBeGreaterThan(1);
    must(dump(file, to, true));
    expect(python(to, ROWS)).toBe(rows);
  }
});

test('a dump that lies there already is replaced, and a broken attempt before does not count', () => {
  const { file, to } = database();
  plant(join(to, '..'), { 'database.sqlite3': 'old', 'database.sqlite3.part': 'half', 'database.sqlite3.part-journal': 'of another' });
  must(dump(file, to, true));
  expect(python(to, ROWS)).toBe(python(file, ROWS));
  expect(readdirSync(join(to, '..')).sort()).toEqual(['database.sqlite3', 'database.sqlite3.sha256']);
});

test('a corrupt database, an empty one and a missing one are refused, and no dump is there [A-17] [F45]', () => {
  const corrupt = database();
  // Past the header and the schema: only reading every page can tell.
  truncateSync(corrupt.file, statSync(corrupt.file).size - 4096);
  const noise = database();
  writeFileSync(noise.file, 'no database at all, but long enough to be taken for one'.repeat(200));
  const empty = database();
  writeFileSync(empty.file, '');
  const missing = database();
  const gone = join(missing.folder, 'data/gone.sqlite3');
  for (const [{ to }, file, why] of [
    [corrupt, corrupt.file, /is not intact|cannot be copied: database disk image is malformed/], [noise, noise.file, /cannot be copied: file is not a database/],
    [empty, empty.file, /the copy of .* holds no table/], [missing, gone, /cannot be copied: unable to open database file/],
  ] as const) {
    const answer = run(dump(file, to, true));
    expect(answer.code).toBe(1);
    expect(lastWords(answer)).toMatch(why);
    expect([existsSync(to), existsSync(`${to}.sha256`)]).toEqual([false, false]);
  }
  expect(existsSync(gone)).toBe(false);
});

/** A program that goes on writing into the database until the test ends. */
async function writer(file: string): Promise<ChildProcess> {
  const lines = "import sqlite3, sys, time\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\nwhile True:\n    db.execute('insert into items (name) values (1)')\n    print('.', flush=True)\n    time.sleep(0.001)";
  const child = spawn('python3', ['-c', lines, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('a trial dump beside a live writer holds whole rows; once frozen, a row too many is noticed [BK-04]', async () => {
  const { file, to } = database();
  const child = await writer(file);
  const trial = must(dump(file, to, false));
  expect(Number(/items (\d+)/.exec(trial)?.[1])).toBeGreaterThanOrEqual(300);
  child.kill('SIGKILL');
  await once(child, 'exit');
  // Python's sqlite3 replaced by one that loses a row while it copies.
  const lossy = new Fakes(temporary()).add('python3', 'sed "s/^    a.backup(b)/    a.backup(b); b.execute(\'delete from items where id = 7\')/" | PATH=${PATH#*:} python3 "$@"');
  const answer = run(dump(file, to, true), { path: [lossy.bin] });
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe(`the copy of ${file} does not hold the same rows`);
});

test('a restore brings back rows, mode and owner, through links, and no log of the newer file lives on [A-19]', () => {
  for (const mode of ['delete', 'wal'] as const) {
    const { folder, file, to } = database(mode);
    const rows = python(file, ROWS);
    must(dump(file, to, true));
    python(file, "db.execute('delete from items')\ndb.execute('create table made_by_the_new_release (x)')");
    killedWriter(file);
    const link = join(folder, 'link.sqlite3');
    symlinkSync(file, link);
    must(restore(link, to));
    expect(python(file, ROWS)).toBe(rows);
    expect(statSync(file)).toMatchObject({ mode: 0o100640, uid: 33, gid: 34 });
    expect(readdirSync(join(folder, 'data'))).toEqual([file.split('/').at(-1)]);
    must(restore(link, to));
    expect(python(file, ROWS)).toBe(rows);
  }
});

test('a database that a program still has open is not restored', async () => {
  const { file, to } = database();
  must(dump(file, to, false));
  const child = await writer(file);
  const answer = run(restore(file, to));
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe(`${file} is in use: stop its writers first`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  must(restore(file, to));
});

test('where nobody can say whether a database is in use, it is not restored', () => {
  const { folder, file, to } = database();
  must(dump(file, to, true));
  const before = tree(join(folder, 'data'));
  // A machine with everything that the script calls but fuser.
  const bin = join(folder, 'bin');
  plant(bin, Object.fromEntries(['sh', 'sha256sum', 'readlink', 'cp', 'sync', 'rm', 'mv'].map((name) => [name, { to: tool('sh', '-c', `command -v ${name}`).trim() }])));
  const answer = run(restore(file, to), { env: { PATH: bin } });
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe('fuser is not installed, so nobody can say whether the database is in use');
  expect(tree(join(folder, 'data'))).toEqual(before);
});

test('a dump whose checksum differs or is missing is refused, and the database stays [A-17]', () => {
  const { folder, file, to } = database();
  must(dump(file, to, true));
  const before = tree(join(folder, 'data'));
  const bytes = readFileSync(to);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(to, bytes);
  const answer = run(restore(file, to));
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe(`the dump ${to} is damaged: its checksum differs`);
  tool('rm', `${to}.sha256`);
  expect(run(restore(file, to)).code).toBe(1);
  expect(tree(join(folder, 'data'))).toEqual(before);
});
