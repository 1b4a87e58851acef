"""Logs since the release started: the access log by its status field, other logs by patterns from where they were then."""
import calendar
import collections
import os
import re

from probe_program import last_line, run
from probe_verdict import Unsaid, Wrong, text

# nginx's `combined` and what begins like it. It writes a quote in a request as \x22, so a quote ends the request.
COMBINED = r'^\S+ \S+ .*?\[(?P<time>[^\]]+)\] "[^"]*" (?P<status>\d{3}) '
BLOCK = 1 << 20
# nginx writes a line when the request ends: it may stand after later ones by as long as a request may take.
SLACK = 300
MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


def read(spec, _secrets):
    return _access(spec) if spec["kind"] == "access_log" else _service(spec) if spec.get("service") else _file(spec)


def since(spec):
    """When the release started, in seconds: given, or kept in a file by the step that started it."""
    given = spec.get("since")
    if isinstance(given, (int, float)):
        return float(given)
    try:
        with open(given or "") as f:
            return float(f.read().strip())
    except (OSError, ValueError):
        raise Unsaid("when the release started is not known, so its lines cannot be told from older ones")


def _access(spec):
    start = since(spec)
    try:
        pattern = re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", spec.get("format") or COMBINED))
    except re.error as error:
        raise Unsaid("the format of the access log cannot be used: %s" % error)
    counts, unread = collections.Counter(), 0
    for path in (spec["path"], spec["path"] + ".1"):
        if path == spec["path"] and not os.path.exists(path):
            raise Unsaid("%s is not there: its lines cannot be judged" % path)
        if path != spec["path"] and (not os.path.exists(path) or os.path.getmtime(path) < start):
            continue  # rotated before the release
        for line in _backwards(path):
            found = pattern.match(line)
            at = found and seconds_of(found.group("time"))
            if not found or at is None:
                unread += 1
            elif at >= start:
                counts[found.group("status")] += 1
            elif at < start - SLACK:
                break
    return judged(spec, counts, unread)


def judged(spec, counts, unread):
    total, bad = sum(counts.values()), sum(n for status, n in counts.items() if status.startswith("5"))
    value = {"requests": total, "5xx": bad, "share": round(100.0 * bad / total, 2) if total else None, "statuses": dict(sorted(counts.items())), "unread": unread}
    if unread > total / 100.0 and unread > 0:
        raise Unsaid("%d lines of %s are not in the format that was given, %d are" % (unread, spec["path"], total), value)
    if total < spec["least"]:
        raise Unsaid("%s has %d requests since the release started, fewer than %d: too few to say anything" % (spec["path"], total, spec["least"]), value)
    if 100.0 * bad > spec["share"] * total:
        raise Wrong("%.2f %% of %d requests ended with 5xx, more than %g %%" % (100.0 * bad / total, total, spec["share"]), value)
    return value


def seconds_of(words):
    """`22/Nov/2026:08:44:14 +0000` or ISO 8601 as seconds; None for anything else."""
    found = re.match(r"(\d{2})/(\w{3})/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$", words)
    if found and found.group(2) in MONTHS:
        day, month, year, hour, minute, second = int(found.group(1)), MONTHS[found.group(2)], *map(int, found.group(3, 4, 5, 6))
        sign, zone = found.group(7), found.group(8, 9)
    else:
        found = re.match(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|([+-])(\d{2}):?(\d{2}))$", words)
        if not found:
            return None
        year, month, day, hour, minute, second = map(int, found.group(1, 2, 3, 4, 5, 6))
        sign, zone = found.group(7) or "+", found.group(8, 9) if found.group(7) else ("0", "0")
    offset = (int(zone[0]) * 60 + int(zone[1])) * 60
    try:
        return calendar.timegm((year, month, day, hour, minute, second)) - (offset if sign == "+" else -offset)
    except (ValueError, OverflowError):
        return None


def _backwards(path):
    """Whole lines, the last one first; a line that is still being written is none yet."""
    with open(path, "rb") as f:
        at = f.seek(0, os.SEEK_END)
        rest, first = b"", True
        while at > 0:
            size = min(BLOCK, at)
            at -= size
            f.seek(at)
            lines = (f.read(size) + rest).split(b"\n")
            rest = lines.pop(0)
            if first:
                lines, first = lines[:-1], False  # after the last line break
            for line in reversed(lines):
                yield line.decode("utf-8", "replace")
        if rest and not first:
            yield rest.decode("utf-8", "replace")


def _file(spec):
    try:
        with open(spec["mark"]) as f:
            number, length = (int(word) for word in f.read().split())
    except (OSError, ValueError):
        raise Unsaid("how long %s was when the release started is not known: its lines cannot be judged" % spec["path"])
    try:
        with open(spec["path"], "rb") as f:
            s = os.fstat(f.fileno())
            if s.st_ino == number and s.st_size >= length:  # else it was rotated, and all of it is new
                f.seek(length)
            return _searched(spec, spec["path"], f)
    except FileNotFoundError:
        raise Unsaid("%s is not there: its lines cannot be judged" % spec["path"])
    except OSError as error:
        raise Unsaid("%s cannot be read: %s" % (spec["path"], error.strerror))


def _service(spec):
    """What the service's containers wrote. By `docker logs`: docker-compose 1.29 has no `logs --since`."""
    start = since(spec)
    ids = containers(spec, spec["service"])
    lines = []
    for one in ids:
        code, out, said = run(["docker", "logs", "--since", "%.3f" % start, one])
        if code != 0:
            raise Unsaid("the log of %s cannot be read: %s" % (spec["service"], last_line(said)))
        lines += (out + "\n" + said).encode().splitlines(True)
    return _searched(spec, "the log of %s" % spec["service"], [line for line in lines if line.strip()])


def containers(spec, *services):
    """Ids of the project's containers. Raises Unsaid when there are none."""
    compose = spec.get("compose")
    if not compose:
        raise Unsaid("the app does not run in containers")
    code, out, said = run(list(compose["argv"]) + ["ps", "-q"] + list(services), compose.get("cwd") or "/")
    if code != 0:
        raise Unsaid("the containers cannot be listed: %s" % last_line(said or out))
    ids = out.split()
    if not ids:
        raise Unsaid("%s has no container" % (services[0] if services else "the project"))
    return ids


def _searched(spec, what, lines):
    patterns = [re.compile(p) for p in spec["fail_on"]]
    total, found, shown = 0, 0, []
    for line in lines:
        total += 1
        said = line.decode("utf-8", "replace").rstrip()
        if any(p.search(said) for p in patterns):
            found += 1
            shown = shown or [text(said[:300])]
    value = {"lines": total, "found": found}
    if found:
        raise Wrong("%s has %d lines since the release started that must not be there, first: %s" % (what, found, shown[0]), value)
    if total == 0 and not spec.get("quiet"):
        raise Unsaid("%s has no line since the release started, so nothing can be said" % what, value)
    return value
