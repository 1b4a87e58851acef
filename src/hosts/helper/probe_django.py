"""Readings through the Django project itself, by a program given to `manage.py shell -c`: in its own settings, venv or container."""
import json
import secrets

from probe_program import last_line, run
from probe_verdict import Unsaid, Wrong, text

# Seconds for manage.py to start and end, beside the reading itself.
START = 20
# The program says what it found in one line that begins with a word of this reading; whatever else an app prints does not matter. A `fail` is what the program
# found wrong; an exception is a failure too when the service answered it, and unknown when nobody did.
FRAME = r'''
import json, signal, sys
class Wrong(Exception): pass
class Unsaid(Exception): pass
given = json.loads(%r)
def late(*_): raise Unsaid("no answer within %%g s" %% given["limit"])
signal.signal(signal.SIGALRM, late)
signal.setitimer(signal.ITIMER_REAL, given["limit"])
def probe():
%s
try:
    verdict, why, value = "pass", None, probe()
except Wrong as error:
    verdict, why, value = "fail", str(error), None
except Unsaid as error:
    verdict, why, value = "unknown", str(error), None
except Exception as error:
    # Only the kind of it: a message may hold an address with a password.
    names = [kind.__name__ for kind in type(error).__mro__]
    gone = [name for name in names if name in ("ConnectionError", "OperationalError", "TimeoutError", "OSError", "BotoCoreError", "ImportError", "InterfaceError")]
    verdict, why, value = ("unknown" if gone else "fail"), type(error).__module__ + "." + type(error).__name__, None
signal.setitimer(signal.ITIMER_REAL, 0)
sys.stdout.write("\n" + %r + json.dumps({"verdict": verdict, "why": why, "value": value}) + "\n")
sys.stdout.flush()
'''
PROGRAMS = {
    "cache": r'''
    import secrets
    from django.core.cache import caches
    cache, key, value = caches[given["alias"]], "sternway-" + secrets.token_hex(8), secrets.token_hex(16)
    try:
        cache.set(key, value, 60)
        if cache.get(key) != value:
            raise Wrong("the cache does not give back what it was given (%s)" % type(cache).__name__)
    finally:
        cache.delete(key)
    return {"backend": type(cache).__name__}
''',
    "storage": r'''
    import secrets, ssl, urllib.error, urllib.request
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages
    storage, content = storages[given["alias"]], secrets.token_bytes(64)
    path = storage.save("sternway-probe-%s.txt" % secrets.token_hex(8), ContentFile(content))
    try:
        url = storage.url(path)
        signed = any(part + "=" in url for part in ("X-Amz-Signature", "Signature", "sig", "token"))
        if given["signed"] and not signed:
            raise Wrong("its URL is not signed")
        with storage.open(path) as f:
            if f.read() != content:
                raise Wrong("what was saved does not come back the same")
        if url.startswith("http"):
            try:
                with urllib.request.urlopen(url, timeout=given["limit"]) as answer:
                    if answer.read() != content:
                        raise Wrong("its URL gives something else than what was saved")
            except urllib.error.HTTPError as error:
                raise Wrong("its URL answers %d" % error.code)
    finally:
        storage.delete(path)
    if storage.exists(path):
        raise Wrong("the file is still there after it was deleted: %s" % path)
    return {"backend": type(storage).__name__, "signed": signed}
''',
    "count": r'''
    from django.apps import apps
    from django.db import ProgrammingError, connection
    if given.get("model"):
        try:
            model = apps.get_model(given["model"])
        except (LookupError, ValueError):
            raise Wrong("there is no model %s" % given["model"])
        rows = model._default_manager.count()
    else:
        if given["table"] not in connection.introspection.table_names():
            raise Wrong("there is no table %s" % given["table"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM " + connection.ops.quote_name(given["table"]))
            rows = cursor.fetchone()[0]
    if rows < given["least"]:
        raise Wrong("%s has %d rows, fewer than %d" % (given.get("model") or given["table"], rows, given["least"]))
    return {"rows": rows}
''',
    "celery": r'''
    from celery import current_app
    from celery.app.utils import find_app
    app = find_app(given["app"]) if given.get("app") else current_app._get_current_object()
    wait = max(0.5, min(2.0, given["limit"] / 4.0))
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=wait)
        said = app.control.inspect(timeout=wait, connection=broker).ping() or {}
        workers = sorted(name for name, answer in said.items() if answer.get("ok") == "pong")
        if len(workers) < given["workers"]:
            raise Wrong("%d workers answer a ping, fewer than %d" % (len(workers), given["workers"]))
        value = {"workers": workers}
        if given.get("task"):
            import time
            from celery.exceptions import TimeoutError as Late
            app.loader.import_default_modules()
            if given["task"] not in app.tasks:
                raise Wrong("the project has no task %s" % given["task"])
            begun = time.monotonic()
            try:
                result = app.tasks[given["task"]].apply_async(expires=given["limit"], **({"queue": given["queue"]} if given.get("queue") else {}))
                result.get(timeout=given["wait"])
            except Late:
                name, ahead = given.get("queue") or app.conf.task_default_queue, 0
                try:
                    with app.connection_for_read() as reader:
                        ahead = reader.default_channel.queue_declare(queue=name, passive=True).message_count
                except Exception:
                    pass
                # A queue that is full says nothing of the release; one that is empty has lost the task, or its worker is stuck.
                if ahead > 1:
                    raise Unsaid("%s was sent and has not ended within %g s: %d tasks wait in the queue %s; give it a queue of its own (celery.queue), or timeouts.check more time" % (given["task"], given["wait"], ahead, name))
                raise Wrong("%s was sent and has not ended within %g s" % (given["task"], given["wait"]))
            except NotImplementedError:
                raise Unsaid("the project keeps no results (CELERY_RESULT_BACKEND), so nobody can say whether the task ran")
            except Exception as error:
                if result.state == "FAILURE":
                    raise Wrong("%s ended with %s" % (given["task"], type(error).__name__))
                raise
            value["task_ms"] = round((time.monotonic() - begun) * 1000)
            result.forget()
    return value
''',
}


