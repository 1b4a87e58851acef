"""What may be done with a task: start (or adopt), settle, undo, stop, wait. Every answer is a judged state."""
import os

import machine
import runner
import watch
from disk import read_json, write_json
from failpoint import reach
from fence import Refused, stamp
from record import Record
from request import check_task
from watch import nobody


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
                watch.while_busy(record, tell)
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
            watch.outlive(record, now, tell, launched)

    def settle(self, req, tell=nobody):
        """After this no forward run of the step is under way and none can begin. mode: `finish` waits, `stop` kills.

        An undo under way is waited for, never stopped. The token is checked before a mark is made: a stale writer makes none."""
        record = self._record(req)
        reach("settling", record.dir)
        while True:
            fd = record.lock(wait=False)
            if fd is None:
                now = record.under_way()
                if now and now["run"] == "forward" and req["mode"] == "stop":
                    self._kill(record, "forward", req)
                watch.while_busy(record, tell)
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
            watch.outlive(record, now, tell)

    def undo(self, req, tell=nobody):
        """Settles the forward run, then runs the undo once; `again`: once more although the last undo failed, except one that we saw run."""
        check_task(req)
        record = self._record(req)
        launched = joined = False

        def heard(now):
            nonlocal joined
            joined = joined or now["run"] != "forward"
            tell(now)

        self.settle(req, heard)
        reach("settled", record.dir)
        while True:
            fd = record.lock(wait=False)
            if fd is None:
                watch.while_busy(record, heard)
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
            watch.outlive(record, now, heard, launched)

    def stop(self, req):
        """Ends the run under way, forward or undo, with its whole process tree, proven gone. The record says that it was asked for."""
        record = self._record(req)
        while True:
            now = self.look(req["deployment"], req["step"])
            if now["state"] not in ("running", "orphaned"):
                return now
            self._kill(record, now["run"], req)
            watch.while_busy(record)

    def wait(self, req):
        """Blocks until no run of the step is under way; the state then."""
        record = self._record(req)
        while True:
            now = self.look(req["deployment"], req["step"])
            if now["state"] not in ("running", "orphaned"):
                return now
            watch.outlive(record, now)

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
        return watch.look(Record(self.root, deployment, step))

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
