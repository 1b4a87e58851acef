"""One look at a path, a file, a unit: what facts and standing share. Changes nothing and raises nothing."""
import hashlib
import json
import os
import subprocess


def run(*argv, **options):
    """(exit code, what it said); 127: not installed, 124: no answer in time."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=options.get("limit", 15),
                              env=dict(os.environ, LC_ALL="C.UTF-8", GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0", GIT_SSH_COMMAND="ssh -oBatchMode=yes"))
        return done.returncode, done.stdout.decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return 127, "%s is not installed" % argv[0]
    except subprocess.TimeoutExpired:
        return 124, "%s did not answer in time" % argv[0]


def path(name):
    if os.path.islink(name):
        return {"kind": "link", "target": os.readlink(name)}
    return {"kind": "directory" if os.path.isdir(name) else "file" if os.path.exists(name) else "missing", "target": None}


def text(name):
    try:
        with open(name, encoding="utf-8", errors="surrogateescape") as f:
            return f.read()
    except OSError:
        return None


def json_in(name):
    try:
        return json.loads(text(name) or "null")
    except ValueError:
        return None


def sha(name):
    try:
        with open(name, "rb") as f:
            return hashlib.sha256(f.read()).hexdigest()
    except OSError:
        return None


def unit(asked):
    props = ["ActiveState", "SubState", "UnitFileState", "MainPID", "NRestarts", "FragmentPath", "DropInPaths"]
    _, out = run("systemctl", "show", "-p", ",".join(props), asked["name"])
    shown = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
    return {"name": asked["name"], "path": asked["path"], "sha256": sha(asked["path"]), "active": shown.get("ActiveState") == "active",
            "state": shown.get("ActiveState"), "enabled": shown.get("UnitFileState"), "dropIns": shown.get("DropInPaths", "").split(),
            "fragment": shown.get("FragmentPath")}
