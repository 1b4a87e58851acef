"""One host's way back from a stored plan: what is left of it, and its steps, newest first."""
import getpass
import hashlib
import re
import shlex
import sys

import reading
from fence import Refused

GONE = ("absent", "never", "undone")


class Stopped(Exception):
    """The way back cannot go on; the message says why and what to do."""


class WayBack(object):
    def __init__(self, plan, host, tasks):
        self.plan = plan
        self.host = host
        self.tasks = tasks
        self.steps = [step for step in plan["steps"] if host in step["tasks"]]

    def state(self, step):
        return self.tasks.look(self.plan["deployment"], step["id"])

    def attempted(self, step):
        return self.state(step)["state"] not in ("absent", "never")

    def goes_back(self, step):
        """A change: always looked at, if only to keep a delayed start out. A check of the way back: where anything after it was attempted."""
        if step["kind"] == "change":
            return True
        later = self.steps[self.steps.index(step) + 1:]
        return bool(step["tasks"][self.host].get("undo")) and any(other["kind"] == "change" and self.attempted(other) for other in later)

    def worker_steps(self):
        return [step["title"] for step in self.plan["steps"] if "worker" in step["tasks"]]

    def schema_rule(self, step):
        """undo | stay | ask, as the saga decides it."""
        if step.get("schema") is None or not any(other.get("letsTrafficIn") and self.attempted(other) for other in self.steps):
            return "undo"
        return "stay" if self.schema_of(step) in ("additive", "none") else "ask"

    def schema_of(self, step):
        if step["schema"] != "classified":
            return step["schema"]
        for other in self.steps:
            if other.get("classifies"):
                # As the saga reads it (src/plan/schema-kind.ts): the last line alone, for what the app's programs say stands above it.
                last = self.state(other).get("tail", "").rstrip("\n").split("\n")[-1]
                said = re.match(r"schema: (none|additive|reversible|irreversible)\Z", last)
                if said:
                    return said.group(1)
        return "irreversible"  # what is not known counts as the worst

    def run(self, claim, schema, say):
        """Takes everything back. schema: `keep`, `undo` or None (ask on the terminal). Raises Stopped at the first failure."""
        for step in reversed([step for step in self.steps if self.goes_back(step)]):
            if step["kind"] == "check":
                self._check(step, say)
                continue
            now = self.state(step)["state"]
            rule = self.schema_rule(step) if now not in GONE else "undo"
            if rule == "stay" or (rule == "ask" and not self._lose(step, schema)):
                say("stays    %s (%s; users were let in since)" % (step["title"], self.schema_of(step)))
                self._settle(step, claim)
                continue
            self._take_back(step, claim, say)

    def _take_back(self, step, claim, say):
        command = step["tasks"][self.host].get("undo")
        if command is None or self.state(step)["state"] in GONE:
            now = self._settle(step, claim)
        else:
            request = dict(self._ask(step, claim), script=command["script"], sha256=hashlib.sha256(command["script"].encode()).hexdigest(),
                           user=command.get("user"), cwd=command.get("cwd"), limit=step["limit"], again=True, secrets=_secrets(command),
                           env=dict(command.get("env") or {}, STERNWAY_DEPLOYMENT=self.plan["deployment"]))
            try:
                now = self.tasks.undo(request)
            except (Refused, ValueError) as error:
                raise Stopped("%s could not be taken back: %s" % (step["title"], error))
        if now["state"] == "undo-failed":
            said = "\n".join("    " + line for line in now["tail"].rstrip().split("\n")[-15:])
            raise Stopped("%s could not be taken back: %s. It said:\n%s\n  Mend what it names, then run this again: what is done is not done twice."
                          % (step["title"], now.get("why") or "exit %s" % now.get("code"), said))
        say("%-8s %s" % (now["state"] if command or now["state"] in GONE else "kept", step["title"]))

    def _settle(self, step, claim):
        return self.tasks.settle(self._ask(step, claim))

    def _ask(self, step, claim):
        return {"holder": claim["holder"], "epoch": claim["epoch"], "deployment": self.plan["deployment"], "step": step["id"], "mode": step["onTurnBack"], "by": claim["by"]}

    def _check(self, step, say):
        command = step["tasks"][self.host]["undo"]
        found = reading.read(_as_command(command), step["limit"])
        if found["code"] != 0:
            raise Stopped("%s does not hold: %s\n%s" % (step["title"], "no answer in time" if found["code"] is None else "exit %d" % found["code"],
                                                        (found["stdout"] + found["stderr"]).strip()[-2000:]))
        say("holds    %s" % step["title"])

    def _lose(self, step, schema):
        if schema is not None:
            return schema == "undo"
        if not sys.stdin.isatty():
            raise Stopped("%s is %s and users were let in since: taking it back loses what they wrote. Decide with --schema keep or --schema undo" % (step["title"], self.schema_of(step)))
        answer = input("%s is %s, and users were let in since. Take it back and lose what they wrote? Type LOSE, anything else keeps it: " % (step["title"], self.schema_of(step)))
        return answer.strip() == "LOSE"


def _as_command(command):
    script = command["script"]
    for name, value in sorted((command.get("env") or {}).items()):
        script = "export %s=%s\n%s" % (name, shlex.quote(value), script)
    if command.get("cwd"):
        script = "cd %s || exit\n%s" % (shlex.quote(command["cwd"]), script)
    return "exec runuser -u %s -- /bin/sh -c %s" % (shlex.quote(command["user"]), shlex.quote(script)) if command.get("user") else script


def _secrets(command):
    names = command.get("secrets") or []
    if names and not sys.stdin.isatty():
        raise Stopped("this undo needs the secrets %s: run this on a terminal, it asks for them" % ", ".join(names))
    return {name: getpass.getpass("%s: " % name) for name in names}
