"""One reading of the site from this host: pass, fail or unknown. Unknown (nothing came back that could be judged) is not a pass."""
import json
import sys
import time

import web

PASS, FAIL, UNKNOWN = 0, 1, 3
BETWEEN = 0.1


def main(argv):
    spec = json.loads(argv[0])
    end = time.monotonic() + spec.get("until", 0)
    verdict, why, got = judge(spec)
    while verdict != PASS and time.monotonic() < end:
        time.sleep(BETWEEN)
        verdict, why, got = judge(spec)
    print(json.dumps({"probe": spec.get("name"), "verdict": {PASS: "pass", FAIL: "fail", UNKNOWN: "unknown"}[verdict], "status": got["status"], "ms": got.get("ms")}))
    if verdict != PASS:
        sys.stdout.flush()
        sys.stderr.write("%s (%s): %s\n" % (spec.get("name") or "probe", spec["url"], why))
    return verdict


def judge(spec):
    got = web.get(spec)
    if got["status"] is None:
        return (FAIL if got.get("tls") else UNKNOWN), got["why"], got
    if got["status"] != spec.get("status", 200):
        return FAIL, "answers %s and not %s" % (got["status"], spec.get("status", 200)), got
    if spec.get("within_ms") and got["ms"] > spec["within_ms"]:
        return FAIL, "took %d ms, more than %d" % (got["ms"], spec["within_ms"]), got
    if spec.get("contains") and spec["contains"] not in got["text"]:
        return FAIL, "does not contain %r" % spec["contains"], got
    for field, wanted in sorted((spec.get("json") or {}).items()):
        value = got["json"]
        for key in field.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if text(value) != wanted:
            return (UNKNOWN if got["json"] is None else FAIL), "says %s %r and not %r" % (field, value, wanted), got
    return PASS, None, got


def text(value):
    if value is None or isinstance(value, (dict, list)):
        return None
    return value if isinstance(value, str) else json.dumps(value)
