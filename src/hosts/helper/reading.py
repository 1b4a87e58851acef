"""A read-only script outside the ledger: bounded in time and memory, gone with the connection."""
import os
import selectors
import signal
import subprocess
import time

from failpoint import reach
from script import PATH, secrets_pipe

KEPT = {"stdout": 1000000, "stderr": 20000}
_under_way = set()


def read(script, limit, secrets=None):
    """{ code, stdout, stderr, cut }; code null: it took longer than `limit` seconds. `cut`: more was written than is kept (its beginning)."""
    env = {"PATH": PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}
    pipe = secrets_pipe(secrets)
    if pipe is not None:
        # As tasks get them: neither argv nor the environment ever holds a value.
        script = 'eval "$(cat /dev/fd/%d)"\n%s' % (pipe, script)
    process = subprocess.Popen(["/bin/sh", "-c", script], pass_fds=() if pipe is None else (pipe,), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               cwd="/", start_new_session=True, env=env)
    if pipe is not None:
        os.close(pipe)
    _under_way.add(process)
    reach("reading")
    kept = {"stdout": b"", "stderr": b""}
    cut = False
    end = time.monotonic() + limit
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ, "stdout")
            selector.register(process.stderr, selectors.EVENT_READ, "stderr")
            while selector.get_map() and time.monotonic() < end:
                for key, _ in selector.select(max(0, end - time.monotonic())):
                    chunk = os.read(key.fd, 65536)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    room = KEPT[key.data] - len(kept[key.data])
                    kept[key.data] += chunk[:room]
                    cut = cut or len(chunk) > room
        code = process.wait(max(0.01, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        code = None
    finally:
        _kill(process)
        process.wait()
        process.stdout.close()
        process.stderr.close()
        _under_way.discard(process)
    texts = {name: data.decode("utf-8", "replace") for name, data in kept.items()}
    return dict(texts, code=code if code is None or code >= 0 else 128 - code, cut=cut)


def end_all():
    for process in list(_under_way):
        _kill(process)


def _kill(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
