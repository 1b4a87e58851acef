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
const DUMP_FILE = String.raw`COPY = re.compile(rb'COPY ((?:"(?:[^"]|"")+"|[^ ."]+)\.(?:"(?:[^"]|"")+"|[^ ."]+)) .*FROM stdin;\n')
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
const WITH_SERVER = `${FRAME}${READ_ENV}${CLIENT}`;

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

/** A database of our own beside the app's, with the app's encoding and locale. Made and removed from the cluster's own database. */
const LOAD = String.raw`CLUSTER = "postgres"
def exists(database):
    return bool(query("SELECT 1 FROM pg_database WHERE datname = %s" % text(database), CLUSTER))
def create(database):
    [row] = query("""SELECT pg_encoding_to_char(encoding), datcollate, datctype, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
        coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '') FROM pg_database d WHERE datname = %s""" % text(NAME), CLUSTER)
    provider = {"i": " LOCALE_PROVIDER icu ICU_LOCALE %s" % text(row[4]), "b": " LOCALE_PROVIDER builtin BUILTIN_LOCALE %s" % text(row[4])}.get(row[3], "")
    try:
        query("CREATE DATABASE %s TEMPLATE template0 ENCODING %s LC_COLLATE %s LC_CTYPE %s%s" % (quoted(database), text(row[0]), text(row[1]), text(row[2]), provider), CLUSTER)
    except Problem as problem:
        raise Problem("the database user %s may not create the database %s, which a restore needs (ALTER ROLE %s CREATEDB): %s" % (where["user"], database, quoted(where["user"]), problem))
def drop(database):
    query("DROP DATABASE IF EXISTS %s" % quoted(database), CLUSTER)
def load(path, database, record):
    try:
        client("pg_restore", "--exit-on-error", "--single-transaction", "--no-password", "--dbname=dbname='%s'" % database.replace("\\", "\\\\").replace("'", "\\'"), path)
    except Problem as problem:
        raise Problem("%s cannot be loaded into %s: %s" % (path, database, problem))
    now, wanted = rows_of(database), record["tables"]
    wrong = ["%s (%s and not %s)" % (name, now.get(name, "missing"), wanted.get(name, "missing")) for name in sorted(set(now) | set(wanted)) if now.get(name) != wanted.get(name)]
    if wrong:
        raise Problem("%s does not hold the dump's rows after loading: %s" % (database, ", ".join(wrong)))
# A dump of a database does not hold what was set for the database itself: who may use it, and its settings. Values of these are lists already.
LISTS = {"search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries", "unix_socket_directories"}
def dress(database):
    for kind, grantee in query("SELECT a.privilege_type, coalesce(quote_ident(r.rolname), 'PUBLIC') FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.datname = %s AND a.grantee <> d.datdba" % text(NAME), CLUSTER):
        query("GRANT %s ON DATABASE %s TO %s" % (kind, quoted(database), grantee), CLUSTER)
    if query("SELECT 1 FROM pg_database WHERE datname = %s AND datacl IS NOT NULL AND NOT EXISTS (SELECT 1 FROM aclexplode(datacl) WHERE grantee = 0)" % text(NAME), CLUSTER):
        query("REVOKE ALL ON DATABASE %s FROM PUBLIC" % quoted(database), CLUSTER)
    for role, setting in query("SELECT coalesce(quote_ident(r.rolname), ''), unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE d.datname = %s" % text(NAME), CLUSTER):
        name, value = setting.split("=", 1)
        query("ALTER %s SET %s TO %s" % ("ROLE %s IN DATABASE %s" % (role, quoted(database)) if role else "DATABASE %s" % quoted(database), name, value if name in LISTS else text(value)), CLUSTER)
`;

/** Both renames in one transaction: a second run finds the old database under its new name exactly when the swap was done. */
export const RESTORE = `${WITH_SERVER}${DUMP_FILE}${RECORD}${LOAD}${main(String.raw`
path = given["from"]
record = proved(path)
if record["name"] != NAME:
    raise Problem("%s is a dump of %s and not of %s" % (path, record["name"], NAME))
beside, before = NAME + "_sternway", NAME + "_before_" + "".join(c for c in record["at"] if c.isdigit())
def idle():
    users = query("SELECT DISTINCT usename || ' from ' || coalesce(host(client_addr), 'this host') FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'" % text(NAME), CLUSTER)
    if users:
        raise Problem("%s is in use by %s: stop its writers first" % (NAME, ", ".join(row[0] for row in users)))
idle()
if not exists(before):
    drop(beside)
    create(beside)
    load(path, beside, record)
    dress(beside)
    query("ANALYZE", beside)
    idle()
    query("BEGIN; ALTER DATABASE %s RENAME TO %s; ALTER DATABASE %s RENAME TO %s; COMMIT" % (quoted(NAME), quoted(before), quoted(beside), quoted(NAME)), CLUSTER)
if sorted(rows_of(NAME)) != sorted(record["tables"]):
    raise Problem("%s does not hold the dump's tables after the swap; the old ones are in %s" % (NAME, before))
drop(before)
print("%s restored from %s: %d tables, %d rows" % (NAME, path, len(record["tables"]), sum(record["tables"].values())))`)}`;

export const SCRATCH = `${WITH_SERVER}${DUMP_FILE}${RECORD}${LOAD}${main(String.raw`
path, scratch = given["from"], NAME + "_sternway_scratch"
record = proved(path)
drop(scratch)
create(scratch)
try:
    load(path, scratch, record)
finally:
    drop(scratch)
print("%s can be restored: %d tables, %d rows" % (path, len(record["tables"]), sum(record["tables"].values())))`)}`;

export const RESTORABLE = `${WITH_SERVER}${LOAD}${main(String.raw`
program("pg_dump"), program("pg_restore")
if not query("SELECT 1 FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = %s AND pg_has_role(r.oid, 'USAGE')" % text(NAME), CLUSTER):
    raise Problem("the database %s does not belong to %s, who could not put another in its place" % (NAME, where["user"]))
check = NAME + "_sternway_check"
drop(check)
create(check)
drop(check)
print("%s may be restored by %s" % (NAME, where["user"]))`)}`;

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
