"""Redis by its own protocol (RESP): a ping, then INFO. The password comes from the URL in the app's `.env`, never by an argument."""
import socket
import ssl
from urllib.parse import parse_qs, unquote, urlsplit

from probe_env import named
from probe_verdict import Unsaid, Wrong

LIMITS = (("memory", "used_memory", "bytes of memory in use"), ("clients", "connected_clients", "clients are connected"),
          ("rejected", "rejected_connections", "connections were rejected"), ("evicted", "evicted_keys", "keys were evicted"))
SHOWN = ("redis_version", "used_memory", "used_memory_human", "maxmemory", "connected_clients", "blocked_clients", "total_connections_received",
         "total_commands_processed", "rejected_connections", "evicted_keys", "keyspace_hits", "keyspace_misses")


def read(spec, _secrets):
    url = urlsplit(named(spec["env_file"], spec.get("env", "REDIS_URL")))
    stream = None
    try:
        sock = _connect(url, spec.get("timeout", 5))
        stream = sock.makefile("rwb")
        sock.close()  # the stream keeps it open
        if url.password:
            words = ["AUTH"] + ([unquote(url.username)] if url.username else []) + [unquote(url.password)]
            _ask(stream, words, "the login with the password of %s is refused" % spec.get("env", "REDIS_URL"))
        answer = _ask(stream, ["PING"], "the ping is refused")
        if answer != b"PONG":
            raise Unsaid("what answers is no Redis")
        info = dict(line.split(":", 1) for part in ("server", "stats", "memory", "clients")
                    for line in _ask(stream, ["INFO", part], "INFO is refused").decode("utf-8", "replace").splitlines() if ":" in line)
    except (OSError, ValueError, EOFError, AttributeError) as error:
        raise Unsaid("no answer: %s" % (type(error).__name__ if isinstance(error, (ValueError, AttributeError)) else error or type(error).__name__))
    finally:
        if stream is not None:
            try:
                stream.close()
            except OSError:
                pass
    return judged(spec, info)


def judged(spec, info):
    value = {name: int(info[name]) if info[name].isdigit() else info[name] for name in SHOWN if name in info}
    for limit, name, what in LIMITS:
        if spec.get(limit) is None:
            continue
        if not isinstance(value.get(name), int):
            raise Unsaid("INFO has no %s" % name, value)
        if value[name] > spec[limit]:
            raise Wrong("%d %s, more than %d" % (value[name], what, spec[limit]), value)
    return value


def _connect(url, timeout):
    if url.scheme == "unix":
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        sock.connect(url.path)
        return sock
    if url.scheme not in ("redis", "rediss"):
        raise Unsaid("the URL of Redis begins with neither redis://, rediss:// nor unix://")
    sock = socket.create_connection((url.hostname or "127.0.0.1", url.port or 6379), timeout)
    if url.scheme == "redis":
        return sock
    context = ssl.create_default_context(cafile=(parse_qs(url.query).get("ssl_ca_certs") or [None])[0])
    if (parse_qs(url.query).get("ssl_cert_reqs") or [""])[0].lower() in ("none", "cert_none"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(sock, server_hostname=url.hostname)


def _ask(stream, words, refused):
    stream.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(data), data) for data in (word.encode() for word in words)))
    stream.flush()
    line = stream.readline(1 << 16)
    if not line.endswith(b"\r\n"):
        raise EOFError("the connection ended")
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        # NOAUTH, WRONGPASS, LOADING, MASTERDOWN ...: the code says it; Redis never repeats a password.
        raise Wrong("%s: %s" % (refused, rest.decode("utf-8", "replace")))
    if kind == b"+":
        return rest
    if kind == b"$" and rest.isdigit() and int(rest) < 1 << 20:
        data = stream.read(int(rest) + 2)
        if len(data) == int(rest) + 2:
            return data[:-2]
        raise EOFError("the connection ended")
    raise Unsaid("what answers is no Redis")
