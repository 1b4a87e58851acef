"""Sentry by its published API: issues of this release only, since it was deployed; and the markers that say when that was."""
import json
import time
from urllib.parse import quote, urlencode

import probe_http
from probe_logs import seconds_of
from probe_verdict import Unsaid, Wrong

PAGES = 20
LEVELS = {"fatal": "critical", "error": "critical", "warning": "warnings"}


def read(spec, secrets):
    return _deployed(spec, secrets) if spec["kind"] == "sentry_deploy" else _issues(spec, secrets)


def _issues(spec, secrets):
    start = spec["since"] if isinstance(spec.get("since"), (int, float)) else _deploy_time(spec, secrets)
    counts, first, cursor = {"critical": 0, "warnings": 0, "other": 0}, None, None
    query = {"query": 'release:"%s" lastSeen:>=%s' % (spec["release"], _iso(start)), "statsPeriod": "", "limit": "100", "environment": spec["environment"]}
    for _ in range(PAGES):
        answer = _ask(spec, secrets, "/api/0/projects/%s/%s/issues/?%s" % (spec["organization"], spec["project"], urlencode(dict(query, **({"cursor": cursor} if cursor else {})))))
        for issue in _list(answer):
            seen = seconds_of(str(issue.get("lastSeen")))
            if seen is None or "level" not in issue:
                raise Unsaid("Sentry's answer is not understood: an issue has no lastSeen or level")
            if seen < start:
                continue
            level = LEVELS.get(issue["level"], "other")
            counts[level] += 1
            first = first or (level in ("critical", "warnings") and str(issue.get("title"))) or None
        cursor = _next(answer["headers"])
        if cursor is None:
            return judged(spec, dict(counts, since=_iso(start)), first)
    raise Unsaid("Sentry has more than %d issues of %s: not all were read" % (PAGES * 100, spec["release"]), counts)


def judged(spec, value, first):
    for level in ("critical", "warnings"):
        if value[level] > spec[level]:
            raise Wrong("%d %s since %s was deployed, more than %d; first: %s" % (
                value[level], "critical issues" if level == "critical" else "warnings", spec["release"], spec[level], first), value)
    return value


def _deploy_time(spec, secrets):
    """When this environment got the release last, by Sentry's own record."""
    answer = _ask(spec, secrets, "/api/0/organizations/%s/releases/%s/deploys/" % (spec["organization"], quote(spec["release"], safe="")))
    times = [seconds_of(str(deploy.get("dateFinished"))) for deploy in _list(answer) if deploy.get("environment") == spec["environment"]]
    known = [at for at in times if at is not None]
    if not known:
        raise Unsaid("Sentry knows no deploy of %s to %s: its issues cannot be told from older ones" % (spec["release"], spec["environment"]))
    return max(known)


def _deployed(spec, secrets):
    """Makes the release known, then that it was deployed. Both may be said again: Sentry keeps one release of a name."""
    release = {"version": spec["release"], "projects": [spec["project"]]}
    if spec.get("commit"):
        release["ref"] = spec["commit"]
    _ask(spec, secrets, "/api/0/organizations/%s/releases/" % spec["organization"], release, (200, 201, 208))
    deploy = {"environment": spec["environment"], "dateStarted": _iso(spec["started"]), "dateFinished": _iso(spec["finished"])}
    answer = _ask(spec, secrets, "/api/0/organizations/%s/releases/%s/deploys/" % (spec["organization"], quote(spec["release"], safe="")), deploy, (200, 201, 208))
    return {"deploy": (answer["json"] or {}).get("id") if isinstance(answer["json"], dict) else None}


def _ask(spec, secrets, path, body=None, good=(200,)):
    token = probe_http.reveal(spec["token"], secrets)
    ask = dict({key: spec[key] for key in ("connect", "verify", "ca", "ca_pem", "timeout") if key in spec},
               url=spec["url"].rstrip("/") + path, headers={"Authorization": "Bearer %s" % token, "Accept": "application/json"})
    if body is not None:
        ask["send"] = {"json": body}
    answer = probe_http.request(ask, secrets)
    if answer["status"] not in good:
        # Whatever it is, it says nothing about the release: a bad token, a limit, a project that is not there, an outage of Sentry's.
        raise Unsaid("Sentry answers %d to %s%s" % (answer["status"], path.split("?")[0], ": %s" % json.dumps(answer["json"])[:200] if answer["json"] else ""))
    return answer


def _list(answer):
    if not isinstance(answer["json"], list) or not all(isinstance(item, dict) for item in answer["json"]):
        raise Unsaid("Sentry's answer is not understood: it is no list")
    return answer["json"]


def _next(headers):
    """The cursor of the next page, as the Link header says it; None on the last."""
    link = next((value for name, value in headers.items() if name.lower() == "link"), "")
    for part in link.split(","):
        words = dict(word.strip().split("=", 1) for word in part.split(";")[1:] if "=" in word)
        if words.get("rel", "").strip('"') == "next" and words.get("results", "").strip('"') == "true":
            return words.get("cursor", "").strip('"') or None
    return None


def _iso(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
