"""The machine and its containers: processors, memory, disks."""
import json
import os
import re
import time

import probe_logs
from probe_program import last_line, run
from probe_verdict import Unsaid, Wrong

UNITS = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000 ** 2, "GB": 1000 ** 3, "TB": 1000 ** 4, "KiB": 1024, "MiB": 1024 ** 2, "GiB": 1024 ** 3, "TiB": 1024 ** 4}


def read(spec, _secrets):
    return {"cpu": _cpu, "memory": _memory, "disk": _disk, "containers": _containers}[spec["kind"]](spec)


def _cpu(spec):
    before = times()
    time.sleep(spec["over"])
    return judged_cpu(spec, before, times())


def times():
    """(idle, waiting for disks, all) in ticks; time of guests is part of `user` already."""
    try:
        with open("/proc/stat") as f:
            ticks = [int(word) for word in f.readline().split()[1:9]]
        return ticks[3], ticks[4], sum(ticks)
    except (OSError, ValueError, IndexError):
        raise Unsaid("/proc/stat cannot be read")


def judged_cpu(spec, before, after):
    passed = after[2] - before[2]
    if passed <= 0:
        raise Unsaid("no time has passed between the two readings")
    # The kernel's idle ticks may go back a little: that is no processor in use beyond all.
    busy = min(100.0, max(0.0, 100.0 - 100.0 * (after[0] - before[0]) / passed))
    value = {"busy": round(busy, 1), "waiting": round(100.0 * (after[1] - before[1]) / passed, 1), "cpus": os.cpu_count()}
    if busy > spec["busy"]:
        raise Wrong("%.1f %% of the processors are in use, more than %g %%" % (busy, spec["busy"]), value)
    return value


def _memory(spec):
    try:
        with open("/proc/meminfo") as f:
            found = dict(re.findall(r"^(\w+):\s+(\d+) kB", f.read(), re.M))
        value = {"total": int(found["MemTotal"]) * 1024, "available": int(found["MemAvailable"]) * 1024}
    except (OSError, KeyError):
        raise Unsaid("/proc/meminfo does not say how much memory is available")
    if value["available"] < spec["free"]:
        raise Wrong("%d MB of memory are available, fewer than %d" % (value["available"] >> 20, spec["free"] >> 20), value)
    return value


def _disk(spec):
    value, full = {}, []
    for path in spec["paths"]:
        try:
            s = os.statvfs(path)
        except OSError as error:
            raise Unsaid("%s cannot be read: %s" % (path, error.strerror))
        free = 100.0 * s.f_bavail / max(1, s.f_blocks)
        inodes = 100.0 * s.f_favail / s.f_files if s.f_files else 100.0
        value[path] = {"free": round(free, 1), "inodes": round(inodes, 1)}
        if min(free, inodes) < spec["free"]:
            full.append("%s has %.1f %% free%s" % (path, min(free, inodes), "" if free < spec["free"] else " of its inodes"))
    if full:
        raise Wrong("%s, less than %g %%" % (", ".join(full), spec["free"]), value)
    return value


def _containers(spec):
    ids = probe_logs.containers(spec)
    code, out, said = run(["docker", "stats", "--no-stream", "--format", "{{json .}}"] + ids)
    if code != 0:
        raise Unsaid("docker stats says: %s" % last_line(said))
    return judged_containers(spec, out, len(ids))


def judged_containers(spec, out, expected):
    value, over = {}, []
    try:
        for line in out.splitlines():
            found = json.loads(line)
            cpu, memory = float(found["CPUPerc"].rstrip("%")), float(found["MemPerc"].rstrip("%"))
            value[found["Name"]] = {"cpu": cpu, "memory": memory, "bytes": bytes_of(found["MemUsage"].split("/")[0])}
            if spec.get("memory") is not None and memory > spec["memory"]:
                over.append("%s has %g %% of its memory in use, more than %g %%" % (found["Name"], memory, spec["memory"]))
            if spec.get("cpu") is not None and cpu > spec["cpu"]:
                over.append("%s has %g %% of a processor in use, more than %g %%" % (found["Name"], cpu, spec["cpu"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unsaid("docker stats says something that is not understood")
    if len(value) < expected:
        raise Unsaid("docker stats knows %d of %d containers" % (len(value), expected), value)
    uncounted = [name for name, one in value.items() if one["bytes"] == 0]
    if uncounted:  # a kernel without these cgroups: 0 % would be a lie
        raise Unsaid("docker stats does not count the memory of %s" % ", ".join(uncounted), value)
    if over:
        raise Wrong("; ".join(over), value)
    return value


def bytes_of(words):
    """`12.5MiB` → 13107200."""
    number, unit = re.match(r"\s*([0-9.]+)\s*([A-Za-z]+)\s*$", words).groups()
    return int(float(number) * UNITS[unit])
