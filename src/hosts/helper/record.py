"""The record of one task, and the one state machine that moves it.

    absent -> running -> ended | unknown -> undoing -> undone          absent -> never

Layout: <root>/<deployment>/tasks/<step>/{lock, never, forward/, undo-1/, undo-2/ ...}, and in each run
{script, started.json, out, cancel, exit.json}. A state is judged only with the record's lock in hand.
"""
import os
import re

import machine
from disk import lock, make_dirs, read_json
from output import tail

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$")


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

    def started(self, name):
        return read_json(os.path.join(self.run(name), "started.json"))

    def undo_runs(self):
        """Names of the undo runs that began, oldest first."""
        names = [n for n in os.listdir(self.dir) if n.startswith("undo-")] if os.path.isdir(self.dir) else []
        return [n for n in sorted(names, key=lambda n: int(n[5:])) if self.started(n)]

    def judge(self):
        """{ state, run, ... }; call with the lock held (a busy lock means: running)."""
        if os.path.exists(self.run("never")):
            return {"state": "never", "run": None}
        undos = self.undo_runs()
        if not undos:
            return dict(judge_run(self.run("forward")), run="forward")
        last = dict(judge_run(self.run(undos[-1])), run=undos[-1])
        if last["state"] == "ended" and last["code"] == 0:
            return dict(last, state="undone")
        return last if last["state"] == "orphaned" else dict(last, state="undo-failed")

    def under_way(self):
        """For a lock found busy: the run whose supervisor lives, or None while somebody only judges, begins or ends one."""
        name = (self.undo_runs() or ["forward"])[-1]
        started = self.started(name)
        if started is None or read_json(os.path.join(self.run(name), "exit.json")) is not None or started["boot"] != machine.boot():
            return None
        if machine.start_time(started["supervisor"]["pid"]) != started["supervisor"]["start"]:
            return None
        return {"state": "running", "run": name, "at": started["at"], "pid": started["pid"], "sha256": started["sha256"]}


def judge_run(path):
    started = read_json(os.path.join(path, "started.json"))
    if started is None:
        return {"state": "absent"}
    same_boot = started["boot"] == machine.boot()
    result = {"at": started["at"], "sha256": started["sha256"], "pid": started["pid"], "holder": started["holder"]}
    result.update(tail(os.path.join(path, "out")))
    end = read_json(os.path.join(path, "exit.json"))
    if end is not None:
        result.update(end, state="ended", earlierBoot=not same_boot)
        # A signal, or a shell reporting one, says how far it came only by chance: never a verdict.
        if end["code"] is None or 129 <= end["code"] <= 159 or end["cancelled"]:
            result["state"] = "unknown"
            result["why"] = "stopped on request" if end["cancelled"] else "killed by a signal"
        return result
    if not same_boot:
        return dict(result, state="unknown", why="lost in a reboot of the host")
    if machine.members(started):
        return dict(result, state="orphaned", why="its supervisor is gone, the program runs on")
    # Its supervisor would have taken it away.
    machine.drop_cgroup(started.get("cgroup"))
    return dict(result, state="unknown", why="lost: neither running nor ended")
