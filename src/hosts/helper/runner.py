"""Runs one task detached from the connection: a process that outlives us, holds the record's lock, and writes how it ended."""
import json
import os
import signal
import time

import machine
import output
import script
from disk import TRAILER, make_dirs, sync_dir, write_json, write_synced
from failpoint import reach
from fence import Refused, stamp

RESERVED = 4096


def launch(fence, path, lock_fd, task, cgroup_parent):
    """Forks the supervisor, which inherits `lock_fd`, and returns once the task has begun (its `started` is synced).

    task: { holder, epoch, script, sha256, user?, cwd?, env?, limit (seconds), grace? (seconds), secrets? { NAME: value } }.
    Raises Refused when the token is stale. A failure before `started` leaves the record absent.
    """
    reach("launching", path)
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
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read()
    if not said:
        raise Refused("not-started", "the task could not be started: its supervisor was killed")
    answer = json.loads(said.decode())
    if "refused" in answer:
        raise Refused(**answer["refused"])


def _supervise(fence, path, lock_fd, task, cgroup_parent, report):
    script.keep_only(lock_fd, report)
    # TERM keeps its default: in a clean shutdown we go before the script does, and so never report that it failed.
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    try:
        child, started, clock = _begin(fence, path, task, cgroup_parent)
    except Refused as refused:
        return _tell(report, {"refused": refused.details})
    except BaseException as error:  # a full disk, an unknown account: say so, the record stays absent
        return _tell(report, {"refused": {"code": "not-started", "message": "the task could not be started: %s" % error}})
    _tell(report, {})
    reach("running", path)
    status, timed_out = _wait(child, started, path, task)
    seconds = time.monotonic() - clock
    # Whatever the script left behind ends with it; services belong to systemd and are not in here.
    machine.kill_all(started, 0)
    machine.drop_cgroup(started["cgroup"])
    reach("ended", path)
    _write_exit(path, status, timed_out, seconds)
    reach("exit written", path)


def _tell(report, answer):
    """To whoever asked; a helper whose connection has just broken is not there any more, and the task goes on all the same."""
    try:
        os.write(report, json.dumps(answer).encode())
    except BrokenPipeError:
        pass
    os.close(report)


def _write_exit(path, status, timed_out, seconds):
    ended = os.WIFEXITED(status) or timed_out
    end = {
        "code": (124 if timed_out else os.WEXITSTATUS(status)) if ended else None, "signal": None if ended else os.WTERMSIG(status),
        "timedOut": timed_out, "cancelled": os.path.exists(os.path.join(path, "cancel")), "ended": stamp(), "seconds": round(seconds, 3),
        "outputSha256": output.digest(os.path.join(path, "out")),
    }
    fd = os.open(os.path.join(path, "exit.json"), os.O_WRONLY)
    os.write(fd, json.dumps(end).encode() + TRAILER)
    os.fsync(fd)
    os.close(fd)


def _begin(fence, path, task, cgroup_parent):
    held = fence.hold()
    cgroup = None
    try:
        fence.check(task["holder"], task["epoch"], begin=True)
        out = os.open(os.path.join(path, "out"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        _reserve_exit(path)
        cgroup = machine.new_cgroup(cgroup_parent, "task-%d-%d" % (os.getpid(), time.monotonic_ns()))
        account = script.account_of(task)
        secrets = script.secrets_pipe(task.get("secrets"))
        go_read, go_write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                script.become(os.path.join(path, "script"), out, task, account, go_read, secrets)
            finally:
                os._exit(126)
        os.close(go_read)
        os.close(out)
        if secrets is not None:
            os.close(secrets)
        machine.put_into_cgroup(cgroup, child)
        clock = time.monotonic()
        started = {
            "format": 1, "boot": machine.boot(), "holder": task["holder"], "epoch": task["epoch"], "by": task.get("by"),
            "pid": child, "pidStart": machine.start_time(child), "supervisor": {"pid": os.getpid(), "start": machine.start_time(os.getpid())},
            "sha256": task["sha256"], "cgroup": cgroup, "at": stamp(), "until": clock + task["limit"],
        }
        write_json(os.path.join(path, "started.json"), started)
        sync_dir(os.path.dirname(path))
        reach("begun", path)
        os.write(go_write, b"g")
        os.close(go_write)
        return child, started, clock
    except BaseException:
        machine.drop_cgroup(cgroup)
        raise
    finally:
        os.close(held)


def _reserve_exit(path):
    """The room for the ending is taken now: on a full disk a finished step must still be able to say so."""
    fd = os.open(os.path.join(path, "exit.json"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        if os.write(fd, b" " * RESERVED) != RESERVED:
            raise OSError(28, "No space left on device")
        os.fsync(fd)
    finally:
        os.close(fd)


def _wait(child, started, path, task):
    """Waits for the script; enforces its time limit here on the host, whoever is or is not connected."""
    timed_out = False
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status, timed_out
        left = started["until"] - time.monotonic()
        if left <= 0 and not timed_out:
            timed_out = True
            machine.kill_all(started, task.get("grace", 5))
            continue
        signal.sigtimedwait([signal.SIGCHLD], min(max(left, 0.01), 1.0))
        output.bound(os.path.join(path, "out"))
