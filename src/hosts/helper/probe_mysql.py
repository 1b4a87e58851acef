"""MySQL and MariaDB by their own client: connections against their limit, and the slow query log since the release started."""
import os
import shutil
import tempfile

from probe_env import read_env
from probe_program import last_line, run
from probe_verdict import Unsaid, Wrong

ASK = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected','Threads_running','Max_used_connections','Slow_queries','Uptime'); " \
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_connections','slow_query_log','long_query_time')"
ESCAPED = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def read(spec, _secrets):
    value = numbers(_asked(spec))
    if spec.get("slow_log"):
        value["slow"] = _slow(spec)
    return judged(spec, value)


def _asked(spec):
    client = shutil.which("mariadb") or shutil.which("mysql")
    if client is None:
        raise Unsaid("neither mariadb nor mysql is installed here")
    env = read_env(spec["env_file"])
    missing = [spec[part] for part in ("host", "user", "password") if not env.get(spec[part])]
    if missing:
        raise Unsaid("%s has no %s" % (spec["env_file"], ", ".join(missing)))
    with tempfile.TemporaryFile(dir="/run" if os.access("/run", os.W_OK) else None) as file:  # a file without a name, for this client only
        file.write(_options(env[spec["host"]], env.get(spec["port"]) or "3306", env[spec["user"]], env[spec["password"]], spec.get("timeout", 5)).encode())
        file.flush()
        # No other option file, HOME or login file: root's own would put another user in.
        own = {"HOME": "/nonexistent", "MYSQL_TEST_LOGIN_FILE": "/nonexistent"}
        code, out, said = run([client, "--defaults-file=/dev/fd/%d" % file.fileno(), "--batch", "--skip-column-names", "-e", ASK], env=own, pass_fds=[file.fileno()])
    if code != 0:
        said = last_line(said)
        # 2xxx: the client reached nobody. Anything else the server said.
        raise (Unsaid if "ERROR 2" in said else Wrong)(said)
    return out


def _options(host, port, user, password, timeout):
    given = {"default-character-set": "utf8mb4", "user": user, "password": password, "connect-timeout": str(max(1, int(timeout)))}
    given.update({"socket": host} if host.startswith("/") else {"host": host, "port": port})
    lines = ["[client]"]
    for name, value in given.items():
        for plain, escaped in ESCAPED:
            value = value.replace(plain, escaped)
        lines.append('%s="%s"' % (name, value))
    return "\n".join(lines) + "\n"


def numbers(out):
    """Names and values of what the server said. Raises Unsaid when the ones that are judged are not among them."""
    found = dict(line.split("\t", 1) for line in out.splitlines() if "\t" in line)
    try:
        value = {name: int(found[name]) for name in ("Threads_connected", "Max_used_connections", "max_connections", "Slow_queries")}
    except (KeyError, ValueError):
        raise Unsaid("the server does not say how many connections there are")
    return dict(value, slow_query_log=found.get("slow_query_log"), long_query_time=found.get("long_query_time"))


def _slow(spec):
    """Entries that were written since the release started; the log's length then is in the mark."""
    try:
        with open(spec["mark"]) as f:
            number, length = (int(word) for word in f.read().split())
        with open(spec["slow_log"], "rb") as f:
            s = os.fstat(f.fileno())
            if s.st_ino == number and s.st_size >= length:
                f.seek(length)
            return sum(1 for line in f if line.startswith(b"# Query_time:"))
    except (OSError, ValueError, KeyError):
        raise Unsaid("%s or its length when the release started is not there: slow queries cannot be judged" % spec["slow_log"])


def judged(spec, value):
    limit = max(1, value["max_connections"])
    for name, share in (("Threads_connected", spec["threads"]), ("Max_used_connections", spec.get("peak"))):
        if share is not None and 100.0 * value[name] > share * limit:
            raise Wrong("%s is %d of %d, more than %g %%" % (name, value[name], limit, share), value)
    if "slow" in value:
        if value["slow_query_log"] in ("OFF", "0"):
            raise Unsaid("the slow query log is switched off", value)
        if value["slow"] > spec["slow"]:
            raise Wrong("%d slow queries since the release started, more than %d" % (value["slow"], spec["slow"]), value)
    return value
