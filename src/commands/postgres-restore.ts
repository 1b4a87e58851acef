import { ENDED } from './ended';
import { RECORD } from './dump-record';
import { main } from './host-program';
import { DUMP_FILE, WITH_SERVER } from './postgres-programs';

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

export const SCRATCH = `${WITH_SERVER}${ENDED}${DUMP_FILE}${RECORD}${LOAD}${main(String.raw`
path, scratch = given["from"], NAME + given.get("beside", "_sternway_scratch")
record = proved(path)
drop(scratch)
try:
    create(scratch)
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
