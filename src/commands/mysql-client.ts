/**
 * Python that speaks to MySQL and MariaDB by their own client programs. Credentials go into a file without a name, which only these children
 * can open; neither an argument nor the environment nor an error ever holds them. Needs `FRAME` and `READ_ENV`; `given` holds `env_file` and `connection`.
 */
export const CLIENT = String.raw`where = parts(given["env_file"], given["connection"])
NAME = where["name"]
if not NAME:
    sys.exit("the name of the database is empty in %s" % given["env_file"])
TICK = chr(96)
def quoted(name):
    return TICK + name.replace(TICK, TICK * 2) + TICK
def text(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
def option(name, value):
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        value = value.replace(plain, escaped)
    return '%s="%s"\n' % (name, value)
def options():
    host, lines = where["host"] or "localhost", "[client]\ndefault-character-set=utf8mb4\n"
    # As Django has it: a path is a socket.
    lines += option("socket", host) if host.startswith("/") else option("host", host) + option("port", where["port"] or "3306")
    lines += option("user", where["user"]) + option("password", where["password"])
    file = tempfile.TemporaryFile(dir="/run" if os.access("/run", os.W_OK) else None)
    file.write(lines.encode())
    file.flush()
    return file
OPTIONS = options()
def client(names, *words, **how):
    # No other option file: root's own would put another user in. An own HOME and login file for the same reason.
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "MYSQL_TEST_LOGIN_FILE": "/nonexistent"}
    words = [program(*names), "--defaults-file=/dev/fd/%d" % OPTIONS.fileno()] + list(words)
    return subprocess.Popen(words, env=env, cwd="/", pass_fds=[OPTIONS.fileno()], **how)
MYSQL, MYSQLDUMP = ("mariadb", "mysql"), ("mariadb-dump", "mysqldump")
UNESCAPE = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}
def query(sql):
    child = client(MYSQL, "--batch", "--skip-column-names", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, said = child.communicate(sql.encode())
    if child.returncode:
        raise Problem(last_line(said))
    return [[re.sub(r"\\(.)", lambda m: UNESCAPE.get(m.group(1), m.group(0)), field) for field in line.split("\t")] for line in out.decode().split("\n")[:-1]]
def tables_of(schema):
    return sorted(row[0] for row in query("SHOW FULL TABLES FROM %s WHERE Table_type NOT IN ('VIEW', 'SYSTEM VIEW', 'SEQUENCE')" % quoted(schema)))
def rows_of(schema):
    names = tables_of(schema)
    counts = query(";\n".join("SELECT COUNT(*) FROM %s.%s" % (quoted(schema), quoted(name)) for name in names)) if names else []
    return {name: int(row[0]) for name, row in zip(names, counts)}
def objects_of(schema):
    tables = [("view", "TABLE_NAME", "VIEWS", "TABLE_SCHEMA"), ("trigger", "TRIGGER_NAME", "TRIGGERS", "TRIGGER_SCHEMA"), ("event", "EVENT_NAME", "EVENTS", "EVENT_SCHEMA"),
              ("procedure", "ROUTINE_NAME", "ROUTINES", "ROUTINE_TYPE = 'PROCEDURE' AND ROUTINE_SCHEMA"), ("function", "ROUTINE_NAME", "ROUTINES", "ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_SCHEMA")]
    rows = query("; ".join("SELECT '%s', %s FROM information_schema.%s WHERE %s = %s" % (kind, name, table, where_, text(schema)) for kind, name, table, where_ in tables))
    return {kind: sorted(row[1] for row in rows if row[0] == kind) for kind, _, _, _ in tables}
def others():
    mine = query("SELECT CONNECTION_ID(); SHOW PROCESSLIST")
    return ["%s from %s" % (row[1], row[2]) for row in mine[1:] if len(row) > 4 and row[0] != mine[0][0] and row[3] == NAME and row[4] != "Daemon"]
`;
