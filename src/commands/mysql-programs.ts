import { RECORD } from './dump-record';
import { READ_ENV } from './env-file';
import { FRAME, main } from './host-program';
import { CLIENT } from './mysql-client';
import { DUMP_FILE } from './mysql-file';

/** What every program starts with that speaks to the server. */
export const WITH_SERVER = `${FRAME}${READ_ENV}${CLIENT}`;

/** mysqldump's own exit code and the file are both judged: no pipe hides the one, and gzip's part is done here. */
export const DUMP = `${WITH_SERVER}${DUMP_FILE}${RECORD}${main(String.raw`to, part = given["to"], given["to"] + ".part"
os.makedirs(os.path.dirname(to), mode=0o700, exist_ok=True)
[[server, begun, charset, collation]] = query("SELECT VERSION(), NOW(), DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s" % text(NAME)) or [[None] * 4]
if server is None:
    raise Problem("there is no database %s here" % NAME)
record = {"engine": "mysql", "server": server, "name": NAME, "at": stamp(), "frozen": given["frozen"], "charset": charset, "collation": collation, "objects": objects_of(NAME)}
words = ["--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob", "--no-tablespaces", "--max-allowed-packet=1G"]
if "MariaDB" not in subprocess.run([program(*MYSQLDUMP), "--version"], stdout=subprocess.PIPE).stdout.decode():
    words += ["--set-gtid-purged=OFF", "--column-statistics=0"]
reader = Reader()
with tempfile.TemporaryFile() as said, open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
    child = client(MYSQLDUMP, *(words + [NAME]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)
    try:
        with gzip.GzipFile("", "wb", 6, raw) as packed:
            for line in child.stdout:
                reader.line(line)
                packed.write(line)
    except BaseException:
        child.kill()
        raise
    finally:
        code = child.wait()
    said.seek(0)
    if code:
        raise Problem("%s cannot be dumped: mysqldump ended with %s: %s" % (NAME, "signal %d" % -code if code < 0 else "exit code %d" % code, last_line(said.read())))
record["tables"] = reader.end()
if read_dump(part) != record["tables"]:
    raise Problem("the dump of %s on disk does not hold what was dumped" % NAME)
if sorted(record["tables"]) != tables_of(NAME):
    raise Problem("the dump of %s does not hold its tables" % NAME)
if given["frozen"]:
    now = rows_of(NAME)
    wrong = ["%s (%d and not %d)" % (name, record["tables"][name], now[name]) for name in sorted(now) if now[name] != record["tables"][name]]
    if wrong:
        raise Problem("the dump of %s does not hold the rows that are there, so somebody still writes: %s" % (NAME, ", ".join(wrong)))
    written = query("/*!80000 SET SESSION information_schema_stats_expiry = 0 */; SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND UPDATE_TIME > %s" % (text(NAME), text(begun)))
    if written:
        raise Problem("somebody still writes into %s: %s" % (NAME, ", ".join(row[0] for row in written)))
publish(part, to, record)`)}`;

export const PROVE = `${FRAME}${DUMP_FILE}${RECORD}${main(String.raw`record = proved(given["from"])
print("%s is whole: %d tables, %d rows" % (given["from"], len(record["tables"]), sum(record["tables"].values())))`)}`;

/** Small readings: a query each. */
export const ASK = `${WITH_SERVER}${main(String.raw`what = given["what"]
if what == "ping":
    query("USE %s; SELECT 1" % quoted(NAME))
    print("%s answers" % NAME)
elif what == "count":
    print(query("SELECT COUNT(*) FROM %s.%s" % (quoted(NAME), quoted(given["table"])))[0][0])
elif what == "threads":
    rows = query("SHOW GLOBAL STATUS LIKE 'Threads_connected'; SHOW GLOBAL STATUS LIKE 'Max_used_connections'; SHOW GLOBAL VARIABLES LIKE 'max_connections'")
    print(json.dumps(dict(zip(("connected", "peak", "limit"), (int(row[1]) for row in rows)))))
elif what == "loss":
    try:
        with open(given["from"] + ".json") as f:
            then = json.load(f)["tables"]
    except (OSError, ValueError, KeyError) as error:
        raise Problem("what the dump holds cannot be read: %s" % error)
    print(sum(max(0, rows - then.get(name, 0)) for name, rows in rows_of(NAME).items()))`)}`;
