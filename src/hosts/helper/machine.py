"""What this machine is: its boot, and the processes of a task (a cgroup of their own where the host allows)."""
import os
import signal
import time

_SELF = "/proc/self/cgroup"


def boot():
    """The boot id with PID 1's start time: in a container the id alone stays the same over a restart."""
    with open("/proc/sys/kernel/random/boot_id") as f:
        return "%s/%s" % (f.read().strip(), start_time(1))


def start_time(pid):
    """Clock ticks since boot at which `pid` started; None when there is no such process."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def delegated_cgroup():
    """Our own cgroup directory when we may make children in it and `cgroup.kill` exists; else None."""
    try:
        with open(_SELF) as f:
            line = [entry for entry in f.read().splitlines() if entry.startswith("0::")][0]
    except (OSError, IndexError):
        return None
    path = "/sys/fs/cgroup" + line[3:]
    if path.endswith(".scope") and os.access(os.path.join(path, "cgroup.kill"), os.W_OK):
        return path
    return None


def new_cgroup(parent, name):
    if parent is None:
        return None
    path = os.path.join(parent, name)
    try:
        os.mkdir(path)
    except FileExistsError:
        pass
    except OSError:
        return None
    return path


def enter_cgroup(path):
    if path:
        with open(os.path.join(path, "cgroup.procs"), "w") as f:
            f.write(str(os.getpid()))


def members(started):
    """Process ids that still belong to a task, given its `started` record."""
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
    return _session(pid)


def _session(sid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[3] == str(sid) and fields[0] != "Z":
                found.append(int(name))
    return found


def kill_all(started, grace):
    """TERM, then after `grace` seconds everything that is left, until nothing is; returns when proven gone."""
    _signal(started, signal.SIGTERM)
    end = time.monotonic() + grace
    while members(started) and time.monotonic() < end:
        time.sleep(0.02)
    while members(started):
        cgroup = started.get("cgroup")
        if cgroup:
            with open(os.path.join(cgroup, "cgroup.kill"), "w") as f:
                f.write("1")
        else:
            _signal(started, signal.SIGKILL)
        time.sleep(0.01)


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
