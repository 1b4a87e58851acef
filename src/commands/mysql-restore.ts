import { ENDED } from './ended';
import { RECORD } from './dump-record';
import { main } from './host-program';
import { DUMP_FILE } from './mysql-file';
import { WITH_SERVER } from './mysql-programs';

/** Loading into a schema of our own beside the app's, and comparing. */
const LOAD = String.raw`def create(schema, record):
    try:
        query("CREATE DATABASE IF NOT EXISTS %s CHARACTER SET %s COLLATE %s" % (quoted(schema), record["charset"], record["collation"]))
    except Problem as problem:
        pattern = quoted(NAME.replace("_", "\\_") + "\\_%")
        raise Problem("the database user %s may not create the schema %s, which a restore needs (GRANT ALL ON %s.* TO it): %s" % (where["user"], schema, pattern, problem))
def exists(schema):
    return bool(query("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s" % text(schema)))
def drop(schema):
    if exists(schema):
        query("DROP DATABASE IF EXISTS %s" % quoted(schema))
def load(path, schema, sections):
    with tempfile.TemporaryFile() as said:
        child = client(MYSQL, "--comments", "--max-allowed-packet=1G", "--database=" + schema, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        reader = Reader()
        try:
            with gzip.open(path) as packed:
                for line in packed:
                    if reader.line(line) in sections:
                        child.stdin.write(line)
            child.stdin.close()
        except BrokenPipeError:
            pass
        finally:
            code = child.wait()
        said.seek(0)
        if code:
            raise Problem("%s cannot be loaded into %s: %s" % (path, schema, last_line(said.read())))
        reader.end()
def compare(schema, record):
    now, wanted = rows_of(schema), record["tables"]
    wrong = ["%s (%s and not %s)" % (name, now.get(name, "missing"), wanted.get(name, "missing")) for name in sorted(set(now) | set(wanted)) if now.get(name) != wanted.get(name)]
    if wrong:
        raise Problem("%s does not hold the dump's rows after loading: %s" % (schema, ", ".join(wrong)))
def compare_objects(schema, record, but=()):
    now = objects_of(schema)
    for kind, names in record["objects"].items():
        if kind not in but and now[kind] != names:
            raise Problem("%s does not hold the dump's %ss after loading: %s and not %s" % (schema, kind, ", ".join(now[kind]) or "none", ", ".join(names) or "none"))
def drop_objects(schema, kinds):
    drops = ["DROP %s IF EXISTS %s.%s" % (kind.upper(), quoted(schema), quoted(name)) for kind, names in objects_of(schema).items() if kind in kinds for name in names]
    if drops:
        query("; ".join(drops))
TABLES, OBJECT_SECTIONS = ("head", "table", "data"), ("head", "object")
EVERYTHING = ("event", "trigger", "view", "procedure", "function")
`;

/**
 * Loaded beside and compared first, its views, triggers and routines tried there too; then all tables change places in one RENAME TABLE, whose last
 * word moves a mark along, so that a second run knows on which side of it the first one died. A table with triggers cannot change its
 * schema, and views and routines name theirs: they are dropped and made again from the dump. Events never exist beside, where they would run.
 */
export const RESTORE = `${WITH_SERVER}${DUMP_FILE}${RECORD}${LOAD}${main(String.raw`path = given["from"]
record = proved(path)
if record["name"] != NAME:
    raise Problem("%s is a dump of %s and not of %s" % (path, record["name"], NAME))
beside, before, mark = NAME + "_sternway", NAME + "_before_" + "".join(c for c in record["at"] if c.isdigit()), "_sternway_swapped"
def idle():
    users = others()
    if users:
        raise Problem("%s is in use by %s: stop its writers first" % (NAME, ", ".join(sorted(set(users)))[:300]))
idle()
if mark not in (tables_of(before) if exists(before) else []):
    drop(beside)
    create(beside, record)
    load(path, beside, TABLES)
    compare(beside, record)
    load(path, beside, OBJECT_SECTIONS)
    compare_objects(beside, record, ["event"])
    drop_objects(beside, ["trigger"])
    create(before, record)
    if tables_of(before):
        raise Problem("the schema %s holds tables that are not from a restore: somebody else uses its name" % before)
    idle()
    query("CREATE TABLE %s.%s (x INT)" % (quoted(beside), quoted(mark)))
    drop_objects(NAME, ["event", "trigger"])
    moves = [(NAME, name, before) for name in tables_of(NAME)] + [(beside, name, NAME) for name in sorted(record["tables"])] + [(beside, mark, before)]
    query("RENAME TABLE %s" % ", ".join("%s.%s TO %s.%s" % (quoted(a), quoted(name), quoted(b), quoted(name)) for a, name, b in moves))
drop_objects(NAME, EVERYTHING)
query("ALTER DATABASE %s CHARACTER SET %s COLLATE %s" % (quoted(NAME), record["charset"], record["collation"]))
load(path, NAME, OBJECT_SECTIONS + ("event",))
compare_objects(NAME, record)
if tables_of(NAME) != sorted(record["tables"]):
    raise Problem("%s does not hold the dump's tables after the swap; the old ones are in %s" % (NAME, before))
drop(beside)
# The mark goes last: without it a second run would take the old tables for somebody else's.
old = ["%s.%s" % (quoted(before), quoted(name)) for name in tables_of(before) if name != mark]
if old:
    query("SET FOREIGN_KEY_CHECKS = 0; DROP TABLE %s" % ", ".join(old))
drop(before)
print("%s restored from %s: %d tables, %d rows" % (NAME, path, len(record["tables"]), sum(record["tables"].values())))`)}`;

export const SCRATCH = `${WITH_SERVER}${ENDED}${DUMP_FILE}${RECORD}${LOAD}${main(String.raw`path = given["from"]
record = proved(path)
scratch = NAME + given.get("beside", "_sternway_scratch")
drop(scratch)
try:
    create(scratch, record)
    load(path, scratch, TABLES)
    compare(scratch, record)
    load(path, scratch, OBJECT_SECTIONS)
    compare_objects(scratch, record, ["event"])
finally:
    drop(scratch)
print("%s can be restored: %d tables, %d rows" % (path, len(record["tables"]), sum(record["tables"].values())))`)}`;

export const RESTORABLE = `${WITH_SERVER}${LOAD}${main(String.raw`program(*MYSQLDUMP)
record = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
beside, before = NAME + "_sternway_check", NAME + "_before_check"
for schema in beside, before:
    create(schema, record)
try:
    query("DROP TABLE IF EXISTS {0}.x, {1}.x; CREATE TABLE {0}.x (x INT); RENAME TABLE {0}.x TO {1}.x".format(quoted(beside), quoted(before)))
finally:
    drop(beside)
    drop(before)
print("%s may be restored by %s" % (NAME, where["user"]))`)}`;
