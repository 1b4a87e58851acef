import { RECORD } from './dump-record';
import { READ_ENV } from './env-file';
import { FRAME, main } from './host-program';

/** PostgreSQL by its own client programs; the password in a file without a name that only these children can open. */
const CLIENT = String.raw`import csv, io
where = parts(given["env_file"], given["connection"])
NAME = where["name"]
if not NAME:
    sys.exit("the name of the database is empty in %s" % given["env_file"])
if "\n" in where["password"]:
    sys.exit("a password with a line break cannot be given to PostgreSQL's programs")
PASSWORD = tempfile.TemporaryFile(dir="/run" if os.access("/run", os.W_OK) else None)
PASSWORD.write(("*:*:*:*:%s\n" % re.sub(r"([\\:])", r"\\\1", where["password"])).encode())
PASSWORD.flush()
def quoted(name):
    return '"' + name.replace('"', '""') + '"'
def text(value):
    return "'" + value.replace("'", "''") + "'"
def client(name, *words, **how):
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "PGPASSFILE": "/dev/fd/%d" % PASSWORD.fileno(),
           "PGUSER": where["user"], "PGDATABASE": how.pop("database", NAME), "PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "10"}
    env.update({key: value for key, value in (("PGHOST", where["host"]), ("PGPORT", where["port"])) if value})
    done = subprocess.run([program(name)] + list(words), env=env, cwd="/", pass_fds=[PASSWORD.fileno()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
    if done.returncode:
        # Hints and the place in the statement follow the error itself.
        errors = [line for line in done.stderr.splitlines() if b"error:" in line or b"ERROR:" in line or b"FATAL:" in line]
        raise Problem(last_line(errors[0] if errors else done.stderr))
    return done.stdout
def query(sql, database=None):
    out = client("psql", "--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--csv", "--set=ON_ERROR_STOP=1", input=sql.encode(), database=database or NAME)
    return [row for row in csv.reader(io.StringIO(out.decode())) if row]
def rows_of(database):
    # What an extension brought is the extension's to make again.
    names = [row[0] for row in query("""SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast%'
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1""", database)]
    counts = query(";\n".join("SELECT count(*) FROM ONLY %s" % name for name in names), database) if names else []
    return {name: int(row[0]) for name, row in zip(names, counts)}
`;

/** A whole dump read by pg_restore, which gives its rows as COPY does: a line each. */
export const DUMP_FILE = String.raw`COPY = re.compile(rb'COPY ((?:"(?:[^"]|"")+"|[^ ."]+)\.(?:"(?:[^"]|"")+"|[^ ."]+)) .*FROM stdin;\n')
LEAST_BYTES = 300
def read_dump(path):
    if os.path.getsize(path) < LEAST_BYTES:
        raise Problem("%s has %d bytes: it is no dump" % (path, os.path.getsize(path)))
    tables, table = {}, None
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen([program("pg_restore"), "--data-only", "--file=-", path], stdout=subprocess.PIPE, stderr=said, cwd="/")
        for line in child.stdout:
            found = COPY.match(line) if table is None else None
            if found:
                table = found.group(1).decode()
                tables[table] = 0
            elif line == b"\\.\n":
                table = None
            elif table is not None:
                tables[table] += 1
        code = child.wait()
        said.seek(0)
        if code:
            raise Problem("%s is not whole: %s" % (path, last_line(said.read())))
    if not tables:
        raise Problem("%s holds no table" % path)
    return tables
`;
/** What every program starts with that speaks to the server. */
export const WITH_SERVER = `${FRAME}${READ_ENV}${CLIENT}`;

export const DUMP = `${WITH_SERVER}${DUMP_FILE}${RECORD}${main(String.raw`
to, part = given["to"], given["to"] + ".part"
os.makedirs(os.path.dirname(to), mode=0o700, exist_ok=True)
[[server]] = query("SHOW server_version")
record = {"engine": "postgres", "server": server, "name": NAME, "at": stamp(), "frozen": given["frozen"]}
os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
try:
    client("pg_dump", "--format=custom", "--no-password", "--file=" + part)
except Problem as problem:
    raise Problem("%s cannot be dumped: %s" % (NAME, problem))
record["tables"], now = read_dump(part), rows_of(NAME)
if sorted(record["tables"]) != sorted(now):
    raise Problem("the dump of %s does not hold its tables" % NAME)
wrong = ["%s (%d and not %d)" % (name, record["tables"][name], now[name]) for name in sorted(now) if now[name] != record["tables"][name]]
if given["frozen"] and wrong:
    raise Problem("the dump of %s does not hold the rows that are there, so somebody still writes: %s" % (NAME, ", ".join(wrong)))
publish(part, to, record)`)}`;

export const PROVE = `${FRAME}${DUMP_FILE}${RECORD}${main(String.raw`
record = proved(given["from"])
print("%s is whole: %d tables, %d rows" % (given["from"], len(record["tables"]), sum(record["tables"].values())))`)}`;

export const ASK = `${WITH_SERVER}${main(String.raw`
what = given["what"]
if what == "ping":
    query("SELECT 1")
    print("%s answers" % NAME)
elif what == "count":
    print(query("SELECT count(*) FROM %s" % ".".join(quoted(word) for word in given["table"].split(".")))[0][0])
elif what == "threads":
    [[connected, limit]] = query("SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'), current_setting('max_connections')")
    print(json.dumps({"connected": int(connected), "peak": None, "limit": int(limit)}))
elif what == "loss":
    try:
        with open(given["from"] + ".json") as f:
            then = json.load(f)["tables"]
    except (OSError, ValueError, KeyError) as error:
        raise Problem("what the dump holds cannot be read: %s" % error)
    print(sum(max(0, rows - then.get(name, 0)) for name, rows in rows_of(NAME).items()))`)}`;
