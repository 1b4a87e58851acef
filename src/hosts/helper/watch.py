"""Waiting for a record to be free, and seeing truly what is under way meanwhile."""
import os
import time

import machine

INSTANT = 0.002  # seconds between looks while somebody judges, begins or ends a run: none of these lasts
ORPHAN = 0.05  # seconds between looks at processes that nobody supervises


def nobody(state):
    """For callers who need no word that a run is under way."""


def look(record):
    """The state, judged under the lock, or that of the run whose supervisor holds it. Waits for no run."""
    while True:
        fd = record.lock(exclusive=False, wait=False)
        if fd is not None:
            try:
                return record.judge()
            finally:
                os.close(fd)
        now = record.under_way()
        if now:
            return now
        time.sleep(INSTANT)


def while_busy(record, tell=nobody):
    """Returns when nobody holds the record; tells of a run under way meanwhile."""
    while True:
        fd = record.lock(exclusive=False, wait=False)
        if fd is not None:
            os.close(fd)
            return
        now = record.under_way()
        if now:
            tell(dict(now, adopted=True))
            os.close(record.lock(exclusive=False))
            return
        time.sleep(INSTANT)


def outlive(record, now, tell=nobody, launched=False):
    """Waits for the end of the run that we began, or for that of an orphan: nobody is left to tell us, so we look at its processes."""
    if now["state"] != "orphaned":
        fresh = record.under_way() if launched else None
        if fresh:
            tell(dict(fresh, adopted=False))
        os.close(record.lock(exclusive=False))
        return
    tell(dict(now, state="running", adopted=True))
    started = record.started(now["run"])
    while machine.members(started):
        if time.monotonic() > started["until"]:
            machine.kill_all(started, 0)
        time.sleep(ORPHAN)
