"""What this machine is: its boot, and the processes of a task (a cgroup of their own where the host allows)."""
import os
import signal
import time


def boot():
    """The boot id with PID 1's start time: in a container the id alone stays the same over a restart."""
    with open("/proc/sys/kernel/random/boot_id") as f:
        return "%s/%s" % (f.read().strip(), start_time(1))


def start_time(pid):
    """Clock ticks since boot at which `pid` started; None when there is no such process, or only its zombie."""
    fields = _stat(pid)
    return fields[19] if fields and fields[0] != "Z" else None


def _stat(pid):
    try:
        with open("/proc/%s/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()
    except OSError:
        return None


def delegated_cgroup():
    """Our own cgroup directory when we may make children in it and `cgroup.kill` exists; else None."""
    try:
        with open("/proc/self/cgroup") as f:
            line = [entry for entry in f.read().splitlines() if entry.startswith("0::")][0]
    except (OSError, IndexError):
        return None
    for mount in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):  # the second: a hybrid hierarchy
        path = mount + line[3:]
        if path.endswith(".scope") and os.access(os.path.join(path, "cgroup.kill"), os.W_OK):
            return path
    return None


def new_cgroup(parent, name):
    if parent is None:
        return None
    path = os.path.join(parent, name)
    os.mkdir(path)
    return path


def put_into_cgroup(path, pid):
    if path:
        with open(os.path.join(path, "cgroup.procs"), "w") as f:
            f.write(str(pid))


def members(started):
    """Process ids that still belong to a task of this boot, given its `started` record."""
    cgroup = started.get("cgroup")
    if cgroup:
        found = []
        for folder, _, _ in os.walk(cgroup):
            try:
                with open(os.path.join(folder, "cgroup.procs")) as f:
                    found += [int(pid) for pid in f.read().split()]
            except OSError:
                pass
        return found
    pid = started["pid"]
    if start_time(pid) not in (None, started["pidStart"]):
        return []  # the number belongs to somebody else by now
    # Without a cgroup of its own, a program that opens another session escapes us; `hello` says cgroup: false.
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _in_session(name, pid)]


def _in_session(name, session):
    fields = _stat(name)
    return bool(fields) and fields[3] == str(session) and fields[0] != "Z"


def kill_all(started, grace):
    """TERM, then after `grace` seconds everything that is left, until nothing is; returns when proven gone."""
    _signal(started, signal.SIGTERM)
    end = time.monotonic() + grace
    while members(started) and time.monotonic() < end:
        time.sleep(0.02)
    while members(started):
        if started.get("cgroup"):
            try:
                with open(os.path.join(started["cgroup"], "cgroup.kill"), "w") as f:
                    f.write("1")
            except FileNotFoundError:
                return  # the last one left, and systemd took the empty scope away
        else:
            _signal(started, signal.SIGKILL)
        time.sleep(0.005)


def _signal(started, number):
    for pid in members(started):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def drop_cgroup(path):
    if path:
        for folder, _, _ in os.walk(path, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass
