"""The record of one task, and the one state machine that moves it.

    absent -> running -> ended | unknown -> undoing -> undone          absent -> never

Layout: <root>/<deployment>/tasks/<step>/{lock, never, forward/, undo-1/, undo-2/ ...}, and in each run
{script, started.json, out, cancel, exit.json}. A state is judged only with the record's lock in hand.
"""
import hashlib
import os
import re

import machine
from disk import lock, make_dirs, read_json

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$")
TAIL = 2000


def named(value, what):
    if not isinstance(value, str) or not NAME.match(value):
        raise ValueError("%s %r is not a plain name (letters, digits, dot, dash, underscore)" % (what, value))
    return value


class Record(object):
    def __init__(self, root, deployment, step):
        self.dir = os.path.join(root, named(deployment, "deployment"), "tasks", named(step, "step"))

    def lock(self, exclusive=True, wait=True):
        make_dirs(self.dir)
        return lock(os.path.join(self.dir, "lock"), exclusive, wait)

    def run(self, name):
        return os.path.join(self.dir, name)

    def undo_runs(self):
        names = [n for n in os.listdir(self.dir) if n.startswith("undo-")] if os.path.isdir(self.dir) else []
        return sorted(names, key=lambda n: int(n[5:]))

    def judge(self):
        """{ state, run, ... }; call with the lock held (a busy lock means: running)."""
        if os.path.exists(self.run("never")):
            return {"state": "never", "run": None}
        undos = self.undo_runs()
        if undos:
            last = judge_run(self.run(undos[-1]))
            if last["state"] == "ended" and last["code"] == 0:
                return dict(last, state="undone", run=undos[-1])
            if last["state"] != "absent":
                return dict(last, state="orphaned" if last["state"] == "orphaned" else "undo-failed", run=undos[-1])
        return dict(judge_run(self.run("forward")), run="forward")


def judge_run(path):
    started = read_json(os.path.join(path, "started.json"))
    if started is None:
        return {"state": "absent"}
    result = {"at": started["at"], "sha256": started["sha256"], "pid": started["pid"]}
    end = read_json(os.path.join(path, "exit.json"))
    if end is not None:
        result.update(end)
        result.update(output(path))
        result["state"] = "ended"
        # A signal, or a shell reporting one, says how far it came only by chance: never a verdict.
        if end["code"] is None or 129 <= end["code"] <= 159 or end["cancelled"]:
            result["state"] = "unknown"
            result["why"] = "stopped on request" if end["cancelled"] else "killed by a signal"
        return result
    result.update(output(path))
    if started["boot"] != machine.boot():
        return dict(result, state="unknown", why="lost in a reboot of the host")
    if machine.members(started):
        return dict(result, state="orphaned", why="its supervisor is gone, the program runs on")
    return dict(result, state="unknown", why="lost: neither running nor ended")


def output(path):
    """The end of the output (at most TAIL bytes, as text), its length in bytes, and its sha256."""
    try:
        with open(os.path.join(path, "out"), "rb") as f:
            digest, size, tail = hashlib.sha256(), 0, b""
            for chunk in iter(lambda: f.read(1 << 16), b""):
                digest.update(chunk)
                size += len(chunk)
                tail = (tail + chunk)[-TAIL:]
    except FileNotFoundError:
        return {"tail": "", "bytes": 0, "outputSha256": None}
    return {"tail": tail.decode("utf-8", "replace"), "bytes": size, "outputSha256": digest.hexdigest()}
