"""A read-only script outside the ledger: bounded in time and memory, ended when it is let go and when its connection is gone."""
import os
import selectors
import signal
import subprocess
import threading
import time

from failpoint import reach
from script import PATH, secrets_pipe

KEPT = {"stdout": 1000000, "stderr": 20000}
GRACE = 5  # seconds between TERM and KILL: a script takes away what it has opened, such as a way in for itself
LOOK = 0.1  # seconds within which a reading that is let go notices
_lock = threading.Lock()
_ends = {}  # id of a request under way -> when it is to be over
_gone = set()  # ids of requests that were let go before they began, or after they were over


def read(script, limit, secrets=None, request=None):
    """{ code, stdout, stderr, cut }; code null: it took longer than `limit` seconds, or was let go. `cut`: more was written than is kept (its beginning).

    `request`: the name by which let_go() knows it."""
    key = object() if request is None else request
    with _lock:
        if key in _gone:
            return {"code": None, "stdout": "", "stderr": "", "cut": False}
        _ends[key] = time.monotonic() + limit
    try:
        process = _begin(script, secrets)
        reach("reading")
        return _follow(process, lambda: _ends[key])
    finally:
        with _lock:
            del _ends[key]


def let_go(request):
    """Ends the reading of that request, or keeps it from beginning; whoever asked for it is answered when it is over."""
    with _lock:
        if request in _ends:
            _ends[request] = 0
        else:
            _gone.add(request)


def end_all():
    """Returns when no reading is left, as a rule within moments."""
    with _lock:
        for key in _ends:
            _ends[key] = 0
    end = time.monotonic() + GRACE + 1
    while _ends and time.monotonic() < end:
        time.sleep(0.02)


def _begin(script, secrets):
    env = {"PATH": PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}
    pipe = secrets_pipe(secrets)
    if pipe is not None:
        # As tasks get them: neither argv nor the environment ever holds a value.
        script = 'eval "$(cat /dev/fd/%d)"\n%s' % (pipe, script)
    try:
        return subprocess.Popen(["/bin/sh", "-c", script], pass_fds=() if pipe is None else (pipe,), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                cwd="/", start_new_session=True, env=env)
    finally:
        if pipe is not None:
            os.close(pipe)


def _follow(process, end):
    kept = {"stdout": b"", "stderr": b""}
    cut = False

    def left():
        return max(0, min(LOOK, end() - time.monotonic()))

    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ, "stdout")
            selector.register(process.stderr, selectors.EVENT_READ, "stderr")
            while selector.get_map() and time.monotonic() < end():
                for key, _ in selector.select(left()):
                    chunk = os.read(key.fd, 65536)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    room = KEPT[key.data] - len(kept[key.data])
                    kept[key.data] += chunk[:room]
                    cut = cut or len(chunk) > room
        while process.poll() is None and time.monotonic() < end():
            _wait(process, left())
        code = process.poll()
    finally:
        _end(process)
    texts = {name: data.decode("utf-8", "replace") for name, data in kept.items()}
    return dict(texts, code=code if code is None or code >= 0 else 128 - code, cut=cut)


def _end(process):
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        end = time.monotonic() + GRACE
        # The shell ends at once; what it has begun may still be taking something away.
        while (process.poll() is None or _signal(process, 0)) and time.monotonic() < end:
            time.sleep(0.02)
    _signal(process, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stderr.close()


def _wait(process, seconds):
    try:
        process.wait(max(0.01, seconds))
    except subprocess.TimeoutExpired:
        pass


def _signal(process, number):
    """Whether anybody of its group was there to get it; 0 only asks."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True
