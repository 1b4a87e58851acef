"""What stands on this host where a hand might change it: links, REVISION, vhost, units with their drop-ins, images, tracked code.

A deployment's last step keeps it as left.json; the next one's facts hold the same look taken anew, and the plan compares the two.
Logs, certificates, `.env`, other shared files and what a reload or restart changes are no part of it.
"""
import hashlib
import json
import os
import re
import stat
import subprocess

import containers
import look
from disk import read_json, write_json

# Of a tree that was changed throughout, these many files say enough.
MOST = 1000


def main(argv):
    """standing REQUEST FILE: one look, kept in FILE whole or not at all."""
    spec = json.loads(argv[0])
    write_json(argv[1], at(spec, [look.unit(unit) for unit in spec["units"]], containers.look(spec.get("compose"))))
    return 0


def at(s, units, project):
    """{ app, revision, units, site, images, code }, given what look.unit and containers.look said."""
    available = os.path.join(s["nginx"]["available_dir"], s["nginx"]["site"])
    enabled = os.path.join(s["nginx"]["enabled_dir"], s["nginx"]["site"])
    revision = look.json_in(os.path.join(s["app"], "REVISION"))
    revision = revision if isinstance(revision, dict) else None
    return {
        "app": dict(look.path(s["app"]), path=s["app"]),
        "revision": revision and revision.get("deployment"),
        "units": {unit["name"]: {"path": unit["path"], "sha256": unit["sha256"], "enabled": unit["enabled"], "dropIns": _drop_ins(unit)} for unit in units},
        "site": {
            "enabled": dict(look.path(enabled), path=enabled),
            "vhost": {"path": available, "sha256": look.sha(available)},
            "maintenance": {"path": available + ".maintenance", "sha256": look.sha(available + ".maintenance")},
            "others": {path: look.path(path) for path in (os.path.join(s["nginx"]["enabled_dir"], name) for name in s["nginx"]["disable_sites"])},
        },
        "images": None if project is None else {name: service["image"] for name, service in project["services"].items()},
        "code": code(s["app"], os.path.join(s["root"], "repository.git"), (revision or {}).get("commit"), s["shared"]),
    }


def _drop_ins(unit):
    """Of /etc alone: /run is empty after a boot, and what packages bring below /usr is nobody's edit."""
    return {path: look.sha(path) for path in unit["dropIns"] if path.startswith("/etc/")}


def left(root, head):
    """What the head left here: as it was found again by a way back, else as its last step kept it. None where nobody wrote it down."""
    if not head:
        return None
    return head.get("left") or (read_json(os.path.join(root, head["deployment"], "left.json")) if head.get("deployment") else None)


def code(app, mirror, commit, shared):
    """{ path: what is there } of tracked files that are not as committed; None where that cannot be told (no release of ours, no mirror)."""
    if not isinstance(commit, str) or not re.match(r"^([0-9a-f]{40}|[0-9a-f]{64})$", commit) or not os.path.isdir(mirror):
        return None
    try:
        listed = subprocess.run(["git", "--git-dir=%s" % mirror, "-c", "safe.directory=*", "ls-tree", "-r", "-z", commit], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if listed.returncode != 0:
        return None
    found = {}
    for entry in listed.stdout.split(b"\0"):
        about, _, name = entry.partition(b"\t")
        path = os.fsdecode(name)
        if not name or any(path == each or path.startswith(each + "/") for each in shared):
            continue
        mode, kind, blob = about.decode().split()
        now = _blob(os.path.join(app, path), len(blob)) if kind == "blob" else None
        if now is not None and now != (mode, blob):
            found[name.decode("utf-8", "replace")] = " ".join(now)
        if len(found) == MOST:
            break
    return found


def _blob(path, digits):
    """(git's mode, git's hash) of what lies there. Reads regular files only: whoever owns the tree may put anything else there."""
    try:
        about = os.lstat(path)
        if stat.S_ISLNK(about.st_mode):
            return "120000", _hash(os.fsencode(os.readlink(path)), digits)
        if not stat.S_ISREG(about.st_mode):
            return "other", "-"
        with open(path, "rb") as f:
            return "100755" if about.st_mode & 0o100 else "100644", _hash(f.read(), digits)
    except OSError:
        return "missing", "-"


def _hash(content, digits):
    digest = hashlib.sha1 if digits == 40 else hashlib.sha256
    return digest(b"blob %d\0" % len(content) + content).hexdigest()
