"""Deployments that were taken over before they came to their end, with the changes of theirs that still stand here."""
import os

import look
from disk import read_json
from record import Record
from watch import look as judged

# What these make is beside the live release.
BESIDE = ("prepare", "backup")


def unfinished(root):
    """[{ deployment, release, begun: [titles] }], oldest first."""
    claim = read_json(os.path.join(root, "claim.json")) or {}
    found = [_begun(root, deployment) for deployment in claim.get("unfinished", [])]
    return [each for each in found if each and each["begun"]]


def claimed(root):
    """The open claim, or None."""
    claim = read_json(os.path.join(root, "claim.json"))
    return {name: claim[name] for name in ("holder", "deployment", "by", "at")} if claim and claim["open"] else None


def _begun(root, deployment):
    plan = look.json_in(os.path.join(root, deployment, "plan.json"))
    if not plan:
        return None
    steps = [step for step in plan["steps"] if step["kind"] == "change" and step["phase"] not in BESIDE and any("undo" in task for task in step["tasks"].values())]
    return {"deployment": deployment, "release": plan["release"]["tag"], "begun": [step["title"] for step in steps if _stands(Record(root, deployment, step["id"]))]}


def _stands(record):
    # A look makes the record's folder: one that is not there has nothing to tell.
    return os.path.isdir(record.dir) and judged(record)["state"] not in ("absent", "never", "undone")
