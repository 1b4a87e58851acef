"""Response time over many requests. What is refused, late or has another status is a failure and never a time."""
import math
import time

import probe_http
from probe_verdict import Unsaid, Wrong, bounded


def read(spec, secrets):
    times, failures = [], []
    begun = time.monotonic()
    for n in range(spec["count"]):
        time.sleep(max(0.0, begun + n * spec["every"] - time.monotonic()))
        try:
            with bounded(spec.get("timeout", 5)):
                answer = probe_http.request(spec, secrets)
            if answer["status"] == (spec.get("status") or 200):
                times.append(answer["ms"])
            else:
                failures.append("status %s" % answer["status"])
        except (Wrong, Unsaid, TimeoutError) as error:
            failures.append(str(error))
    return judged(spec, times, failures)


def judged(spec, times, failures):
    value = {"samples": spec["count"], "failures": len(failures), "average_ms": None, "p95_ms": None, "max_ms": None}
    if times:
        ordered = sorted(times)
        value.update(average_ms=round(sum(times) / len(times), 1), p95_ms=ordered[math.ceil(0.95 * len(ordered)) - 1], max_ms=ordered[-1])
    if not times and all(why.startswith("no answer") for why in failures):
        raise Unsaid("none of %d requests was answered: %s" % (spec["count"], failures[0]), value)
    if len(failures) > spec["failures"]:
        raise Wrong("%d of %d requests failed, more than %d: %s" % (len(failures), spec["count"], spec["failures"], failures[0]), value)
    if not times:
        raise Unsaid("no request was answered as it must, so there is no time to judge", value)
    if value["average_ms"] > spec["average_ms"]:
        raise Wrong("the average is %s ms, more than %s" % (value["average_ms"], spec["average_ms"]), value)
    if spec.get("p95_ms") is not None and value["p95_ms"] > spec["p95_ms"]:
        raise Wrong("the 95th percentile is %s ms, more than %s" % (value["p95_ms"], spec["p95_ms"]), value)
    return value
