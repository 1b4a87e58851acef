"""The kept channel: one JSON request a line in, one JSON answer a line out, multiplexed by id."""
import json
import os
import signal
import subprocess
import sys
import threading
import traceback

import machine
from disk import make_dirs, read_json, write_json, write_synced
from fence import Fence, Refused
from record import named
from tasks import Tasks

_write_lock = threading.Lock()
_reads = set()


def serve():
    send({"hello": {"boot": machine.boot(), "uid": os.getuid(), "cgroup": machine.delegated_cgroup() is not None, "python": sys.version.split()[0]}})
    for line in sys.stdin.buffer:
        threading.Thread(target=answer, args=(line,), daemon=True).start()
    for process in list(_reads):
        os.killpg(process.pid, signal.SIGKILL)
    os._exit(0)


def send(message):
    data = (json.dumps(message) + "\n").encode()
    with _write_lock:
        view = memoryview(data)
        while view:
            view = view[os.write(1, view):]


def answer(line):
    request = {}
    try:
        request = json.loads(line.decode())
        send({"id": request["id"], "ok": VERBS[request["verb"]](request)})
    except Refused as refused:
        send({"id": request.get("id"), "refused": refused.details})
    except ValueError as error:
        send({"id": request.get("id"), "refused": {"code": "malformed", "message": str(error)}})
    except OSError as error:
        if error.errno == 32:
            os._exit(0)
        send({"id": request.get("id"), "refused": {"code": "host", "message": "the host says: %s" % error}})
    except Exception:
        send({"id": request.get("id"), "refused": {"code": "bug", "message": traceback.format_exc(limit=4)}})


def _fence(request):
    root = request["root"]
    if not os.path.isabs(root) or ".." in root.split("/"):
        raise ValueError("root %r is not an absolute path" % root)
    return Fence(root)


def _tasks(request):
    fence = _fence(request)
    return Tasks(fence.root, fence)


def _started(verb):
    """start and undo answer at once with an event when the task runs, and finally with how it ended."""
    def run(request):
        tasks = _tasks(request)
        now = getattr(tasks, verb)(request)
        if now["state"] in ("running", "orphaned"):
            send({"id": request["id"], "event": dict(now, event="running")})
            now = dict(tasks.wait(request), adopted=now.get("adopted", True))
        return now
    return run


def claim(request):
    fence = _fence(request)
    made = fence.claim(request["holder"], request["deployment"], request["by"], request.get("takeover"))
    return {"claim": made, "running": Tasks(fence.root, fence).running()}


def look(request):
    """Everything a client may want to know of an app/environment on this host, read without changing it."""
    root = request["root"]
    if not os.path.isdir(root):
        return {"claim": None, "head": None, "deployments": []}
    deployments = sorted(d for d in os.listdir(root) if os.path.isdir(os.path.join(root, d, "tasks")))
    return {"claim": read_json(os.path.join(root, "claim.json")), "head": read_json(os.path.join(root, "head.json")), "deployments": deployments}


def store(request):
    """Keeps files of a deployment beside its records (plan.json, break-glass.sh). Only the claim's holder may."""
    fence = _fence(request)
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
    with open(os.path.join(request["root"], named(request["deployment"], "deployment"), named(request["file"], "file"))) as f:
        return {"content": f.read()}


def read(request):
    """Runs a read-only script outside the ledger; it dies with the connection. { code, stdout, stderr } (code null: timed out)."""
    process = subprocess.Popen(["/bin/sh", "-c", request["script"]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               cwd="/", start_new_session=True, env=dict(os.environ, LC_ALL="C.UTF-8", PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"))
    _reads.add(process)
    try:
        out, err = process.communicate(timeout=request.get("limit", 30))
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        code = None
    finally:
        _reads.discard(process)
    return {"code": code, "stdout": out[-200000:].decode("utf-8", "replace"), "stderr": err[-20000:].decode("utf-8", "replace")}


def close(request):
    return _fence(request).close(request["holder"], request["epoch"], request["outcome"], request.get("head"))


VERBS = {
    "claim": claim, "close": close, "look": look, "store": store, "fetch": fetch, "read": read,
    "start": _started("start"), "undo": _started("undo"),
    "settle": lambda r: _tasks(r).settle(r), "stop": lambda r: _tasks(r).stop(r),
    "wait": lambda r: _tasks(r).wait(r), "states": lambda r: _tasks(r).states(r),
    "ping": lambda r: {},
}
