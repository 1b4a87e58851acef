"""A static file as it is served, compared with the file on disk."""
import hashlib
import os

import probe_http
from probe_verdict import Unsaid, Wrong


def read(spec, secrets):
    try:
        with open(spec["file"], "rb") as f:
            on_disk = f.read((1 << 24) + 1)
    except OSError as error:
        raise Unsaid("%s cannot be read: %s" % (spec["file"], error.strerror))
    if len(on_disk) > 1 << 24:
        raise Unsaid("%s is larger than 16 MB: choose a smaller file" % spec["file"])
    # Not compressed on the way: the bytes themselves are compared.
    answer = probe_http.request(dict(spec, headers={"Accept-Encoding": "identity"}), secrets)
    probe_http.judge(spec, answer)
    served, wanted = hashlib.sha256(answer["bytes"]).hexdigest(), hashlib.sha256(on_disk).hexdigest()
    if served != wanted:
        raise Wrong("what is served is not %s: sha256 %s instead of %s" % (os.path.basename(spec["file"]), served[:16], wanted[:16]))
    return {"bytes": len(on_disk), "sha256": wanted}
