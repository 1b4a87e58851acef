"""What a reading comes to. `Wrong`: it answered, and not as it must. `Unsaid`: nothing that says anything, never taken for a pass."""
import contextlib
import signal


class Wrong(Exception):
    def __init__(self, why, value=None):
        super().__init__(why)
        self.value = value


class Unsaid(Exception):
    def __init__(self, why, value=None):
        super().__init__(why)
        self.value = value


def text(value):
    """On one line, without what a terminal would obey, and not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())[:400]


@contextlib.contextmanager
def bounded(seconds):
    """A TimeoutError in the main thread when the block takes longer, however slowly something drips."""
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _late(*_):
    raise TimeoutError("timed out")
