"""The certificate that the site shows: its chain and name by verification, and its remaining days."""
import ssl
import time
from urllib.parse import urlsplit

import probe_http
from probe_verdict import Wrong


def read(spec, _secrets):
    url = urlsplit(spec["url"])
    sock = None
    try:
        sock = probe_http.connect(dict(spec, verify=True), url, spec.get("timeout", 5))
        certificate, version = sock.getpeercert(), sock.version()
    except (OSError, ValueError) as error:
        raise probe_http.broken(error)
    finally:
        if sock is not None:
            sock.close()
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86400)
    value = {"days": days, "protocol": version}
    if days < spec["days"]:
        raise Wrong("its certificate is valid for %d more days, fewer than %d" % (days, spec["days"]), value)
    return value
