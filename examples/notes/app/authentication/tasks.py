"""Celery's tasks."""

import json
import os
import time
from datetime import datetime, timezone

import redis
from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from .models import TaskEffect

DELIVERIES = "notes:deliveries"


@shared_task
def test_task():
    """For a round trip through broker, worker and result backend."""
    return {"version": settings.RELEASE["version"], "pid": os.getpid()}


@shared_task
def heartbeat():
    """Beat's only entry: when a scheduled task ran last."""
    cache.set("heartbeat", datetime.now(timezone.utc).isoformat(), timeout=None)


@shared_task(bind=True)
def work_task(self, number, seconds=0.0):
    """Work that can be counted: a delivery is a line in the Redis list, its effect a row in the database.

    Delivered again, it leaves a second line and raises the row's count, so that lost ones (a number without a row) and
    repeated ones (a count above 1) tell themselves apart. `seconds` is how long it takes between the two.
    """
    delivery = {"number": number, "task": self.request.id, "pid": os.getpid(), "version": settings.RELEASE["version"]}
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.rpush(DELIVERIES, json.dumps(delivery))
    time.sleep(seconds)
    with transaction.atomic():
        TaskEffect.objects.get_or_create(number=number)
        effect = TaskEffect.objects.select_for_update().get(number=number)
        effect.times += 1
        effect.save()
    return number
