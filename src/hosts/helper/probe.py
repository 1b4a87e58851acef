"""Readings with verdicts, on a host and on the worker alike: `pass`, `fail`, or `unknown`, which never counts as a pass.

`probe '<json>' [NAME ...]`: one document (fields: src/commands/probe.ts; without `kind` it is one request). Values of the secrets NAME come
by stdin, each ended by a NUL. Prints { name, tier, verdict, why, value, ms, status }; exit 0 pass, 1 fail, 3 unknown, 2 a malformed request.
`probe -`: { probes: [document], secrets: { NAME: value }, until?: seconds for all, stop?: true at the first that does not pass } by stdin;
one such line for each; exit 0 when all pass, 3 when one is unknown and none fails, else 1.
`fail`: it answered, wrongly, or proves to be somebody else; `unknown`: no answer that says anything.
"""
import contextlib
import importlib
import json
import sys
import time

from probe_verdict import Unsaid, Wrong, bounded, text

EXIT = {"pass": 0, "fail": 1, "unknown": 3}
PAUSE = 0.2
COMMON = "name tier kind timeout until where"
WAY = " url connect verify ca ca_pem env_file"
REQUEST = " method headers send status json contains deny within_ms"
DJANGO = " runner"
# By kind: its module, and the fields that it takes. A field that nobody reads would be an expectation that nobody checks.
KINDS = {
    "http": ("probe_http", WAY + REQUEST), "scenario": ("probe_scenario", WAY + " steps cleanup"),
    "websocket": ("probe_websocket", WAY + " headers subprotocols status send contains"), "tls": ("probe_tls", WAY + " days"),
    "static": ("probe_static", WAY + " file"), "samples": ("probe_samples", WAY + " count every average_ms p95_ms failures status"),
    "celery": ("probe_django", DJANGO + " app workers task queue"), "cache": ("probe_django", DJANGO + " alias"),
    "storage": ("probe_django", DJANGO + " alias signed"), "count": ("probe_django", DJANGO + " model table least"), "manage": ("probe_django", DJANGO + " command"),
    "redis": ("probe_redis", " env_file env memory clients rejected evicted"), "access_log": ("probe_logs", " path format share least since"),
    "log": ("probe_logs", " path mark service compose since fail_on quiet"), "cpu": ("probe_machine", " busy over"), "memory": ("probe_machine", " free"),
    "disk": ("probe_machine", " free paths"), "containers": ("probe_machine", " compose memory cpu"),
    "mysql": ("probe_mysql", " env_file host port user password threads peak slow_log mark slow"),
    "sentry": ("probe_sentry", WAY + " organization project environment release token critical warnings since"),
    "sentry_deploy": ("probe_sentry", WAY + " organization project environment release token started finished commit"),
}
# These bound themselves: their readings take as long as their plan says.
UNTIMED = ("scenario", "samples")
# Requests that may hold values of the app's own `.env`.
WITH_ENV = ("http", "scenario", "websocket")
# Seconds beside the reading's own: what runs in Django has to start first.
STARTS = 20


def main(argv):
    try:
        batch = argv[:1] == ["-"]
        ask = json.loads(sys.stdin.read() if batch else argv[0])
        specs = ask["probes"] if batch else [ask]
        secrets = ask.get("secrets") or {} if batch else _given(argv[1:])
        for spec in specs:
            check(spec)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        sys.stderr.write("probe needs one JSON object with a url or a kind: %s\n" % text(repr(error)))
        return 2
    end = time.monotonic() + float(ask.get("until", 0)) if batch else None
    worst = "pass"
    for spec in specs:
        found = dict(poll(spec, secrets, end), name=spec.get("name"), tier=spec.get("tier", 1))
        print(json.dumps(found), flush=True)
        if found["verdict"] != "pass":  # the last line is the sentence that people get
            about = spec.get("url") or spec.get("kind")
            sys.stderr.write("%s (%s): %s\n" % (spec.get("name") or "probe", about, found["why"]))
            worst = "fail" if "fail" in (found["verdict"], worst) else "unknown"
            if batch and ask.get("stop"):
                break
    return EXIT[worst]


def _given(names):
    values = sys.stdin.read().split("\0") if names else []
    if len(values) != len(names) + (1 if names else 0):
        raise ValueError("%d secrets were named and %d given" % (len(names), len(values) - 1))
    return dict(zip(names, values))


def check(spec):
    """Raises ValueError for a document that this program does not understand whole."""
    kind = spec.get("kind", "http")
    if kind not in KINDS:
        raise ValueError("no such kind: %s" % kind)
    unknown = set(spec) - set((COMMON + KINDS[kind][1]).split())
    if unknown or ("url" in KINDS[kind][1].split() and not isinstance(spec.get("url"), str)):
        raise ValueError("no such field: %s" % ", ".join(sorted(unknown)) if unknown else "no url")


def poll(spec, secrets=None, end=None):
    """The first reading that passes, else the last one."""
    end = time.monotonic() + spec.get("until", 0) if end is None else end
    while True:
        found = reading(spec, secrets or {})
        if found["verdict"] == "pass" or time.monotonic() + PAUSE >= end:
            return found
        time.sleep(PAUSE)


def reading(spec, secrets):
    """{ verdict, why, value, status, ms } of one reading."""
    kind = spec.get("kind", "http")
    begun = time.monotonic()
    try:
        if kind in WITH_ENV and spec.get("env_file"):
            secrets = dict(secrets, **_from_env(spec))
        read = importlib.import_module(KINDS[kind][0]).read
        limit = spec.get("timeout", 5) + (STARTS if KINDS[kind][0] == "probe_django" else 0)
        with contextlib.nullcontext() if kind in UNTIMED else bounded(limit):
            value = read(spec, secrets)
        found = {"verdict": "pass", "why": None, "value": value}
    except Wrong as error:
        found = {"verdict": "fail", "why": hidden(error, secrets), "value": error.value}
    except (Unsaid, TimeoutError) as error:
        why = "no answer: %s" % error if isinstance(error, TimeoutError) else error
        found = {"verdict": "unknown", "why": hidden(why, secrets), "value": getattr(error, "value", None)}
    except Exception as error:  # a bug of ours, or something that nobody foresaw: no verdict can be trusted
        found = {"verdict": "unknown", "why": hidden("the probe itself failed: %r" % error, secrets), "value": None}
    value = found["value"] if isinstance(found["value"], dict) else {}
    ms = None if found["verdict"] == "unknown" else value.get("ms", round((time.monotonic() - begun) * 1000))
    return dict(found, status=value.get("status"), ms=ms)


def _from_env(spec):
    import probe_env
    import probe_http
    names = probe_env.wanted(spec, probe_http.is_env)
    values = probe_env.read_env(spec["env_file"]) if names else {}
    return {"env " + name: values[name] for name in names if values.get(name)}


def hidden(why, secrets):
    """A sentence without any secret in it: an app may send back what it was sent."""
    said = str(why)
    for value in sorted((value for value in secrets.values() if value), key=len, reverse=True):
        said = said.replace(value, "[secret]")
    return text(said)
