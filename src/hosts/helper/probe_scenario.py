"""Requests one after another, as a user makes them: values of an answer go into later requests, and the clean-up runs whatever happened."""
import re
from urllib.parse import quote, urljoin

import probe_http
import probe_websocket
from probe_verdict import Unsaid, Wrong, bounded

PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
TEST_MODES = ("test", "sandbox", "rzp_test_", "sk_test_", "pk_test_")


def read(spec, secrets):
    captured = {}
    trouble = None
    done = []
    try:
        for step in spec["steps"]:
            _take(spec, step, captured, secrets)
            done.append(step["path"])
    except (Wrong, Unsaid) as error:
        trouble = error
    left = _clean_up(spec, captured, secrets)
    if left:
        # What was left behind is a failure, however the steps went; why they failed comes first.
        raise Wrong("%sthe clean-up failed: %s" % ("%s; " % trouble if trouble else "", "; ".join(left)))
    if trouble:
        raise trouble
    return {"steps": len(done)}


def _clean_up(spec, captured, secrets):
    """Every step of it, each once; those whose values were never captured have nothing to undo."""
    left = []
    for step in spec.get("cleanup") or []:
        if _names(step) - set(captured):
            continue
        try:
            _take(spec, step, captured, secrets)
        except (Wrong, Unsaid) as error:
            left.append(str(error))
    return left


def _take(spec, step, captured, secrets):
    where = "%s %s" % ("WebSocket" if step.get("websocket") else step.get("method") or ("POST" if step.get("send") else "GET"), step["path"])
    try:
        filled = _filled(step, captured)
        if "test_mode" in step and not str(filled["test_mode"]).startswith(TEST_MODES):
            raise Unsaid("not run: it would not be in test mode")
        path = PLACE.sub(lambda m: quote(_known(captured, m.group(1)), safe=""), step["path"])
        timeout = filled.get("within_ms", 5000) / 1000.0
        ask = dict({key: spec[key] for key in ("connect", "verify", "ca", "ca_pem") if key in spec}, **filled)
        ask.update(url=urljoin(spec["url"], path), timeout=timeout)
        with bounded(timeout):
            if step.get("websocket"):
                probe_websocket.read(ask, secrets)
                return
            answer = probe_http.request(ask, secrets)
        probe_http.judge(ask, answer)
        for name, place in (step.get("capture") or {}).items():
            value = probe_http.field(answer["json"], place)
            if probe_http.missing(value) or value is None or isinstance(value, (dict, list)):
                raise Wrong("the answer has no %s" % place)
            captured[name] = probe_http.as_text(value)
    except Wrong as error:
        raise Wrong("%s: %s" % (where, _without(error, captured)))
    except (Unsaid, TimeoutError) as error:
        raise Unsaid("%s: %s" % (where, _without(error, captured)))


def _without(error, captured):
    """A token that was captured is as good as a password: its place is shown, not the token."""
    said = str(error)
    for name, value in captured.items():
        if len(value) > 7:
            said = said.replace(value, "{%s}" % name)
    return said


def _known(captured, name):
    if name not in captured:
        raise Unsaid("{%s} was never captured" % name)
    return captured[name]


def _filled(value, captured):
    if isinstance(value, str):
        return PLACE.sub(lambda m: _known(captured, m.group(1)), value)
    if isinstance(value, dict):
        return {key: item if key in ("capture", "path") else _filled(item, captured) for key, item in value.items()}
    return [_filled(item, captured) for item in value] if isinstance(value, list) else value


def _names(value):
    if isinstance(value, str):
        return set(PLACE.findall(value))
    items = [item for key, item in value.items() if key != "capture"] if isinstance(value, dict) else value if isinstance(value, list) else []
    return set().union(*[_names(item) for item in items]) if items else set()
