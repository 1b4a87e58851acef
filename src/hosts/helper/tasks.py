"""What may be done with a task: start (or adopt), settle, undo, stop, wait. Every answer is a judged state."""
import os
import time

import machine
import runner
from disk import read_json, write_json
from fence import Refused, stamp
from record import Record
from request import check_task

INSTANT = 0.002  # seconds between looks while somebody judges, begins or ends a run: none of these lasts


def nobody(state):
    """For callers who need no word that a run is under way."""


class Tasks(object):
    def __init__(self, fence):
        self.root = fence.root
        self.fence = fence
        self.cgroup = machine.delegated_cgroup()

    def start(self, req, tell=nobody):
        """Begins the forward run of a step, or adopts the one that has a record; returns its end. Refused once settled back."""
        check_task(req)
        record = self._record(req)
        launched = False
        while True:
            fd = record.lock(wait=False)
            if fd is None:
                self._while_busy(record, tell)
                continue
            try:
                now = record.judge()
                if now["state"] in ("never", "undone", "undo-failed") or now["run"] not in (None, "forward"):
                    raise Refused("settled", "%s has already been taken back here (%s): it may not start" % (req["step"], now["state"]), state=now)
                if now["state"] == "absent":
                    runner.launch(self.fence, record.run("forward"), fd, req, self.cgroup)
                    launched = True
                elif now["state"] != "orphaned":
                    self._same_script(req, now)
                    return dict(now, adopted=not launched)
            finally:
                os.close(fd)
            self._outlive(record, now, tell, launched)

    def settle(self, req):
        """After this no forward run of the step is under way and none can begin. mode: `finish` waits, `stop` kills.

        An undo under way is waited for, never stopped. The token is checked before a mark is made: a stale writer makes none."""
        record = self._record(req)
        while True:
            fd = record.lock(wait=False)
            if fd is None:
                now = record.under_way()
                if now and now["run"] == "forward" and req["mode"] == "stop":
                    self._kill(record, "forward", req)
                self._while_busy(record)
                continue
            try:
                now = record.judge()
                if now["state"] == "absent":
                    self._checked(req, lambda: write_json(record.run("never"), {"at": stamp(), "holder": req["holder"]}))
                    return record.judge()
                if now["state"] != "orphaned":
                    return now
            finally:
                os.close(fd)
            if now["run"] == "forward" and req["mode"] == "stop":
                self._kill(record, "forward", req)
            self._outlive(record, now)

    def undo(self, req, tell=nobody):
        """Settles the forward run, then runs the undo once; `again`: once more although the last undo failed."""
        check_task(req)
        record = self._record(req)
        self.settle(req)
        launched = joined = False
        while True:
            fd = record.lock(wait=False)
            if fd is None:
                joined = self._while_busy(record, tell) or joined
                continue
            try:
                now = record.judge()
                if now["state"] in ("never", "undone"):
                    return dict(now, adopted=not launched)
                if now["state"] == "undo-failed" and (launched or joined or not req.get("again")):
                    self._same_script(req, now)
                    return dict(now, adopted=not launched)
                if now["state"] != "orphaned":
                    number = len(record.undo_runs()) + 1
                    runner.launch(self.fence, record.run("undo-%d" % number), fd, req, self.cgroup)
                    launched = True
            finally:
                os.close(fd)
            self._outlive(record, now, tell, launched)

    def stop(self, req):
        """Ends the run under way, forward or undo, with its whole process tree, proven gone. The record says that it was asked for."""
        record = self._record(req)
        while True:
            now = self.look(req["deployment"], req["step"])
            if now["state"] not in ("running", "orphaned"):
                return now
            self._kill(record, now["run"], req)
            self._while_busy(record)

    def wait(self, req):
        """Blocks until no run of the step is under way; the state then."""
        record = self._record(req)
        while True:
            now = self.look(req["deployment"], req["step"])
            if now["state"] not in ("running", "orphaned"):
                return now
            self._outlive(record, now)

    def drain(self, req):
        """Ends all that ran under earlier tokens: steps named in `stop` ({ deployment, step }) are stopped, others waited for.

        Until then the host begins nothing under this claim. Returns { drained: [{ deployment, step, state }] }."""
        done = []
        for running in self.running():
            asked = dict(req, deployment=running["deployment"], step=running["step"])
            stop = running["run"] == "forward" and {"deployment": running["deployment"], "step": running["step"]} in req["stop"]
            done.append(dict(running, state=(self.stop if stop else self.wait)(asked)["state"]))
        self.fence.drained(req["holder"], req["epoch"])
        return {"drained": done}

    def states(self, deployment):
        """{ step: state } of one deployment; nothing is waited for."""
        folder = os.path.join(self.root, deployment, "tasks")
        return {step: self.look(deployment, step) for step in sorted(os.listdir(folder))} if os.path.isdir(folder) else {}

    def look(self, deployment, step):
        record = Record(self.root, deployment, step)
        while True:
            fd = record.lock(exclusive=False, wait=False)
            if fd is not None:
                try:
                    return record.judge()
                finally:
                    os.close(fd)
            now = record.under_way()
            if now:
                return now
            time.sleep(INSTANT)

    def running(self):
        """[{ deployment, step, run }] of everything still under way, whichever deployment began it."""
        found = []
        for deployment in sorted(os.listdir(self.root)):
            for step, now in self.states(deployment).items():
                if now["state"] in ("running", "orphaned"):
                    found.append({"deployment": deployment, "step": step, "run": now["run"]})
        return found

    def _record(self, req):
        return Record(self.root, req["deployment"], req["step"])

    def _while_busy(self, record, tell=nobody):
        """Returns when nobody holds the record; True when a run was under way meanwhile."""
        while True:
            fd = record.lock(exclusive=False, wait=False)
            if fd is not None:
                os.close(fd)
                return False
            now = record.under_way()
            if now:
                tell(dict(now, adopted=True))
                os.close(record.lock(exclusive=False))
                return True
            time.sleep(INSTANT)

    def _outlive(self, record, now, tell=nobody, launched=False):
        """Waits for the end of the run that we began, or for that of an orphan: nobody is left to tell us, so we look at its processes."""
        if now["state"] != "orphaned":
            fresh = record.under_way() if launched else None
            if fresh:
                tell(dict(fresh, adopted=False))
            os.close(record.lock(exclusive=False))
            return
        tell(dict(now, state="running", adopted=True))
        started = record.started(now["run"])
        while machine.members(started):
            if time.monotonic() > started["until"]:
                machine.kill_all(started, 0)
            time.sleep(0.05)

    def _kill(self, record, run, req):
        path = record.run(run)
        self._checked(req, lambda: write_json(os.path.join(path, "cancel"), {"at": stamp(), "holder": req["holder"]}))
        started = record.started(run)
        if read_json(os.path.join(path, "exit.json")) is None and started["boot"] == machine.boot():
            machine.kill_all(started, req.get("grace", 5))

    def _checked(self, req, change):
        held = self.fence.hold()
        try:
            self.fence.check(req["holder"], req["epoch"])
            change()
        finally:
            os.close(held)

    @staticmethod
    def _same_script(req, now):
        if now.get("sha256") not in (None, req["sha256"]):
            raise Refused("conflict", "%s has a record with another script under the same name" % req["step"], state=now)