def read(spec, _secrets):
    runner = spec.get("runner")
    if not runner:
        raise Unsaid("how manage.py is run is not configured")
    if spec["kind"] == "manage":
        return _command(spec, runner)
    # The program keeps the limit itself: one that runs in a container would outlive its client here. Starting Django has time of its own.
    limit = float(spec.get("timeout", 10))
    given = dict({key: value for key, value in spec.items() if key not in ("runner", "name")}, wait=limit, limit=limit + (START / 2 if spec.get("task") else 0))
    mark = "STERNWAY-PROBE-%s " % secrets.token_hex(16)
    program = FRAME % (json.dumps(given), PROGRAMS[spec["kind"]], mark)
    code, out, said = run(list(runner["argv"]) + ["shell", "-c", program], runner.get("cwd") or "/", runner.get("user"))
    return found_in(code, out, said, mark)


def found_in(code, out, said, mark):
    """The marked line of the program's output as a verdict; without one nothing is known."""
    lines = [line[len(mark):] for line in out.split("\n") if line.startswith(mark)]
    try:
        found = json.loads(lines[-1])
        verdict, why, value = found["verdict"], found["why"], found["value"]
    except (IndexError, KeyError, TypeError, ValueError):
        raise Unsaid("manage.py ended with exit code %d and no verdict: %s" % (code, last_line(said or out)))
    if verdict == "fail":
        raise Wrong(text(why), value)
    if verdict != "pass":
        raise Unsaid(text(why), value)
    return value


def _command(spec, runner):
    code, out, said = run(list(runner["argv"]) + list(spec["command"]), runner.get("cwd") or "/", runner.get("user"))
    if code in (126, 127) or code < 0:
        raise Unsaid("manage.py %s could not be run: exit code %d: %s" % (spec["command"][0], code, last_line(said or out)))
    if code != 0:
        raise Wrong("manage.py %s ended with exit code %d: %s" % (spec["command"][0], code, last_line(said or out)))
    return {"said": last_line(out) if out.strip() else ""}
