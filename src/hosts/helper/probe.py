"""One reading with a verdict, for check scripts: `probe '<json>'`; exit 0 pass, 1 fail, 3 unknown, 2 a malformed request.

{ url, connect? "127.0.0.1:8443" | "unix:/path", ca? (PEM path), verify? (default true), status? (default 200), json? { "a.b": "text" },
contains?, deny?, within_ms?, timeout? (5, seconds for one reading), until? (0: read again until it passes or these seconds are over) }.
It prints { verdict, why, status, ms, name }. `fail`: it answered, wrongly, or proves to be somebody else; `unknown`: no answer that says anything.
"""
import json
import signal
import sys
import time

import web

EXIT = {"pass": 0, "fail": 1, "unknown": 3}
PAUSE = 0.2
FIELDS = {"name", "url", "connect", "ca", "verify", "status", "json", "contains", "deny", "within_ms", "timeout", "until"}


def main(argv):
    try:
        spec = json.loads(argv[0])
        unknown = set(spec) - FIELDS
        if unknown or not isinstance(spec["url"], str):
            raise ValueError("no such field: %s" % ", ".join(sorted(unknown)))
    except (IndexError, KeyError, TypeError, ValueError) as error:
        sys.stderr.write("probe needs one JSON object with a url: %r\n" % error)
        return 2
    found = poll(spec)
    print(json.dumps(dict(found, name=spec.get("name"))), flush=True)
    if found["verdict"] != "pass":  # the last line is the sentence that people get
        sys.stderr.write("%s (%s): %s\n" % (spec.get("name") or "probe", spec["url"], found["why"]))
    return EXIT[found["verdict"]]


def poll(spec):
    """The first reading that passes, else the last one."""
    end = time.monotonic() + spec.get("until", 0)
    while True:
        found = reading(spec)
        if found["verdict"] == "pass" or time.monotonic() + PAUSE >= end:
            return found
        time.sleep(PAUSE)


def reading(spec):
    """{ verdict, why, status, ms } of one request."""
    try:
        signal.signal(signal.SIGALRM, _late)
        signal.setitimer(signal.ITIMER_REAL, spec.get("timeout", 5))  # for the whole, however slowly it drips
        answer = web.get(spec)
    except ValueError as error:
        answer = {"status": None, "why": "the address cannot be used: %s" % error, "tls": False}
    except TimeoutError as error:
        answer = {"status": None, "why": "no answer: %s" % error, "tls": False}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if answer["status"] is None:
        return {"verdict": "fail" if answer["tls"] else "unknown", "why": answer["why"], "status": None, "ms": None}
    why = _wrong(spec, answer)
    return {"verdict": "fail" if why else "pass", "why": why, "status": answer["status"], "ms": answer["ms"]}


def _late(*_):
    raise TimeoutError("timed out")


def _wrong(spec, answer):
    """The first expectation that the answer does not meet, in words; None when it meets all."""
    if answer["status"] != spec.get("status", 200):
        return "status %s instead of %s" % (answer["status"], spec.get("status", 200))
    for path, expected in (spec.get("json") or {}).items():
        found = _text(_field(answer["json"], path))
        if found != expected:
            return "%s is %s instead of %s" % (path, "missing" if found is None else repr(found[:200]), repr(expected))
    if spec.get("contains") is not None and spec["contains"] not in answer["text"]:
        return "the answer does not contain %r" % spec["contains"]
    if spec.get("deny") is not None and spec["deny"] in answer["text"]:
        return "the answer contains %r" % spec["deny"]
    if spec.get("within_ms") is not None and answer["ms"] > spec["within_ms"]:
        return "it took %d ms, more than %d" % (answer["ms"], spec["within_ms"])
    return None


def _field(value, path):
    for part in path.split("."):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return _MISSING
    return value


_MISSING = object()


def _text(value):
    if value is _MISSING:
        return None
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
