"""Back without Sternway: break-glass --root R --deployment D --host NAME [--status] [--yes] [--schema keep|undo]

Reads the plan kept on this host and takes its remaining steps back, newest first, through the same records. Needs neither network
nor Sternway. Exit codes: 0 everything is taken back (or --status), 1 stopped before the end, 2 it cannot begin.
"""
import argparse
import json
import os
import pwd
import sys

from fence import Fence, Refused
from record import named
from tasks import Tasks
from wayback import Stopped, WayBack

FORMAT = 1


def main(argv):
    parser = argparse.ArgumentParser(prog="break-glass", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True)
    parser.add_argument("--deployment", required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--status", action="store_true")
    parser.add_argument("--yes", action="store_true")
    parser.add_argument("--schema", choices=["keep", "undo"])
    asked = parser.parse_args(argv)
    try:
        plan = _plan(asked)
    except PermissionError as error:
        sys.stderr.write("break-glass cannot begin: %s; run it as root, by sudo\n" % error)
        return 2
    except (OSError, ValueError) as error:
        sys.stderr.write("break-glass cannot begin: %s\n" % error)
        return 2
    tasks = Tasks(Fence(asked.root))
    way = WayBack(plan, asked.host, tasks)
    _show(way, tasks)
    if asked.status:
        return 0
    if tasks.fence.ended(_holder(plan)):
        print("Nothing is left to take back on %s." % asked.host)
        return 0
    if not asked.yes and not _agreed():
        return 1
    return _go(way, tasks, asked.schema)


def _plan(asked):
    if not os.path.isabs(asked.root):
        raise ValueError("--root %r is not an absolute path" % asked.root)
    with open(os.path.join(asked.root, named(asked.deployment, "deployment"), "plan.json"), encoding="utf-8") as f:
        plan = json.load(f)
    if plan.get("format") != FORMAT:
        raise ValueError("plan.json has the format %r, this helper knows %d" % (plan.get("format"), FORMAT))
    if asked.host not in plan["hosts"]:
        raise ValueError("%s is no host of this plan (%s)" % (asked.host, ", ".join(plan["hosts"])))
    return plan


def _show(way, tasks):
    plan, claim = way.plan, tasks.fence.current()
    print("%s/%s, deployment %s of %s, on %s" % (plan["app"], plan["environment"], plan["deployment"], plan["release"]["tag"], way.host))
    if claim and claim["open"]:
        print("held by %s since %s (%s)" % (claim["holder"], claim["at"], claim["by"]))
    for step in way.steps:
        if step["kind"] == "change":
            print("  %-12s %s" % (way.state(step)["state"], step["title"]))
    if way.worker_steps():
        print("Not done from here, since they were not on a host: %s" % "; ".join(way.worker_steps()))


def _agreed():
    if not sys.stdin.isatty():
        sys.stderr.write("Nothing was changed: say --yes where nobody can be asked.\n")
        return False
    return input("Take these steps back, newest first? Whoever holds the environment loses it. Type yes: ").strip() == "yes"


def _holder(plan):
    return "break-glass-%s" % plan["deployment"]


def _restored_head(plan, head, host):
    """As after a rollback by Sternway: the deployment before this one, if this one had become the head; None leaves it. What stood before is what is left."""
    left = (plan.get("before") or {}).get(host)
    if not head or head.get("deployment") != plan["deployment"]:
        return dict(head or {}, left=left) if left and plan.get("adopted") else None
    previous = plan.get("previous") or {}
    restored = {"deployment": previous["deployment"], "release": previous["tag"]} if previous.get("deployment") else {}
    return dict(restored, left=left) if left else restored


def _go(way, tasks, schema):
    plan, fence = way.plan, tasks.fence
    person = os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    try:
        now = fence.current()
        claim = fence.claim(_holder(plan), plan["deployment"], "break-glass by %s" % person, now["epoch"] if now and now["open"] else None)
        stop = [{"deployment": plan["deployment"], "step": step["id"]} for step in way.steps if step["onTurnBack"] == "stop"]
        tasks.drain(dict(claim, stop=stop))
        way.run(claim, schema, print)
        fence.close(claim["holder"], claim["epoch"], "rolled-back", _restored_head(plan, fence.head(), way.host))
    except (Stopped, Refused) as error:
        sys.stderr.write("STOPPED: %s\n" % error)
        return 1
    print("Taken back on %s by %s. Other hosts of the plan: %s." % (way.host, person, ", ".join(h for h in plan["hosts"] if h != way.host) or "none"))
    return 0
