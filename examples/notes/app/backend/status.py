"""What a deployment looks at: which release runs here, and whether it can do its work."""

import functools
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.http import JsonResponse

from .celery import app as celery

log = logging.getLogger("notes.health")
LIMIT_SECONDS = 1
WHOLE_SECONDS = 3


def status(request):
    """`pid` is Gunicorn's main process (the unit's MainPID), the same whichever worker answers."""
    answer = {
        "version": settings.RELEASE["version"],
        "status": "operational",
        "environment": settings.ENVIRONMENT,
        "uptime": int(time.monotonic() - settings.STARTED),
        "pid": os.getppid(),
        "worker": os.getpid(),
    }
    if settings.RELEASE["deployment"]:
        answer |= {"deployment": settings.RELEASE["deployment"], "commit": settings.RELEASE["commit"]}
    return JsonResponse(answer)


def health(request):
    """200 `healthy`, or 503 `unhealthy` when a service says `error: …`; a `warning: …` alone is healthy."""
    end = time.monotonic() + WHOLE_SECONDS
    asked = {name: POOLS[name].submit(word, name, check) for name, check in CHECKS.items()}
    services = {name: answer_of(future, end) for name, future in asked.items()}
    healthy = not any(said.startswith("error") for said in services.values())
    answer = {
        "status": "healthy" if healthy else "unhealthy",
        "timestamp": datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "version": settings.RELEASE["version"],
        "services": services,
    }
    return JsonResponse(answer, status=200 if healthy else 503)


def answer_of(future, end):
    # Drivers limit connecting and reading, but a name that nobody resolves keeps them longer.
    try:
        return future.result(max(0, end - time.monotonic()))
    except TimeoutError:
        return f"error: no answer within {WHOLE_SECONDS} s"


def word(name, check):
    """What the check says. An error's own text may hold addresses or keys: the kind of error is told, no more."""
    try:
        return check()
    except Exception as error:
        log.warning("%s: %s", name, type(error).__name__)
        return f"error: {type(error).__name__}"


def database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    # This thread's own, which no request closes.
    connection.close()
    return "connected"


def redis_cache():
    cache.get("health")
    return "connected"


def workers():
    # A connection of its own: the pool's would wait for a lost broker, and try again for ever.
    limits = {"socket_connect_timeout": LIMIT_SECONDS, "socket_timeout": LIMIT_SECONDS, "max_retries": 1, "interval_start": 0}
    with celery.connection_for_write(transport_options=limits) as broker:
        answers = celery.control.broadcast("ping", reply=True, timeout=LIMIT_SECONDS, limit=1, connection=broker)
    return "running" if answers else "warning: no workers"


def storage():
    bucket_client().head_bucket(Bucket=default_storage.bucket_name)
    return "connected"


@functools.lru_cache
def bucket_client():
    """A client that gives up at once, where the storage's own waits longer and tries again."""
    limits = Config(connect_timeout=LIMIT_SECONDS, read_timeout=LIMIT_SECONDS, retries={"total_max_attempts": 1})
    return boto3.client(
        "s3",
        aws_access_key_id=default_storage.access_key,
        aws_secret_access_key=default_storage.secret_key,
        endpoint_url=default_storage.endpoint_url,
        region_name=default_storage.region_name,
        config=default_storage.client_config.merge(limits),
    )


CHECKS = {"database": database, "cache": redis_cache, "celery": workers, "storage": storage}
# Threads of its own for each: where one hangs, the others are still asked.
POOLS = {name: ThreadPoolExecutor(4, thread_name_prefix=name) for name in CHECKS}
