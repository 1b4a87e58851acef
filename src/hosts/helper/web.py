"""One HTTP(S) request from this host, to where we say and under the name that the URL says."""
import http.client
import json
import socket
import ssl
import time
from urllib.parse import urlsplit


def get(spec):
    """{ status, json, text, ms } or { status: null, why, tls }. spec: { url, connect? "host:port" | "unix:/path", ca?, verify?, timeout? }."""
    url = urlsplit(spec["url"])
    timeout = spec.get("timeout", 5)
    begun = time.monotonic()
    connection = None
    try:
        sock = _connect(spec.get("connect") or "%s:%d" % (url.hostname, url.port or (443 if url.scheme == "https" else 80)), timeout)
        if url.scheme == "https":
            context = ssl.create_default_context(cafile=spec.get("ca"))
            if not spec.get("verify", True):
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            sock = context.wrap_socket(sock, server_hostname=url.hostname)
        connection = http.client.HTTPConnection(url.hostname, timeout=timeout)
        connection.sock = sock
        connection.request("GET", (url.path or "/") + ("?" + url.query if url.query else ""), headers={"Host": url.netloc, "User-Agent": "sternway"})
        answer = connection.getresponse()
        text = answer.read(1 << 20).decode("utf-8", "replace")
        return {"status": answer.status, "text": text, "json": _json(text), "ms": round((time.monotonic() - begun) * 1000), "why": None}
    except ssl.SSLCertVerificationError as error:
        return {"status": None, "why": "its certificate does not hold: %s" % error.verify_message, "tls": True}
    except (OSError, http.client.HTTPException) as error:
        return {"status": None, "why": "no answer: %s" % (error or type(error).__name__), "tls": False}
    finally:
        if connection is not None:
            connection.close()


def _connect(where, timeout):
    if where.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        sock.connect(where[5:])
        return sock
    host, _, port = where.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None
