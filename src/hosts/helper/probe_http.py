"""One request as a probe makes it: any method, a body, headers, secrets filled in at the last moment."""
import http.client
import json
import os
import re
import ssl
import time
from urllib.parse import urlencode, urlsplit

import web
from probe_verdict import Unsaid, Wrong

MAGIC = {"application/pdf": b"%PDF-1.4\n", "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff\xe0", "image/gif": b"GIF89a"}
LARGEST = 1 << 24
_MISSING = object()


def request(spec, secrets=None):
    """{ status, text, json, bytes, headers, ms }. Raises Unsaid without an answer, with { waited_ms } where it was reached, Wrong for a certificate that does not hold."""
    url = urlsplit(spec["url"])
    timeout = spec.get("timeout", 5)
    body, own = _body(spec.get("send"), secrets or {})
    headers = {"Host": url.netloc, "User-Agent": "sternway"}
    headers.update(own)
    headers.update({name: str(reveal(value, secrets or {})) for name, value in (spec.get("headers") or {}).items()})
    if any("\r" in value or "\n" in value for value in headers.values()):
        raise Unsaid("the value of a header holds a line break")
    method = spec.get("method") or ("POST" if spec.get("send") else "GET")
    begun = time.monotonic()
    connection, reached = None, False
    try:
        connection = http.client.HTTPConnection(url.hostname, timeout=timeout)
        connection.sock = connect(spec, url, timeout)
        reached = True
        connection.request(method, (url.path or "/") + ("?" + url.query if url.query else ""), body=body, headers=headers)
        answer = connection.getresponse()
        data = answer.read(LARGEST)
        if answer.length and len(data) < LARGEST:
            raise Unsaid("no answer: it was cut after %d bytes" % len(data))
        text = data[: 1 << 20].decode("utf-8", "replace")
        return {"status": answer.status, "text": text, "json": _json(text), "bytes": data, "headers": dict(answer.getheaders()), "ms": round((time.monotonic() - begun) * 1000)}
    except (OSError, http.client.HTTPException, ValueError) as error:
        failure = broken(error)
        if reached and isinstance(error, TimeoutError):  # somebody was there, and took at least so long
            failure.value = {"waited_ms": round((time.monotonic() - begun) * 1000)}
        raise failure
    finally:
        if connection is not None:
            connection.close()


def connect(spec, url, timeout):
    """A socket to where we say, under the name that the URL says; over TLS it is proven unless `verify` is false."""
    secure = url.scheme in ("https", "wss")
    sock = web._connect(spec.get("connect") or "%s:%d" % (url.hostname, url.port or (443 if secure else 80)), timeout)
    return context_of(spec).wrap_socket(sock, server_hostname=url.hostname) if secure else sock


def context_of(spec):
    context = ssl.create_default_context(cafile=spec.get("ca"))
    if spec.get("ca_pem"):
        context.load_verify_locations(cadata=spec["ca_pem"])
    if not spec.get("verify", True):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def broken(error):
    """Why there is no answer, as a verdict."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Wrong("its certificate does not hold: %s" % error.verify_message)
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return Unsaid("the address cannot be used: %s" % error)
    return Unsaid("no answer: %s" % (error or type(error).__name__))


def reveal(value, secrets):
    """`{ secret: NAME }` and `{ env: NAME }` anywhere in a value become what they name. Raises Unsaid for one that was not given."""
    if isinstance(value, dict):
        if is_env(value):
            if "env " + value["env"] not in secrets:
                raise Unsaid("%s is in no .env that can be read here" % value["env"])
            return secrets["env " + value["env"]]
        if list(value) == ["secret"]:
            if value["secret"] not in secrets:
                raise Unsaid("the secret %s was not given" % value["secret"])
            return secrets[value["secret"]]
        return {key: reveal(item, secrets) for key, item in value.items()}
    return [reveal(item, secrets) for item in value] if isinstance(value, list) else value


def is_env(value):
    return list(value) == ["env"] and isinstance(value["env"], str) and re.match(r"[A-Z_][A-Z0-9_]*$", value["env"]) is not None


def _body(send, secrets):
    if not send:
        return None, {}
    send = reveal(send, secrets)
    if "json" in send:
        return json.dumps(send["json"]).encode(), {"Content-Type": "application/json"}
    if "text" in send:
        return send["text"].encode(), {"Content-Type": "text/plain; charset=utf-8"}
    form = {name: _plain(value) for name, value in (send.get("form") or {}).items()}
    if "file" not in send:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return _multipart(form, send["file"])


def _multipart(form, file):
    boundary = "sternway" + os.urandom(12).hex()
    magic = MAGIC.get(file["type"], b"")
    content = magic + os.urandom(max(0, file["size"] - len(magic)))
    parts = [('Content-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (_quoted(name), value)).encode() for name, value in form.items()]
    head = 'Content-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n' % (_quoted(file["field"]), _quoted(file["name"]), file["type"])
    parts.append(head.encode() + content + b"\r\n")
    line = ("--%s\r\n" % boundary).encode()
    return b"".join(line + part for part in parts) + ("--%s--\r\n" % boundary).encode(), {"Content-Type": "multipart/form-data; boundary=%s" % boundary}


def _quoted(name):
    return name.replace("\\", "\\\\").replace('"', "%22")


def _plain(value):
    return value if isinstance(value, str) else json.dumps(value)


def judge(spec, answer):
    """Raises Wrong with the first expectation that the answer does not meet, in words."""
    wanted = spec.get("status") or 200
    if answer["status"] != wanted:
        raise Wrong("status %s instead of %s" % (answer["status"], wanted))
    for places, expected in (spec.get("json") or {}).items():
        _judge_field(answer["json"], places, expected if isinstance(expected, list) else [expected])
    if spec.get("contains") is not None and spec["contains"] not in answer["text"]:
        raise Wrong("the answer does not contain %r" % spec["contains"])
    if spec.get("deny") is not None and spec["deny"] in answer["text"]:
        raise Wrong("the answer contains %r" % spec["deny"])
    if spec.get("within_ms") is not None and answer["ms"] > spec["within_ms"]:
        raise Wrong("it took %d ms, more than %d" % (answer["ms"], spec["within_ms"]))


def _judge_field(value, places, expected):
    """`services.database|database`: the contracts differ in where a field stands; every place that exists must say the right thing."""
    found = [as_text(item) for item in (field(value, place) for place in places.split("|")) if item is not _MISSING]
    wrong = [item for item in found if item not in expected]
    if not found or wrong:
        said = repr(wrong[0][:200]) if found else "missing"
        raise Wrong("%s is %s instead of %s" % (places, said, " or ".join(map(repr, expected))))


def field(value, path):
    for part in path.split("."):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return _MISSING
    return value


def missing(value):
    return value is _MISSING


def as_text(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def read(spec, secrets):
    answer = request(spec, secrets)
    value = {"status": answer["status"], "ms": answer["ms"]}
    try:
        judge(spec, answer)
    except Wrong as error:
        raise Wrong(str(error), value)
    return value
