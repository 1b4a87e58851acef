"""From a forked child to the task's own program: its account, environment, descriptors, and nothing of ours."""
import fcntl
import os
import pwd
import re
import shlex
import signal

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
MAX_SECRETS = 60000
# Shell variables, not exported: neither argv nor the environment ever holds a value. `cat`, because another account may
# read this pipe but not open it again by its name.
_WITH_SECRETS = 'eval "$(cat <&3)"; exec 3<&-; . /dev/fd/9'
_SCRIPT = 9
_SECRETS = 3


def account_of(task):
    """The account a task runs under. Raises ValueError for one that does not exist."""
    if not task.get("user"):
        return pwd.getpwuid(os.getuid())
    try:
        return pwd.getpwnam(task["user"])
    except KeyError:
        raise ValueError("there is no account %r on this host" % task["user"])


def secrets_pipe(secrets):
    """A pipe that holds shell assignments, or None. It must take them at once, since nobody reads yet."""
    if not secrets:
        return None
    data = "".join("%s=%s\n" % (name, shlex.quote(value)) for name, value in secrets.items()).encode()
    if len(data) > MAX_SECRETS:
        raise ValueError("the secrets of one task are %d bytes; at most %d fit" % (len(data), MAX_SECRETS))
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    os.write(write_end, data)
    os.close(write_end)
    return read_end


def become(path, out, task, account, go, secrets):
    """Waits for the byte `g` on `go` (its end: never run), then execs the script. Does not return."""
    os.setsid()
    script = os.open(path, os.O_RDONLY)
    keep_only(go, out, script, secrets)
    if os.read(go, 1) != b"g":
        os._exit(126)
    try:
        _exec(out, task, account, script, secrets)
    except BaseException as error:  # after `started`: it counts as a run that failed, and its output says why
        os.write(out, ("the script could not be started: %s\n" % error).encode())
    os._exit(126)


def _exec(out, task, account, script, secrets):
    env = {"PATH": PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": account.pw_dir, "USER": account.pw_name, "LOGNAME": account.pw_name}
    env.update(task.get("env") or {})
    if account.pw_uid != os.getuid():
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    os.chdir(task.get("cwd") or "/")
    # The last two are what Python ignores by itself.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    # Far from the numbers that they move to, so that none overwrites another.
    script, out = _above(script), _above(out)
    secrets = None if secrets is None else _above(secrets)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(script, _SCRIPT)
    if secrets is not None:
        os.dup2(secrets, _SECRETS)
    keep_only(_SCRIPT, _SECRETS if secrets is not None else None)
    os.execve("/bin/sh", ["sh", "/dev/fd/%d" % _SCRIPT] if secrets is None else ["sh", "-c", _WITH_SECRETS], env)


def _above(fd):
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20)


def keep_only(*fds):
    """Closes every descriptor but 0-2 and these."""
    for name in os.listdir("/proc/self/fd"):
        fd = int(name)
        if fd > 2 and fd not in fds:
            try:
                os.close(fd)
            except OSError:
                pass
