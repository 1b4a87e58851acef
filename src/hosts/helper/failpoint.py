"""Named points around every side effect, where the fault tests hold or kill this program; free while they are off.

On only where root has made the directory FOLDER, closed to everybody else, before the helper starts. `passed` there gets a line for every
point. A file `armed/<point>` strikes once, whoever takes it first: with the text `kill` this process dies at once, with `hold` it waits until the
file, which lies in `reached/` by then, is deleted.
"""
import os
import signal
import stat
import time

FOLDER = "/var/lib/sternway-failpoints"


def _allowed():
    try:
        found = os.lstat(FOLDER)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o077


ON = _allowed()


def reach(*words):
    if ON:
        _strike(" ".join(words).replace("/", "~"))


def _strike(point):
    _note(point)
    reached = os.path.join(FOLDER, "reached", point)
    try:
        os.rename(os.path.join(FOLDER, "armed", point), reached)
        with open(reached) as f:
            what = f.read()
    except OSError:
        return  # not armed, or the tests are over
    if what.strip() == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    while os.path.exists(reached):
        time.sleep(0.005)


def _note(point):
    try:
        fd = os.open(os.path.join(FOLDER, "passed"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return
    os.write(fd, ("%.3f %d %s\n" % (time.time(), os.getpid(), point)).encode())
    os.close(fd)
