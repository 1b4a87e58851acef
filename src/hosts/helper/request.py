"""What a request must hold before anything is done for it."""
import hashlib
import os

from fence import Refused
from script import VARIABLE


def check_task(req):
    """Raises ValueError with one sentence for a malformed task, Refused `damaged` when the script is not the one that was sent."""
    what = req["step"]
    if not isinstance(req.get("script"), str) or hashlib.sha256(req["script"].encode()).hexdigest() != req.get("sha256"):
        raise Refused("damaged", "the script of %s arrived damaged: its checksum differs" % what)
    limit = req.get("limit")
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or limit <= 0:
        raise ValueError("%s needs a time limit in seconds, not %r" % (what, limit))
    if req.get("cwd") is not None and not os.path.isabs(req["cwd"]):
        raise ValueError("the working directory of %s is not absolute: %r" % (what, req["cwd"]))
    for part in ("env", "secrets"):
        for name, value in (req.get(part) or {}).items():
            if not VARIABLE.match(name) or not isinstance(value, str) or "\0" in value:
                raise ValueError("%s of %s: %r is no variable with a text without NUL" % (part, what, name))
