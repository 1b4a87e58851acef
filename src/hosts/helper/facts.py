"""Reads what a plan needs to know of this host, changing nothing. One JSON document in (argv), one out (stdout)."""
import json
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import containers
import machine
import probe_env
import standing
import unfinished
import web
from disk import read_json
from look import json_in as _json, path as _path, run as _run, sha as _sha, text as _text, unit as _unit
from probe_verdict import Unsaid


def main(argv):
    spec = json.loads(argv[0])
    print(json.dumps(collect(spec)))
    return 0


def collect(s):
    vhost = _text(os.path.join(s["nginx"]["available_dir"], s["nginx"]["site"]))
    load = os.getloadavg()[0]
    # What starts a program or asks over a network waits for the most part: all of it at once.
    with ThreadPoolExecutor(8) as pool:
        release = pool.submit(_tag, s["repository"], s["tag"])
        probes = {p["name"]: pool.submit(_answer, p) for p in s["probes"]}
        nginx = pool.submit(_nginx, s["nginx"], vhost)
        versions = {name: pool.submit(_version, argv, home) for name, argv, home in _programs(s)}
        units = [pool.submit(_unit, unit) for unit in s["units"]]
        certificates = [pool.submit(_certificate, path, s["host"]) for path in _certificate_files(vhost)]
        dirty = pool.submit(_dirty, s["app"], s["shared"])
        project = pool.submit(containers.look, s.get("compose"))
    shared = {path: os.path.join(s["app"], path) for path in s["shared"]}
    head = read_json(os.path.join(s["root"], "head.json"))
    return {
        "boot": machine.boot(), "cpus": os.cpu_count(), "load": load, "memoryAvailable": _memory(),
        "disk": {path: _disk(path) for path in s["disks"]}, "folders": [path for path in s["folders"] if os.path.isdir(path)], "app": _path(s["app"]), "revision": _json(os.path.join(s["app"], "REVISION")),
        "shared": {name: os.path.lexists(path) for name, path in shared.items()},
        "sharedLinks": {name: os.readlink(path) for name, path in shared.items() if os.path.islink(path)},
        "dirty": dirty.result(), "units": [unit.result() for unit in units], "nginx": nginx.result(),
        "certificates": [certificate.result() for certificate in certificates],
        "versions": {name: version.result() for name, version in versions.items()}, "env": _env(s), "release": release.result(), "owner": _owner(s["owner"]),
        "database": _path(os.path.join(s["app"], s["database"])) if s.get("database") else None,
        "containers": project.result(), "listening": sorted(_listening() & set(s["ports"])), "probes": {name: answer.result() for name, answer in probes.items()},
        "tools": [name.replace("|", " or ") for name in s["tools"] if not any(map(shutil.which, name.split("|")))], "head": head and {name: head[name] for name in ("deployment", "release") if name in head},
        "standing": standing.at(s, [unit.result() for unit in units], project.result()), "left": standing.left(s["root"], head),
        "claim": unfinished.claimed(s["root"]), "unfinished": unfinished.unfinished(s["root"]),
    }


def _run_as_owner(path, *argv):
    """As the account that owns `path`: whoever may write there decides what such a program does."""
    try:
        owner = os.stat(path)
    except OSError:
        return _run(*argv)
    if os.getuid() != 0 or owner.st_uid == 0:
        return _run(*argv)
    return _run("setpriv", "--reuid=%d" % owner.st_uid, "--regid=%d" % owner.st_gid, "--clear-groups", "--", "env", "HOME=/", *argv)


def _answer(probe):
    """How the site answers now: what the way back will be measured by."""
    got = web.get(probe)
    text = got.pop("text", None)
    return dict(got, contains=probe.get("contains") is not None and probe["contains"] in (text or ""))


def _memory():
    with open("/proc/meminfo") as f:
        return int(re.search(r"^MemAvailable:\s+(\d+)", f.read(), re.M).group(1)) * 1024


def _disk(path):
    while not os.path.isdir(path):
        path = os.path.dirname(path) or "/"
    s = os.statvfs(path)
    return {"free": s.f_bavail * s.f_frsize, "percent": round(100.0 * s.f_bavail / max(1, s.f_blocks), 1)}


