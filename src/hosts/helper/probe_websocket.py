"""A WebSocket (RFC 6455) opened, asked and closed, with the standard library alone."""
import base64
import hashlib
import http.client
import io
import json
import os
import struct
import time
from urllib.parse import urlsplit

import probe_http
from probe_verdict import Unsaid, Wrong

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LARGEST = 1 << 20


def read(spec, secrets):
    """Passes when the handshake has the wanted status and, if that is 101, a ping or the message sent is answered as it must."""
    url = urlsplit(spec["url"])
    end = time.monotonic() + spec.get("timeout", 5)
    sock = None
    try:
        sock = probe_http.connect(spec, url, spec.get("timeout", 5))
        status, stream = _handshake(sock, url, spec, secrets)
        wanted = spec.get("status") or 101
        if status != wanted:
            raise Wrong("the handshake has status %s instead of %s" % (status, wanted))
        if status != 101:
            return {"status": status}
        return dict(_talk(sock, stream, spec, secrets, end), status=status)
    except (OSError, http.client.HTTPException, EOFError, ValueError, struct.error) as error:
        raise probe_http.broken(error)
    finally:
        if sock is not None:
            sock.close()


def _handshake(sock, url, spec, secrets):
    key = base64.b64encode(os.urandom(16)).decode()
    headers = {"Host": url.netloc, "User-Agent": "sternway", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key,
               "Origin": "%s://%s" % ("https" if url.scheme in ("https", "wss") else "http", url.netloc)}
    offered = [str(probe_http.reveal(one, secrets)) for one in spec.get("subprotocols") or []]
    if offered:
        headers["Sec-WebSocket-Protocol"] = ", ".join(offered)
    headers.update({name: str(probe_http.reveal(value, secrets)) for name, value in (spec.get("headers") or {}).items()})
    if any("\r" in value or "\n" in value for value in headers.values()):
        raise ValueError("a header holds a line break")
    lines = ["GET %s HTTP/1.1" % ((url.path or "/") + ("?" + url.query if url.query else ""))] + ["%s: %s" % item for item in headers.items()]
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    stream = sock.makefile("rb")
    status, given = _head(stream)
    if status == 101:
        accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
        if given.get("sec-websocket-accept") != accept or given.get("upgrade", "").lower() != "websocket":
            raise Wrong("what answers the handshake is no WebSocket")
        chosen = given.get("sec-websocket-protocol")
        if chosen is not None and chosen not in offered:
            raise Wrong("the server took a subprotocol that was not offered")
    return status, stream


def _head(stream):
    line = stream.readline(65537)
    first = line.split(None, 2)
    if not line.endswith(b"\n") or len(first) < 2 or not first[0].startswith(b"HTTP/") or not first[1].isdigit() or len(first[1]) != 3:
        raise Unsaid("no answer: it is no HTTP")
    given = {name.lower(): value for name, value in http.client.parse_headers(stream).items()}
    return int(first[1]), given


def _talk(sock, stream, spec, secrets, end):
    """A message and what must come back, or a ping and its pong."""
    if spec.get("send") is not None or spec.get("contains") is not None:
        if spec.get("send") is not None:
            _send(sock, TEXT, str(spec["send"]).encode())
        data = _receive(sock, stream, (TEXT, BINARY), end)
        if spec.get("contains") is not None and spec["contains"] not in data.decode("utf-8", "replace"):
            raise Wrong("the message does not contain %s" % json.dumps(spec["contains"]))
    else:
        payload = os.urandom(8)
        _send(sock, PING, payload)
        while _receive(sock, stream, (PONG,), end) != payload:
            pass
    _send(sock, CLOSE, struct.pack("!H", 1000))
    return {}


def _send(sock, kind, payload):
    mask = os.urandom(4)
    size = len(payload)
    length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BH", 0xFE, size) if size < 65536 else struct.pack("!BQ", 0xFF, size)
    sock.sendall(struct.pack("!B", 0x80 | kind) + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))


def _receive(sock, stream, kinds, end):
    """The next whole message of one of these kinds; pings are answered on the way. A close is what it says: the app did not want us."""
    message, kind = io.BytesIO(), None
    while time.monotonic() < end:
        final, code, payload = _frame(stream)
        if code == CLOSE:
            reason = payload[2:].decode("utf-8", "replace")
            raise Wrong("it was closed by the server%s" % (" with %d %s" % (struct.unpack("!H", payload[:2])[0], reason) if len(payload) >= 2 else ""))
        if code == PING:
            _send(sock, PONG, payload)
            continue
        if code >= 8:
            if code in kinds:
                return payload
            continue
        kind = code or kind
        if message.tell() + len(payload) > LARGEST:
            raise Wrong("a message has more than %d bytes" % LARGEST)
        message.write(payload)
        if final:
            if kind in kinds:
                return message.getvalue()
            message, kind = io.BytesIO(), None
    raise Unsaid("no answer: timed out")


def _frame(stream):
    one, two = struct.unpack("!BB", _exactly(stream, 2))
    size = two & 0x7F
    if size > 125:
        size = struct.unpack("!H" if size == 126 else "!Q", _exactly(stream, 2 if size == 126 else 8))[0]
    if two & 0x80 or one & 0x70 or size > LARGEST:
        raise Wrong("the server breaks the WebSocket protocol")
    return bool(one & 0x80), one & 0x0F, _exactly(stream, size)


def _exactly(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the connection ended in the middle of a message")
    return data
