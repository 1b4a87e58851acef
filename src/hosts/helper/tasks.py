"""What may be done with a task: start (or adopt), settle, undo, stop, wait. Every answer is a judged state."""
import hashlib
import os
import time

import machine
import runner
from disk import make_dirs, read_json, write_json
from fence import Refused, stamp
from record import Record

SETTLED = ("ended", "unknown", "never", "undone", "undo-failed")


class Tasks(object):
    def __init__(self, root, fence):
        self.root = root
        self.fence = fence
        self.cgroup = machine.delegated_cgroup()

    def start(self, req):
        """Begins the forward run of a step, or adopts the one that has a record. Refused once the step is settled back."""
        record = Record(self.root, req["deployment"], req["step"])
        self._check_script(req)
        fd = record.lock(wait=False)
        if fd is None:
            return {"state": "running", "adopted": True}
        try:
            now = record.judge()
            if now["state"] in ("never", "undone", "undo-failed") or now["run"] not in (None, "forward"):
                raise Refused("settled", "%s has already been taken back here (%s): it may not start" % (req["step"], now["state"]), state=now)
            if now["state"] != "absent":
                self._same_script(req, now)
                return dict(now, adopted=True)
            runner.launch(self.fence, record.run("forward"), fd, req, self.cgroup)
            return {"state": "running", "adopted": False}
        finally:
            os.close(fd)

    def settle(self, req):
        """After this no forward run of the step is under way and none can begin. mode: `finish` waits, `stop` kills.

        The token is checked: a stale writer must not be able to mark steps."""
        record = Record(self.root, req["deployment"], req["step"])
        while True:
            fd = record.lock(wait=False)
            if fd is None:
                if req["mode"] == "stop":
                    self.stop(req)
                os.close(record.lock(exclusive=False))
                continue
            try:
                now = record.judge()
                if now["state"] == "orphaned":
                    self._end_orphan(record, now["run"], req)
                    continue
                if now["state"] == "absent":
                    self._checked(req, lambda: write_json(record.run("never"), {"at": stamp(), "holder": req["holder"]}))
                    now = record.judge()
                return now
            finally:
                os.close(fd)

    def undo(self, req):
        """Settles the forward run, then runs the undo once; a later attempt after a failed one is a run of its own."""
        self._check_script(req)
        settled = self.settle(req)
        record = Record(self.root, req["deployment"], req["step"])
        if settled["state"] in ("never", "undone"):
            return settled
        fd = record.lock(wait=False)
        if fd is None:
            return {"state": "running", "adopted": True}
        try:
            now = record.judge()
            if now["state"] == "undone":
                return now
            if now["state"] == "undo-failed" and not req.get("again"):
                self._same_script(req, now)
                return now
            number = len(record.undo_runs()) + 1
            runner.launch(self.fence, record.run("undo-%d" % number), fd, req, self.cgroup)
            return {"state": "running", "adopted": False}
        finally:
            os.close(fd)

    def wait(self, req):
        """Blocks until no run of the step is under way; the state then."""
        record = Record(self.root, req["deployment"], req["step"])
        while True:
            fd = record.lock(exclusive=False)
            try:
                now = record.judge()
            finally:
                os.close(fd)
            if now["state"] != "orphaned":
                return now
            time.sleep(0.1)  # nobody is left to tell us: look at the processes themselves

    def stop(self, req):
        """Ends a running task with its whole process tree, proven gone. The record says that it was asked for."""
        record = Record(self.root, req["deployment"], req["step"])
        runs = [r for r in record.undo_runs()[-1:] + ["forward"] if read_json(os.path.join(record.run(r), "started.json"))]
        if not runs:
            return {"state": "absent"}
        path = record.run(runs[0])

        def mark():
            write_json(os.path.join(path, "cancel"), {"at": stamp(), "holder": req["holder"]})

        self._checked(req, mark)
        started = read_json(os.path.join(path, "started.json"))
        if read_json(os.path.join(path, "exit.json")) is None and started["boot"] == machine.boot():
            machine.kill_all(started, req.get("grace", 5))
        return self.wait(req)

    def states(self, req):
        """{ step: state } of one deployment. A busy lock reads as running; nothing is waited for."""
        folder = os.path.join(self.root, req["deployment"], "tasks")
        return {step: self.look(req["deployment"], step) for step in sorted(os.listdir(folder))} if os.path.isdir(folder) else {}

    def look(self, deployment, step):
        record = Record(self.root, deployment, step)
        fd = record.lock(exclusive=False, wait=False)
        if fd is None:
            return {"state": "running"}
        try:
            return record.judge()
        finally:
            os.close(fd)

    def running(self):
        """[{ deployment, step }] of everything still under way, whichever deployment began it."""
        found = []
        for deployment in sorted(os.listdir(self.root)):
            if os.path.isdir(os.path.join(self.root, deployment, "tasks")):
                for step, now in self.states({"deployment": deployment}).items():
                    if now["state"] in ("running", "orphaned"):
                        found.append({"deployment": deployment, "step": step})
        return found

    def _end_orphan(self, record, run, req):
        path = record.run(run)
        started = read_json(os.path.join(path, "started.json"))
        if req["mode"] == "stop":
            self._checked(req, lambda: write_json(os.path.join(path, "cancel"), {"at": stamp(), "holder": req["holder"]}))
            machine.kill_all(started, req.get("grace", 5))
        while machine.members(started):
            time.sleep(0.05)

    def _checked(self, req, change):
        held = self.fence.hold()
        try:
            self.fence.check(req["holder"], req["epoch"])
            change()
        finally:
            os.close(held)

    @staticmethod
    def _check_script(req):
        if hashlib.sha256(req["script"].encode()).hexdigest() != req["sha256"]:
            raise Refused("damaged", "the script of %s arrived damaged: its checksum differs" % req["step"])

    @staticmethod
    def _same_script(req, now):
        if now.get("sha256") not in (None, req["sha256"]):
            raise Refused("conflict", "%s has a record with another script under the same name" % req["step"], state=now)
