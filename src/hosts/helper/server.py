"""The kept channel: one JSON request a line in, one JSON answer a line out, multiplexed by id.

The first line in is { nonce, idle }; each line out begins with that word, so that nothing else written there passes for an answer. A client that
says nothing for `idle` seconds is gone, whatever TCP still believes: it pings more often than that."""
import json
import os
import sys
import threading
import time
import traceback

import machine
import reading
from disk import make_dirs, read_json, write_synced
from failpoint import reach
from fence import Fence, Refused
from record import named
from tasks import Tasks

MAX_REQUEST = 32 * 1024 * 1024
_write_lock = threading.Lock()
_mark = ""
_heard = time.monotonic()


def serve():
    global _mark, _heard
    first = sys.stdin.buffer.readline(MAX_REQUEST)
    if not first.endswith(b"\n"):
        return
    said = json.loads(first.decode())
    _mark = str(said["nonce"]) + " "
    threading.Thread(target=end_when_idle, args=(said["idle"],), daemon=True).start()
    # The empty line ends whatever a noisy login shell has left without one.
    os.write(1, b"\n")
    send({"hello": {"boot": machine.boot(), "uid": os.getuid(), "cgroup": machine.delegated_cgroup() is not None, "python": sys.version.split()[0]}})
    while True:
        line = sys.stdin.buffer.readline(MAX_REQUEST)
        _heard = time.monotonic()
        if not line.endswith(b"\n"):
            break  # the end, or a request cut short: never acted upon
        threading.Thread(target=answer, args=(line,), daemon=True).start()
    reading.end_all()
    os._exit(0)


def end_when_idle(seconds):
    """What runs for a task goes on: its supervisor is no child of this connection."""
    while time.monotonic() - _heard < seconds:
        time.sleep(max(0.05, seconds - (time.monotonic() - _heard)))
    reading.end_all()
    os._exit(0)


def send(message):
    data = (_mark + json.dumps(message) + "\n").encode()
    with _write_lock:
        view = memoryview(data)
        while view:
            view = view[os.write(1, view):]


def answer(line):
    request = {}
    try:
        request = json.loads(line.decode())
        if request.get("verb") not in VERBS:
            raise ValueError("this helper has no verb %r" % request.get("verb"))
        reach("asked", request["verb"])
        done = VERBS[request["verb"]](request)
        reach("answering", request["verb"])
        send({"id": request["id"], "ok": done})
    except Refused as refused:
        reach("refusing", str(request.get("verb")))
        send({"id": request.get("id"), "refused": refused.details})
    except BrokenPipeError:
        os._exit(0)
    except ValueError as error:
        send({"id": request.get("id"), "refused": {"code": "malformed", "message": str(error)}})
    except OSError as error:
        send({"id": request.get("id"), "refused": {"code": "host", "message": "the host says: %s" % error}})
    except Exception:
        send({"id": request.get("id"), "refused": {"code": "bug", "message": traceback.format_exc(limit=4)}})


def _root(request):
    root = request["root"]
    if not os.path.isabs(root) or ".." in root.split("/"):
        raise ValueError("root %r is not an absolute path" % root)
    return root


def _tasks(request):
    return Tasks(Fence(_root(request)))


def _told(verb):
    """start and undo say by an event that a run is under way, and answer with how it ended."""
    def run(request):
        return getattr(_tasks(request), verb)(request, lambda now: send({"id": request["id"], "event": dict(now, event="running")}))
    return run


def claim(request):
    tasks = _tasks(request)
    holder = named(request["holder"], "holder")
    made = tasks.fence.claim(holder, named(request["deployment"], "deployment"), request["by"], request.get("takeover"))
    running = tasks.running()
    if not running:
        made = tasks.fence.drained(holder, made["epoch"])
    return {"claim": made, "running": running}


def look(request):
    """Everything a client may want to know of an app/environment on this host, read without changing it."""
    root = _root(request)
    if not os.path.isdir(root):
        return {"claim": None, "head": None, "deployments": []}
    deployments = sorted(d for d in os.listdir(root) if os.path.isdir(os.path.join(root, d, "tasks")))
    return {"claim": read_json(os.path.join(root, "claim.json")), "head": read_json(os.path.join(root, "head.json")), "deployments": deployments}


def store(request):
    """Keeps files of a deployment beside its records (plan.json, break-glass.sh). Only the claim's holder may."""
    fence = Fence(_root(request))
    folder = os.path.join(fence.root, named(request["deployment"], "deployment"))
    held = fence.hold()
    try:
        fence.check(request["holder"], request["epoch"])
        make_dirs(folder)
        for name, file in request["files"].items():
            write_synced(os.path.join(folder, named(name, "file")), file["content"], file.get("mode", 0o600))
    finally:
        os.close(held)
    return {}


def fetch(request):
    with open(os.path.join(_root(request), named(request["deployment"], "deployment"), named(request["file"], "file")), encoding="utf-8") as f:
        return {"content": f.read()}


VERBS = {
    "claim": claim, "look": look, "store": store, "fetch": fetch, "start": _told("start"), "undo": _told("undo"),
    "close": lambda r: Fence(_root(r)).close(r["holder"], r["epoch"], r["outcome"], r.get("head")),
    "withdraw": lambda r: {"claim": Fence(_root(r)).withdraw(named(r["holder"], "holder"), r["outcome"])},
    "drain": lambda r: _tasks(r).drain(r), "settle": lambda r: _tasks(r).settle(r), "stop": lambda r: _tasks(r).stop(r),
    "wait": lambda r: _tasks(r).wait(r), "states": lambda r: _tasks(r).states(named(r["deployment"], "deployment")),
    "read": lambda r: reading.read(r["script"], r.get("limit", 30), r.get("secrets"), r["id"]),
    "unread": lambda r: reading.let_go(r["of"]),
    "ping": lambda r: {},
}
