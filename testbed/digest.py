#!/usr/bin/env python3
"""The serving state of one app on one host, as a digest: run as root on the host, standard library only.

    digest.py                      one line `<sha256>  serving state`, then a line for each section with its own hash
    digest.py --json               everything that was read, {"digest", "sections": {name: {"hash", "entries"}}, "notes"}
    digest.py --diff OTHER.json    what differs from an earlier --json, a plain line each; exit code 1 when something does
    digest.py --config APP.json    what to look at: see CONFIG below; options say more than the file

Without options it looks at the example app shop: see --help for the paths, units and URLs it takes. What is covered:

    files      below the roots, dotfiles too: type, mode, owner, group, link target, content, extended attributes
    sites      enabled nginx sites: where each link ends, and the content there
    units      what systemd has loaded: state, enablement, fragment and drop-ins with content, commands, user, limits
    processes  of those units: executable, command line, resolved working directory (the release), environment, sockets
    schema     of each SQLite file below the roots, white space apart; of the MySQL database
    rows       number and content of each table's rows (not with --no-rows)
    containers of the Docker Compose project: images by id, state, health, command, environment, mounts, ports
    served     nginx -T, and what the running nginx answers: status, headers, static content, certificate, app's version

Not covered: times, pids, inode numbers, sockets, __pycache__ and *.pyc, SQLite files' bytes and their -wal, -shm and
-journal, whatever is below an --exclude (by default only /var/lib/sternway, the deployment tool's own state).

nginx does not tell the configuration it runs; what it answers does. A configuration file changed after nginx's workers
started is named in "notes", which are outside the digest: the same bytes may have been written again.

Exit code: 0 done (or nothing differs), 1 something differs, 2 wrong usage.
"""

import argparse
import functools
import grp
import hashlib
import http.client
import json
import os
import pwd
import re
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
import time
from urllib.parse import quote

# The parts beside this file leave no byte code on the host.
sys.dont_write_bytecode = True

ROOTS = ["/opt/shop", "/opt/shop.releases", "/etc/nginx", "/etc/systemd/system", "/etc/ssl/shop"]
UNITS = ["shop.service", "nginx.service"]
PATHS = ["/", "/api/v1/status/", "/health/", "/static/style.css", "/media/", "/no-such-page"]
EXCLUDED = ["/var/lib/sternway"]
# What --config may say; by default the shop's. mysql: a .env with DB_*, by digest_mysql.py; compose: a project's name, by
# digest_compose.py; both have to lie beside this file.
CONFIG = {"root": ROOTS, "exclude": EXCLUDED, "unit": UNITS, "server_name": "shop.test", "path": PATHS, "mysql": None, "compose": None}

