import type { Database } from './database';
import { ENDED } from './ended';
import { quote, sh, stop, type RemoteCommand } from './remote-command';

/** A copy by SQLite's own backup, then the proof: intact, the same tables, the same number of rows, its checksum beside it. */
const DUMP = `import os, sqlite3, sys
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
`;

/** `frozen`: all writers have stopped, so the copy must hold exactly the source's rows. */
export function dump(database: string, to: string, frozen: boolean): RemoteCommand {
  return sh([
    `mkdir -p -m 0700 ${quote(to.slice(0, to.lastIndexOf('/')))}`,
    `python3 -I - ${quote(database)} ${quote(to)}${frozen ? ' frozen' : ''} <<'PYTHON'\n${DUMP}PYTHON`,
    `(cd / && sha256sum ${quote(to)}) > ${quote(`${to}.sha256`)}`,
    `sync -f ${quote(to)}`,
  ]);
}

/** The dump into the database's place by rename: an empty place, then swapped in, never loaded over what is there. */
export function restore(database: string, from: string): RemoteCommand {
  return sh([
    checksum(from),
    `file=$(readlink -f ${quote(database)})`,
    // A writer that is still there would go on in the old file: its writes would be lost without a word.
    `command -v fuser > /dev/null || ${stop('fuser is not installed, so nobody can say whether the database is in use', 1)}`,
    'for suffix in "" -wal -shm -journal; do if fuser -s "$file$suffix" 2>/dev/null; then printf "%s is in use: stop its writers first\\n" "$file" >&2; exit 1; fi; done',
    `cp -a ${quote(from)} "$file.sternway"`,
    'sync -f "$file.sternway"',
    'rm -f "$file-wal" "$file-shm" "$file-journal"',
    'mv -fT "$file.sternway" "$file"',
  ]);
}

const OPEN = `import json, os, shutil, sqlite3, sys
from urllib.parse import quote
def opened(path):
    return sqlite3.connect("file:%s?mode=ro" % quote(path), uri=True, timeout=30)
def counts(path):
    db = opened(path)
    names = [r[0] for r in db.execute("select name from sqlite_master where type = 'table'")]
    return {n: db.execute('select count(*) from "%s"' % n.replace('"', '""')).fetchone()[0] for n in names}
`;

/** Whole by SQLite's own check, and no empty file. */
const PROVE = `${OPEN}try:
    verdict, tables = opened(sys.argv[1]).execute("pragma integrity_check").fetchone()[0], counts(sys.argv[1])
except sqlite3.Error as error:
    sys.exit("the dump %s cannot be read: %s" % (sys.argv[1], error))
if verdict != "ok" or not tables:
    sys.exit("the dump %s is not intact: %s" % (sys.argv[1], verdict if tables else "it holds no table"))
print("%s is whole: %d tables, %d rows" % (sys.argv[1], len(tables), sum(tables.values())))
`;

/** The copy that a restore would put in place, read as the app would read it. */
const SCRATCH = `${OPEN}${ENDED}source = sys.argv[1]
folder = os.path.join(os.path.dirname(source), ".scratch-" + os.path.basename(source))
# What one that was killed has left.
shutil.rmtree(folder, ignore_errors=True)
os.mkdir(folder, 0o700)
try:
    copy = os.path.join(folder, "database")
    shutil.copyfile(source, copy)
    broken = opened(copy).execute("pragma foreign_key_check").fetchone()
    same = counts(copy) == counts(source)
except (sqlite3.Error, OSError) as error:
    sys.exit("%s cannot be restored: %s" % (source, error))
finally:
    shutil.rmtree(folder)
if broken or not same:
    sys.exit("%s cannot be restored: %s" % (source, "rows of %s point nowhere" % broken[0] if broken else "the copy holds other rows"))
print("%s can be restored" % source)
`;

const ASK = `${OPEN}what, file, other = sys.argv[1:4]
try:
    if what == "loss":
        now, then = counts(file), counts(other)
        print(sum(max(0, now[t] - then.get(t, 0)) for t in now))
    elif what == "count":
        print(opened(file).execute('select count(*) from "%s"' % other.replace('"', '""')).fetchone()[0])
    else:
        opened(file).execute("select count(*) from sqlite_master").fetchone()
        print("%s answers" % file)
except sqlite3.Error as error:
    sys.exit("%s: %s" % (file, error))
`;

const program = (text: string, ...words: string[]): string => `python3 -I - ${words.map(quote).join(' ')} <<'PYTHON'\n${text}PYTHON`;
const checksum = (from: string): string => `sha256sum --check --status ${quote(`${from}.sha256`)} || ${stop(`the dump ${from} is damaged: its checksum differs`, 1)}`;

/** A SQLite file behind the same interface as the databases with a server. Its dump is a database itself. */
export function sqliteDatabase(file: string): Database {
  return {
    suffix: 'sqlite3',
    dump: (to, { frozen }) => dump(file, to, frozen),
    prove: (from) => sh([checksum(from), program(PROVE, from)]),
    restorable: () => sh([`command -v fuser > /dev/null || ${stop('fuser is not installed, so nobody can say whether the database is in use', 1)}`, `[ -f ${quote(file)} ] || ${stop(`there is no database ${file}`, 1)}`]),
    restore: (from) => restore(file, from),
    scratchRestore: (from) => sh([checksum(from), program(SCRATCH, from)]),
    ping: () => sh([program(ASK, 'ping', file, '')]),
    count: (table) => sh([program(ASK, 'count', file, table)]),
    threads: () => undefined,
    loss: (from) => sh([program(ASK, 'loss', file, from)]),
  };
}
