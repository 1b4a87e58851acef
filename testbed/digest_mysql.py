"""The part of digest.py that reads a MySQL or MariaDB database: schema and rows, logically, by its own programs.

Asked as the app would be, with DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD of its .env. Only reads. Not covered:
AUTO_INCREMENT's next value and the definer of views and routines, which a row that came and went, or a restore, changes.
"""

import hashlib
import re
import subprocess

CLIENT = ["--batch", "--skip-column-names", "--default-character-set=utf8mb4"]
DUMP = ["--no-create-info", "--skip-triggers", "--skip-extended-insert", "--hex-blob", "--compact", "--single-transaction",
        "--no-tablespaces", "--quick", "--default-character-set=utf8mb4"]


def settings_in(env_file):
    """{name: value} of the assignments in a .env file."""
    found = {}
    with open(env_file, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$", line)
            if match:
                value = match.group(2)
                quoted = re.match(r"""(['"])(.*?)\1(\s+#.*)?$""", value)
                found[match.group(1)] = quoted.group(2) if quoted else re.sub(r"\s+#.*", "", value)
    return found


def option_file(settings):
    """For --defaults-extra-file=/dev/stdin: so the password is in no argument list and in no file."""
    names = {"host": "DB_HOST", "port": "DB_PORT", "user": "DB_USER", "password": "DB_PASSWORD"}
    lines = ['%s="%s"' % (name, settings.get(key, "").replace("\\", "\\\\").replace('"', '\\"')) for name, key in names.items()]
    return "\n".join(["[client]", "protocol=tcp"] + lines) + "\n"


class Database:
    def __init__(self, env_file):
        settings = settings_in(env_file)
        self.name = settings.get("DB_NAME", "")
        self.options = option_file(settings).encode()

    def run(self, *command):
        """A program's output in lines, without their ends. Raises RuntimeError with what it said."""
        command = [command[0], "--defaults-extra-file=/dev/stdin"] + list(command[1:])
        done = subprocess.run(command, input=self.options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace").strip())
        return done.stdout.split(b"\n")[:-1]

    def query(self, *statements):
        """One list of fields for each row; a line end within a field is written as \\n."""
        lines = self.run("mysql", *CLIENT, "--execute", "; ".join(statements), self.name)
        return [line.decode(errors="replace").split("\t") for line in lines]


def quoted(name):
    return "`%s`" % name.replace("`", "``")


def normal_ddl(text):
    text = re.sub(r" AUTO_INCREMENT=\d+", "", text)
    return re.sub(r" DEFINER=`[^`]*`@`[^`]*`", "", text)


def read_schema(database, schema):
    prefix = "mysql %s" % database.name
    for name, charset, collation in database.query(
            "SELECT schema_name, default_character_set_name, default_collation_name FROM information_schema.schemata"
            " WHERE schema_name NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')"):
        schema["mysql database %s" % name] = "%s %s" % (charset, collation)
    kinds = {name: "view" if kind == "VIEW" else "table" for name, kind in database.query("SHOW FULL TABLES")}
    # One program for all of them.
    shown = database.query(*["SHOW CREATE %s %s" % (kind, quoted(name)) for name, kind in kinds.items()]) if kinds else []
    for row in shown:
        schema["%s %s %s" % (prefix, kinds[row[0]], row[0])] = normal_ddl(row[1])
    for kind, statement in (
            ("trigger", "SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_statement"
                        " FROM information_schema.triggers WHERE trigger_schema = DATABASE()"),
            ("routine", "SELECT routine_name, routine_type, dtd_identifier, is_deterministic, security_type, routine_definition"
                        " FROM information_schema.routines WHERE routine_schema = DATABASE()"),
            ("parameter", "SELECT CONCAT(specific_name, ' ', ordinal_position), parameter_mode, parameter_name, dtd_identifier"
                          " FROM information_schema.parameters WHERE specific_schema = DATABASE()"),
            ("event", "SELECT event_name, status, execute_at, interval_value, interval_field, event_definition"
                      " FROM information_schema.events WHERE event_schema = DATABASE()")):
        for row in database.query(statement):
            schema["%s %s %s" % (prefix, kind, row[0])] = " ".join(row[1:])


def read_rows(database, rows):
    """Number and content of each table's rows. A sum does not depend on the order in which rows come."""
    counts = {name: (0, 0) for name, kind in database.query("SHOW FULL TABLES") if kind == "BASE TABLE"}
    for line in database.run("mysqldump", *DUMP, database.name):
        match = re.match(rb"INSERT INTO `((?:[^`]|``)*)` VALUES ", line)
        if match:
            name = match.group(1).decode().replace("``", "`")
            count, total = counts.get(name, (0, 0))
            counts[name] = (count + 1, (total + int(hashlib.sha256(line).hexdigest(), 16)) % (1 << 256))
    for name, (count, total) in counts.items():
        rows["mysql %s %s" % (database.name, name)] = "%d rows %064x" % (count, total)


def read(env_file, schema, rows):
    try:
        database = Database(env_file)
        read_schema(database, schema)
        read_rows(database, rows)
    except (OSError, RuntimeError, ValueError) as error:
        schema["mysql %s" % env_file] = "error: %s" % error
