"""A program run for a reading: under its account, ended with its whole group, its output bounded."""
import os
import signal
import subprocess

from probe_verdict import Unsaid, text

KEPT = 1 << 20
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run(argv, cwd="/", user=None, env=None, pass_fds=(), data=None):
    """(exit code, stdout, stderr) as text. Raises Unsaid when it cannot be started. The caller's time limit ends it."""
    if user and os.getuid() == 0:
        argv = ["runuser", "-u", user, "--"] + list(argv)
    base = {"PATH": ":".join(filter(None, (os.environ.get("PATH"), PATH))), "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}
    try:
        child = subprocess.Popen(list(argv), cwd=cwd, env=dict(base, **(env or {})), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 start_new_session=True, pass_fds=pass_fds)
    except OSError as error:
        raise Unsaid("%s cannot be run: %s" % (error.filename or argv[0], error.strerror))
    try:
        out, said = child.communicate(data)
    finally:
        if child.poll() is None:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.communicate()
    return child.returncode, out[:KEPT].decode("utf-8", "replace"), said[-KEPT:].decode("utf-8", "replace")


def last_line(said):
    lines = [line for line in said.splitlines() if line.strip()]
    return text(lines[-1]) if lines else "no word about why"
