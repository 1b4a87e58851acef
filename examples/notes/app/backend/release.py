"""Which release this is. Read once at start, so that a process reports the code it runs."""

import json


def read(root):
    """{"version", "commit", "deployment"}: VERSION is part of the release, REVISION is what a
    deployment tool may have written beside it; without one the last two are None."""
    version = (root / "VERSION").read_text(encoding="utf-8").strip()
    found = {"version": version, "commit": None, "deployment": None}
    revision = root / "REVISION"
    if revision.exists():
        stamp = json.loads(revision.read_text(encoding="utf-8"))
        found["commit"] = stamp.get("commit")
        found["deployment"] = stamp.get("deployment")
    return found
