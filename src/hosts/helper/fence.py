"""Who may change this app/environment on this host: one open claim, compare-and-set under a held lock.

`claim.json`: { format, epoch, holder, deployment, by, at, open, outcome, drained, tookOver, unfinished }. The pair (holder, epoch) is the
fencing token; every change presents it, and is refused when another has claimed since. `.closed/<holder>` remembers who has
ended here: a delayed request of theirs must not open the environment again.
"""
import os
import time

from disk import lock, make_dirs, read_json, write_json

FORMAT = 1


class Refused(Exception):
    """A request the host declines, with the reason as data: { code, ... }."""

    def __init__(self, code, message, **details):
        Exception.__init__(self, message)
        self.details = dict(details, code=code, message=message)


class Fence(object):
    def __init__(self, root):
        self.root = root
        make_dirs(root)
        self.path = os.path.join(root, "claim.json")

    def hold(self):
        return lock(os.path.join(self.root, "fence"))

    def current(self):
        return read_json(self.path)

    def head(self):
        """What the next rollback would undo, as the last claim left it: { deployment, ... }, {} or None."""
        return read_json(os.path.join(self.root, "head.json"))

    def claim(self, holder, deployment, by, takeover=None):
        """Idempotent for the same holder. `takeover` is the epoch the caller has seen and means to end."""
        fd = self.hold()
        try:
            now = self.current()
            held = now and now["open"]
            if held and now["holder"] == holder:
                return now
            ended = self.ended(holder)
            if ended:
                raise Refused("closed", "%s has already ended here: %s" % (holder, ended["outcome"]), claim=now)
            if held and takeover != now["epoch"]:
                raise Refused("claimed", "%s holds this environment since %s (%s)" % (now["holder"], now["at"], now["by"]), claim=now)
            if held:
                self._remember(now["holder"], "taken over by %s" % holder)
            new = {
                "format": FORMAT, "epoch": (now["epoch"] if now else 0) + 1, "holder": holder, "deployment": deployment, "by": by,
                "at": stamp(), "open": True, "outcome": None, "drained": False, "tookOver": now["holder"] if held else None,
                "unfinished": _unfinished(now),
            }
            write_json(self.path, new)
            return new
        finally:
            os.close(fd)

    def drained(self, holder, epoch):
        """Says that nothing of an earlier token runs any more; only now may something begin under this one."""
        fd = self.hold()
        try:
            self.check(holder, epoch)
            now = self.current()
            if not now["drained"]:
                write_json(self.path, dict(now, drained=True))
            return self.current()
        finally:
            os.close(fd)

    def check(self, holder, epoch, begin=False):
        """Call with the fence held. Raises Refused unless (holder, epoch) is the open claim, and drained where a run is to begin."""
        now = self.current()
        if not now or not now["open"] or now["holder"] != holder or now["epoch"] != epoch:
            who = now and ("%s (epoch %d, %s)" % (now["holder"], now["epoch"], "open" if now["open"] else "closed"))
            raise Refused("stale", "%s (epoch %s) may not change this host: the claim is %s" % (holder, epoch, who), claim=now)
        if begin and not now["drained"]:
            raise Refused("undrained", "%s must first drain what still runs here under earlier claims" % holder, claim=now)

    def close(self, holder, epoch, outcome, head=None):
        """Ends the claim; `head` (when given) is what the next rollback would undo: { deployment, ... } or {}."""
        fd = self.hold()
        try:
            now = self.current()
            if now and not now["open"] and now["holder"] == holder and now["epoch"] == epoch:
                return now
            self.check(holder, epoch)
            if head is not None:
                write_json(os.path.join(self.root, "head.json"), head)
            if outcome != "abandoned":
                self._remember(holder, outcome)
            # Whoever deploys over them has adopted what they left; a way back ends one alone.
            still = [] if outcome == "deployed" else [d for d in now.get("unfinished", []) if outcome != "rolled-back" or d != now["deployment"]]
            write_json(self.path, dict(now, open=False, outcome=outcome, closedAt=stamp(), unfinished=still))
            return self.current()
        finally:
            os.close(fd)

    def withdraw(self, holder, outcome):
        """What `never` is to a start: a claim of this holder's that is still on its way is refused when it arrives. One that is open stays, for `close`."""
        fd = self.hold()
        try:
            now = self.current()
            if not (now and now["open"] and now["holder"] == holder) and not self.ended(holder):
                self._remember(holder, outcome)
            return now
        finally:
            os.close(fd)

    def ended(self, holder):
        """{ outcome, at } of a holder who may not come back, or None."""
        return read_json(self._closed(holder))

    def _closed(self, holder):
        return os.path.join(self.root, ".closed", holder)

    def _remember(self, holder, outcome):
        make_dirs(os.path.join(self.root, ".closed"))
        write_json(self._closed(holder), {"outcome": outcome, "at": stamp()})


def _unfinished(claim):
    """Deployments whose runs were taken over and that nobody has ended since, the newest last."""
    if not claim:
        return []
    known = claim.get("unfinished", [])
    return known + [claim["deployment"]] if claim["open"] and claim["deployment"] not in known else known


def stamp():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