def _dirty(app, shared):
    """Changes made by hand in the live tree: git's word where it is a checkout; our own releases are compared by git too, later."""
    git = os.path.join(app, ".git")
    if not os.path.isdir(git):
        return []
    code, out = _run_as_owner(git, "git", "-c", "safe.directory=*", "-C", app, "status", "--porcelain", "--untracked-files=no")
    lines = out.splitlines() if code == 0 else ["git status: %s" % out[:200]]
    return [line for line in lines if not any(line[3:].startswith(path) for path in shared)]


def _nginx(n, vhost):
    site, available = n["site"], os.path.join(n["available_dir"], n["site"])
    code, out = _run("nginx", "-t", "-q")
    active, _ = _run("systemctl", "is-active", "--quiet", "nginx")
    others = [os.path.join(n["enabled_dir"], name) for name in n["disable_sites"]]
    return {"active": active == 0, "testOk": code == 0, "test": out[-500:], "enabled": _path(os.path.join(n["enabled_dir"], site)),
            "vhost": vhost, "vhostSha256": _sha(available), "maintenanceSha256": _sha(available + ".maintenance"),
            "others": [{"path": p, "kind": _path(p)["kind"], "target": _path(p)["target"]} for p in others if os.path.lexists(p)]}


def _certificate_files(vhost):
    return sorted(set(path.strip("'\"") for path in re.findall(r"^\s*ssl_certificate\s+([^;\s]+)\s*;", vhost or "", re.M)))


def _certificate(path, host):
    code, out = _run("openssl", "x509", "-noout", "-enddate", "-in", path)
    ends = out.split("=", 1)[1] if code == 0 and "=" in out else None
    days = None
    if ends:
        import calendar
        import time
        days = int((calendar.timegm(time.strptime(ends, "%b %d %H:%M:%S %Y %Z")) - time.time()) // 86400)
    match, said = _run("openssl", "x509", "-noout", "-checkhost", host, "-in", path)
    return {"path": path, "days": days, "matches": match == 0 and "does match" in said, "problem": None if ends else out[:200]}


def _programs(s):
    """(name, command that says its version, the folder whose owner runs it or None)."""
    venv = os.path.join(s["app"], "venv")
    return [(name, argv, None) for name, argv in containers.versions(s.get("compose"))] + [("python", [s["interpreter"], "--version"], None), ("nginx", ["nginx", "-v"], None), ("git", ["git", "--version"], None),
            ("openssl", ["openssl", "version"], None), ("gunicorn", [os.path.join(venv, "bin/python"), "-m", "gunicorn", "--version"], venv), ("pip", [os.path.join(venv, "bin/python"), "-m", "pip", "--version"], venv)]


def _version(argv, home):
    code, out = _run_as_owner(home, *argv) if home else _run(*argv)
    number = re.search(r"(\d+(?:\.\d+)+)", out)
    return number.group(1) if code == 0 and number else None


def _env(s):
    """Names only; of asserted values only whether they hold."""
    if not s.get("env"):
        return None
    path = os.path.join(s["app"], s["env"]["file"])
    try:
        values = probe_env.read_env(path)
    except Unsaid:
        values = {}
    return {"missing": [n for n in s["env"]["required"] if not values.get(n)],
            "wrong": [n for n, wanted in s["env"]["assert"].items() if values.get(n, "").lower() != str(wanted).lower()],
            "file": os.path.exists(path)}


def _tag(repository, tag):
    code, out = _run("git", "ls-remote", "--tags", repository, "refs/tags/%s" % tag, "refs/tags/%s^{}" % tag, limit=30)
    if code != 0:
        said = [line for line in out.splitlines() if line.strip() and not line.lower().startswith("warning")]
        return {"commit": None, "problem": (said or ["exit %d" % code])[0][:300]}
    refs = dict(reversed(line.split("\t")) for line in out.splitlines() if "\t" in line)
    return {"commit": refs.get("refs/tags/%s^{}" % tag) or refs.get("refs/tags/%s" % tag), "problem": None}


def _owner(owner):
    import grp
    import pwd
    try:
        pwd.getpwnam(owner["user"])
        grp.getgrnam(owner["group"])
        return True
    except KeyError:
        return False


def _listening():
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in (_text(table) or "").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports
