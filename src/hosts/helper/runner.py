"""Runs one task detached from the connection: a process that outlives us, holds the record's lock, and writes how it ended."""
import ctypes
import fcntl
import json
import os
import pwd
import shlex
import signal
import time

import machine
from disk import TRAILER, make_dirs, sync_dir, write_json, write_synced
from fence import Refused, stamp

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MAX_OUTPUT = 64 * 1024 * 1024
KEPT_HEAD = 1024 * 1024


def launch(fence, path, lock_fd, task, cgroup_parent):
    """Forks the supervisor, which inherits `lock_fd`, and returns once the task has begun (its `started` is synced).

    task: { holder, epoch, script, sha256, user?, cwd?, env, limit (seconds), grace (seconds), secrets { NAME: value } }.
    Raises Refused when the token is stale. A failure before `started` leaves the record absent.
    """
    make_dirs(path)
    write_synced(os.path.join(path, "script"), task["script"], 0o644)
    read_end, write_end = os.pipe()
    middle = os.fork()
    if middle == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                _supervise(fence, path, lock_fd, task, cgroup_parent, write_end)
        finally:
            os._exit(0)
    os.close(write_end)
    os.waitpid(middle, 0)
    said = b""
    while b"\n" not in said:
        chunk = os.read(read_end, 65536)
        if not chunk:
            break
        said += chunk
    os.close(read_end)
    if not said:
        raise Refused("not-started", "the task could not be started")
    answer = json.loads(said.decode())
    if "refused" in answer:
        raise Refused(**answer["refused"])


def _supervise(fence, path, lock_fd, task, cgroup_parent, report):
    _keep_only(lock_fd, report)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    for fd in (0, 1, 2):
        os.dup2(os.open("/dev/null", os.O_RDWR), fd)
    try:
        child, started = _begin(fence, path, task, cgroup_parent)
    except Refused as refused:
        details = dict(refused.details)
        os.write(report, (json.dumps({"refused": details}) + "\n").encode())
        os._exit(0)
    except BaseException as error:  # a full disk, an unknown user: say so, the record stays absent
        refused = {"code": "not-started", "message": "the task could not be started: %s" % error}
        os.write(report, (json.dumps({"refused": refused}) + "\n").encode())
        os._exit(0)
    os.write(report, b"{}\n")
    os.close(report)
    status, timed_out = _wait(child, started, path, task)
    # Whatever the script left behind ends with it; services belong to systemd and are not in here.
    machine.kill_all(started, 0)
    machine.drop_cgroup(started["cgroup"])
    end = {
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        "timedOut": timed_out, "cancelled": os.path.exists(os.path.join(path, "cancel")), "ended": stamp(),
        "seconds": round(time.monotonic() - started["clock"], 3),
    }
    if timed_out:
        end["code"], end["signal"] = 124, None
    fd = os.open(os.path.join(path, "exit.json"), os.O_WRONLY)
    data = json.dumps(end).encode() + TRAILER
    os.write(fd, data)
    os.fsync(fd)
    os.close(fd)
    os._exit(0)


def _begin(fence, path, task, cgroup_parent):
    held = fence.hold()
    try:
        fence.check(task["holder"], task["epoch"])
        out = os.open(os.path.join(path, "out"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # The room for the ending is taken now: on a full disk a finished step must still be able to say so.
        fd = os.open(os.path.join(path, "exit.json"), os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(fd, b" " * 4096)
        os.fsync(fd)
        os.close(fd)
        cgroup = machine.new_cgroup(cgroup_parent, "task-%d-%d" % (os.getpid(), time.monotonic_ns()))
        go_read, go_write = os.pipe()
        account = pwd.getpwnam(task["user"]) if task.get("user") else None
        secrets = _secrets_pipe(task.get("secrets") or {})
        child = os.fork()
        if child == 0:
            try:
                os.close(go_write)
                _become_script(path, out, task, account, cgroup, go_read, secrets)
            finally:
                os._exit(126)
        os.close(go_read)
        if secrets is not None:
            os.close(secrets)
        started = {
            "format": 1, "boot": machine.boot(), "holder": task["holder"], "epoch": task["epoch"], "pid": child,
            "pidStart": machine.start_time(child), "sha256": task["sha256"], "cgroup": cgroup, "at": stamp(),
            "by": task.get("by"), "clock": time.monotonic(),
        }
        write_json(os.path.join(path, "started.json"), started)
        sync_dir(path)
        sync_dir(os.path.dirname(path))
        os.write(go_write, b"g")
        os.close(go_write)
        os.close(out)
        return child, started
    finally:
        os.close(held)


def _become_script(path, out, task, account, cgroup, go, secrets):
    os.setsid()
    machine.enter_cgroup(cgroup)
    script = os.open(os.path.join(path, "script"), os.O_RDONLY)
    if os.read(go, 1) != b"g":
        os._exit(126)
    env = {"PATH": PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/root", "USER": "root"}
    if account:
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        env.update(HOME=account.pw_dir, USER=account.pw_name)
    env.update(task.get("env") or {})
    os.umask(0o022)
    os.chdir(task.get("cwd") or "/")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    script = fcntl.fcntl(script, fcntl.F_DUPFD, 20)
    if secrets is not None:
        os.dup2(fcntl.fcntl(secrets, fcntl.F_DUPFD, 20), 3, inheritable=True)
    os.dup2(script, 9, inheritable=True)
    _keep_only(9, *([3] if secrets is not None else []))
    os.execve("/bin/sh", ["sh", "/dev/fd/9"], env)


def _secrets_pipe(secrets):
    """A pipe that holds shell assignments: read by the script from descriptor 3, never in argv, environment or a file."""
    if not secrets:
        return None
    read_end, write_end = os.pipe()
    os.write(write_end, "".join("%s=%s\n" % (name, shlex.quote(value)) for name, value in secrets.items()).encode())
    os.close(write_end)
    return read_end


def _wait(child, started, path, task):
    """Waits for the script; enforces its time limit here on the host, whoever is or is not connected."""
    end = time.monotonic() + task["limit"]
    timed_out = False
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status, timed_out
        left = end - time.monotonic()
        if left <= 0 and not timed_out:
            timed_out = True
            machine.kill_all(started, task.get("grace", 5))
            continue
        signal.sigtimedwait([signal.SIGCHLD], min(max(left, 0.01), 1.0))
        _bound_output(os.path.join(path, "out"))


def _bound_output(out):
    """Past MAX_OUTPUT the middle becomes a hole: offsets stay true, the disk does not fill."""
    size = os.stat(out).st_size
    if os.stat(out).st_blocks * 512 > MAX_OUTPUT:
        fd = os.open(out, os.O_WRONLY)
        try:
            length = size - KEPT_HEAD - MAX_OUTPUT // 2
            ctypes.CDLL(None, use_errno=True).fallocate(fd, 3, ctypes.c_long(KEPT_HEAD), ctypes.c_long(length))
        finally:
            os.close(fd)


def _keep_only(*fds):
    for name in os.listdir("/proc/self/fd"):
        fd = int(name)
        if fd > 2 and fd not in fds:
            try:
                os.close(fd)
            except OSError:
                pass