UNIT_PROPERTIES = [
    "LoadState", "ActiveState", "SubState", "UnitFileState", "FragmentPath", "DropInPaths", "NeedDaemonReload", "Type",
    "User", "Group", "WorkingDirectory", "Environment", "EnvironmentFiles", "Restart", "ExecStartPre", "ExecStart",
    "ExecReload", "ExecStop", "RuntimeDirectory", "LimitNOFILE", "MemoryMax", "UMask",
]
# systemd gives each start its own values of these.
VOLATILE_ENVIRONMENT = {"INVOCATION_ID", "JOURNAL_STREAM", "NOTIFY_SOCKET", "SYSTEMD_EXEC_PID", "MEMORY_PRESSURE_WATCH"}
# Differ between two answers of the same state, or follow from modification times.
VOLATILE_HEADERS = {"date", "last-modified", "etag", "content-length", "connection", "age"}
# Of the app's JSON answers, what says which release answers and how it is.
STABLE_FIELDS = {"version", "status", "environment", "deployment", "commit", "services"}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def file_hash(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def output(*command):
    """A program's standard output; its failure is part of the state and becomes text."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"})
    except OSError as error:
        return "error: %s\n" % error.strerror
    if done.returncode != 0:
        return "error: exit code %d\n%s" % (done.returncode, done.stdout.decode(errors="replace"))
    return done.stdout.decode(errors="replace")


# ---------------------------------------------------------------- files

@functools.lru_cache(maxsize=None)
def names_of(uid, gid):
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = str(uid)
    try:
        group = grp.getgrgid(gid).gr_name
    except KeyError:
        group = str(gid)
    return user, group


def is_sqlite(path):
    with open(path, "rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def describe(path, databases):
    """One line for one directory entry, or None for what is not covered. Raises FileNotFoundError."""
    info = os.lstat(path)
    kind, owner = stat.S_IFMT(info.st_mode), names_of(info.st_uid, info.st_gid)
    head = "%04o %s %s" % ((stat.S_IMODE(info.st_mode),) + owner)
    attributes = ["%s=%s" % (name, sha256(os.getxattr(path, name, follow_symlinks=False))[:16])
                  for name in sorted(os.listxattr(path, follow_symlinks=False)) if name != "security.selinux"]
    tail = (" " + " ".join(attributes)) if attributes else ""
    if kind == stat.S_IFDIR:
        return "directory %s%s" % (head, tail)
    if kind == stat.S_IFLNK:
        return "link %s -> %s" % (" ".join(owner), os.readlink(path))
    if kind == stat.S_IFSOCK:
        return None
    if kind == stat.S_IFREG:
        if re.search(r"-(wal|shm|journal)$", path) and os.path.exists(path.rsplit("-", 1)[0]) \
                and is_sqlite(path.rsplit("-", 1)[0]):
            return None
        if is_sqlite(path):
            databases.append(path)
            return "sqlite %s%s" % (head, tail)
        return "file %s %s%s" % (head, file_hash(path), tail)
    return "special %o %s %d:%d" % (kind, head, os.major(info.st_rdev), os.minor(info.st_rdev))


def covered(path, excluded):
    name = os.path.basename(path)
    if name == "__pycache__" or name.endswith(".pyc"):
        return False
    return not any(path == skip or path.startswith(skip + "/") for skip in excluded)


def read_files(roots, excluded):
    """{path: line} of everything below the roots, and the paths of the SQLite files found. Links are not followed."""
    entries, databases, waiting = {}, [], list(roots)
    while waiting:
        path = waiting.pop()
        if path in entries or not covered(path, excluded):
            continue
        try:
            line = describe(path, databases)
        except FileNotFoundError:
            line = "absent" if path in roots else None  # or it went while this was reading
        if line is None:
            continue
        entries[path] = line
        if line.startswith("directory "):
            waiting.extend(os.path.join(path, name) for name in os.listdir(path))
    return entries, sorted(databases)


def read_sites():
    entries = {}
    for folder in ("/etc/nginx/sites-enabled", "/etc/nginx/conf.d", "/etc/nginx/modules-enabled"):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            path = os.path.join(folder, name)
            end = os.path.realpath(path)
            entries[path] = "%s %s" % (end, file_hash(end) if os.path.isfile(end) else "absent")
    return entries


# ---------------------------------------------------------------- units and their processes

def show(unit, *properties):
    found = {}
    for line in output("systemctl", "show", unit, "--property", ",".join(properties)).splitlines():
        name, _, value = line.partition("=")
        # Without the last run's times, pid and exit code.
        value = re.sub(r" ; start_time=.*?(?= \})", "", value)
        found[name] = (found[name] + " ; " + value) if name in found else value
    return found


def read_units(units):
    entries = {}
    for unit in units:
        found = show(unit, *UNIT_PROPERTIES)
        for name in UNIT_PROPERTIES:
            entries["%s %s" % (unit, name)] = found.get(name, "")
        for path in [found.get("FragmentPath", "")] + found.get("DropInPaths", "").split():
            if path:
                entries["%s %s" % (unit, path)] = file_hash(path) if os.path.isfile(path) else "absent"
    return entries


def pids_of(unit):
    group = show(unit, "ControlGroup").get("ControlGroup", "")
    found = []
    for base in ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"):
        for folder, _, names in os.walk(base + group) if group else []:
            if "cgroup.procs" in names:
                with open(os.path.join(folder, "cgroup.procs")) as file:
                    found.extend(file.read().split())
    return sorted(set(found), key=int)


def environment_hash(pid):
    with open("/proc/%s/environ" % pid, "rb") as file:
        lines = [line for line in file.read().split(b"\0") if line]
    if not lines or not all(re.match(rb"[A-Za-z_][A-Za-z0-9_]*=", line) for line in lines):
        return "overwritten with the program's title"
    stable = [line for line in lines if line.split(b"=")[0].decode() not in VOLATILE_ENVIRONMENT]
    return sha256(b"\0".join(sorted(stable)))


def process(pid):
    base = "/proc/%s/" % pid
    with open(base + "cmdline", "rb") as file:
        command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    user = names_of(os.stat(base).st_uid, 0)[0]
    return "%s: %s, %s, in %s" % (user, os.readlink(base + "exe"), command, os.readlink(base + "cwd"))


def listening(pids):
    """Local TCP addresses that one of the processes listens on."""
    inodes = set()
    for pid in pids:
        try:
            for name in os.listdir("/proc/%s/fd" % pid):
                match = re.match(r"socket:\[(\d+)\]", os.readlink("/proc/%s/fd/%s" % (pid, name)))
                if match:
                    inodes.add(match.group(1))
        except OSError:
            continue
    found = set()
    for table, family in (("/proc/net/tcp", socket.AF_INET), ("/proc/net/tcp6", socket.AF_INET6)):
        if not os.path.exists(table):
            continue
        with open(table) as file:
            rows = [line.split() for line in file.readlines()[1:]]
        for row in rows:
            if row[3] == "0A" and row[9] in inodes:
                address, port = row[1].split(":")
                raw = bytes.fromhex(address)
                words = b"".join(raw[i:i + 4][::-1] for i in range(0, len(raw), 4))
                found.add("%s port %d" % (socket.inet_ntop(family, words), int(port, 16)))
    return sorted(found)


def read_processes(units):
    entries = {}
    for unit in units:
        pids, lines = pids_of(unit), set()
        for pid in pids:
            try:
                line = process(pid)
            except OSError:
                continue  # it ended meanwhile
            # A worker of the configuration before the last reload that still finishes its requests.
            if "is shutting down" not in line:
                lines.add(line)
        # How many workers there are this moment is not state: a restart counts them up one by one.
        for number, line in enumerate(sorted(lines)):
            entries["%s process %d" % (unit, number)] = line
        for address in listening(pids):
            entries["%s listens" % unit + " " + address] = "yes"
        main = show(unit, "MainPID").get("MainPID", "0")
        try:
            entries["%s environment" % unit] = environment_hash(main)
        except OSError:
            entries["%s environment" % unit] = "not running"
    return entries


# ---------------------------------------------------------------- SQLite

def normal_sql(text):
    """The statement with white space that means nothing taken out; quoted parts stay as they are."""
    parts = re.split(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\])", text or "")
    for index in range(0, len(parts), 2):
        parts[index] = re.sub(r" ?([(),]) ?", r"\1", re.sub(r"\s+", " ", parts[index]))
    return "".join(parts).strip()


def rows_of(connection, table):
    count, total = 0, 0
    for row in connection.execute('SELECT * FROM "%s"' % table.replace('"', '""')):
        count += 1
        # A sum does not depend on the order in which rows come.
        total = (total + int(sha256(repr(row).encode()), 16)) % (1 << 256)
    return "%d rows %064x" % (count, total)


def read_database(path, schema, rows):
    try:
        connection = sqlite3.connect("file:%s?mode=ro" % quote(path), uri=True, timeout=10, isolation_level=None)
        connection.execute("BEGIN")
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
            schema["%s %s %s" % (path, kind, name)] = normal_sql(sql)
            if kind == "table":
                rows["%s %s" % (path, name)] = rows_of(connection, name)
        for pragma in ("user_version", "application_id", "encoding", "journal_mode"):
            schema["%s %s" % (path, pragma)] = str(connection.execute("PRAGMA %s" % pragma).fetchone()[0])
        connection.close()
    except sqlite3.Error as error:
        schema[path] = "error: %s" % error


# ---------------------------------------------------------------- what nginx serves

def connect(server, tls):
    plain = socket.create_connection(("127.0.0.1", 443 if tls else 80), timeout=15)
    if not tls:
        return plain
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=server)


def ask(server, path, tls=True):
    """(status, {header: value}, body) of the nginx on this host."""
    connection = http.client.HTTPConnection(server)
    connection.sock = connect(server, tls)
    try:
        connection.request("GET", path, headers={"Host": server, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, sorted((name.lower(), value) for name, value in answer.getheaders()), answer.read()
    finally:
        connection.close()


def content_of(path, headers, body):
    kind = dict(headers).get("content-type", "")
    if path.startswith("/static/"):
        return "body " + sha256(body)
    if kind.startswith("application/json"):
        try:
            found = {name: value for name, value in json.loads(body.decode()).items() if name in STABLE_FIELDS}
            return json.dumps(found, sort_keys=True)
        except (ValueError, AttributeError):
            return "body that is not a JSON object"
    return ""


def read_served(server, paths):
    entries = {"nginx -T": sha256(output("nginx", "-T").encode())}
    for path in paths:
        try:
            status, headers, body = ask(server, path)
        except (OSError, http.client.HTTPException) as error:
            entries["https %s" % path] = "error: %s" % type(error).__name__
            continue
        stable = ["%s: %s" % pair for pair in headers if pair[0] not in VOLATILE_HEADERS]
        entries["https %s" % path] = " | ".join([str(status)] + stable + [content_of(path, headers, body)])
        if path == paths[0]:
            entries["maintenance"] = "on" if status == 503 and "retry-after" in dict(headers) else "off"
    try:
        status, headers, _ = ask(server, "/", tls=False)
        entries["http /"] = "%d %s" % (status, dict(headers).get("location", ""))
    except (OSError, http.client.HTTPException) as error:
        entries["http /"] = "error: %s" % type(error).__name__
    try:
        with connect(server, tls=True) as tls:
            entries["certificate"] = sha256(tls.getpeercert(binary_form=True))
            entries["tls"] = tls.version()
    except OSError as error:
        entries["certificate"] = "error: %s" % type(error).__name__
    return entries


def start_time(pid):
    """When a process started, in seconds since 1970; 0 when it is gone."""
    try:
        with open("/proc/%s/stat" % pid) as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
    except OSError:
        return 0
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")


def notes():
    """Configuration files changed since the running workers started."""
    started = max([start_time(pid) for pid in pids_of("nginx.service")], default=0)
    found = []
    for folder, _, names in os.walk("/etc/nginx") if started else []:
        for path in (os.path.join(folder, name) for name in names):
            if os.lstat(path).st_ctime > started:
                found.append("%s was changed after nginx's workers started" % path)
    return sorted(found)


# ---------------------------------------------------------------- the digest

def read(options):
    files, databases = read_files(options.root, options.exclude)
    schema, rows = {}, {}
    for path in databases:
        read_database(path, schema, rows)
    if options.mysql:
        import digest_mysql
        digest_mysql.read(options.mysql, schema, rows)
    sections = {
        "files": files,
        "sites": read_sites(),
        "units": read_units(options.unit),
        "processes": read_processes(options.unit),
        "schema": schema,
        "rows": rows,
        "served": read_served(options.server_name, options.path),
    }
    if options.compose:
        import digest_compose
        sections["containers"] = digest_compose.read(options.compose)
    if options.no_rows:
        del sections["rows"]
    listed = {name: {"hash": sha256(json.dumps(entries, sort_keys=True).encode()), "entries": entries}
              for name, entries in sections.items()}
    whole = sha256("\n".join("%s %s" % (name, listed[name]["hash"]) for name in sorted(listed)).encode())
    return {"digest": whole, "sections": listed, "excluded": options.exclude, "notes": notes()}


def differences(before, now):
    """Plain lines; a section that only one of the two has is not compared."""
    for section in sorted(set(before["sections"]) & set(now["sections"])):
        old, new = before["sections"][section]["entries"], now["sections"][section]["entries"]
        for key in sorted(set(old) | set(new)):
            if key not in new:
                yield "%s: %s is gone (was %s)" % (section, key, old[key])
            elif key not in old:
                yield "%s: %s is new: %s" % (section, key, new[key])
            elif old[key] != new[key]:
                yield "%s: %s was %s, is %s" % (section, key, old[key], new[key])


def settings(path):
    """CONFIG with what the file says. Raises ValueError when it says something else."""
    with open(path) as file:
        given = json.load(file)
    unknown = sorted(set(given) - set(CONFIG))
    if unknown:
        raise ValueError("%s is not one of %s" % (unknown[0], ", ".join(CONFIG)))
    return {**CONFIG, **given}


def arguments():
    parser = argparse.ArgumentParser(description="The serving state of one app on this host, as a digest.")
    parser.add_argument("--config", metavar="APP.json", help="what to look at, instead of the example app shop")
    parser.add_argument("--root", action="append", metavar="PATH", help="cover what is below (default: the example app's)")
    parser.add_argument("--exclude", action="append", default=[], metavar="PATH", help="but not what is below")
    parser.add_argument("--unit", action="append", metavar="NAME", help="cover this systemd unit")
    parser.add_argument("--server-name", metavar="NAME", help="whom to ask nginx for")
    parser.add_argument("--path", action="append", metavar="PATH", help="what to ask it for")
    parser.add_argument("--mysql", metavar="ENV_FILE", help="cover the MySQL database that DB_* in this .env name")
    parser.add_argument("--compose", metavar="PROJECT", help="cover the containers of this Docker Compose project")
    parser.add_argument("--no-rows", action="store_true", help="leave the rows out, not the schema")
    parser.add_argument("--json", action="store_true", help="print everything that was read")
    parser.add_argument("--diff", metavar="OTHER.json", help="print what differs from an earlier --json (- is stdin)")
    options = parser.parse_args()
    try:
        config = settings(options.config) if options.config else CONFIG
    except (OSError, ValueError, TypeError) as error:
        parser.error("%s: %s" % (options.config, error))
    options.exclude = [path.rstrip("/") for path in config["exclude"] + options.exclude]
    for name in ("root", "unit", "server_name", "path", "mysql", "compose"):
        setattr(options, name, getattr(options, name) or config[name])
    options.root = [path.rstrip("/") for path in options.root]
    return options


def main():
    options = arguments()
    if os.geteuid() != 0:
        print("digest.py: not root, so part of the state cannot be read; run it with sudo", file=sys.stderr)
        return 2
    before = None
    if options.diff:
        try:
            with (sys.stdin if options.diff == "-" else open(options.diff)) as file:
                before = json.load(file)
            before["sections"]
        except (OSError, ValueError, KeyError, TypeError):
            print("digest.py: %s is not what --json printed; name such a file" % options.diff, file=sys.stderr)
            return 2
    now = read(options)
    if options.json:
        print(json.dumps(now, indent=1, sort_keys=True))
    elif before is None:
        print("%s  serving state" % now["digest"])
        for name in sorted(now["sections"]):
            section = now["sections"][name]
            print("  %s  %s (%d)" % (section["hash"][:16], name, len(section["entries"])))
        for note in now["notes"]:
            print("  note: %s" % note)
    if before is None:
        return 0
    lines = list(differences(before, now))
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
