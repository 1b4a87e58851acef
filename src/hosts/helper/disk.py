"""Files that survive a power cut, and locks that survive nothing: the two things the ledger stands on."""
import fcntl
import json
import os

from failpoint import reach

TRAILER = b"\n#end\n"


def sync_dir(path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_dirs(path, mode=0o700):
    """mkdir -p, with every new directory entry synced, so that a record found later is found whole."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    make_dirs(parent, mode)
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        return
    sync_dir(parent)


def write_synced(path, data, mode=0o600):
    """Replaces `path` by rename: a reader sees the old bytes or the new ones, never a part.

    One writer at a time: every caller holds the lock of what it writes. So what a killed one has left is taken by the next, and does not stay."""
    if isinstance(data, str):
        data = data.encode()
    tmp = path + ".tmp"
    fd = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view):]
        os.fchmod(fd, mode)
        os.fsync(fd)
    finally:
        os.close(fd)
    reach("before writing", path)
    os.rename(tmp, path)
    sync_dir(os.path.dirname(path))
    reach("written", path)


def write_json(path, value):
    write_synced(path, json.dumps(value, sort_keys=True).encode() + TRAILER)


def read_json(path):
    """The value, or None where the file is missing or was cut short (no trailer)."""
    try:
        with open(path, "rb") as f:
            data = f.read()
    except FileNotFoundError:
        return None
    if not data.rstrip(b" ").endswith(TRAILER):
        return None
    return json.loads(data.rstrip(b" ")[: -len(TRAILER)].decode())


def lock(path, exclusive=True, wait=True):
    """An open descriptor that holds a flock on `path`, or None when it is busy and we do not wait.

    Ownership is this held descriptor and nothing else: pids repeat, descriptors do not. The file is never unlinked.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    how = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(fd, how if wait else how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    except BaseException:
        os.close(fd)
        raise
    return fd
