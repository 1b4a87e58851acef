"""Beside a deployment, on its host: says when users get the maintenance page, and counts the beats of Celery as long as it runs.

    celery_watch.py GO END     makes the file GO at the maintenance page; ends when the file END is there

Prints {"looks": n, "beats": most at one time}.
"""
import json
import os
import sys
import time

LINK = "/etc/nginx/sites-enabled/notes"


def is_beat(pid):
    try:
        with open("/proc/%s/cmdline" % pid, "rb") as f:
            words = f.read().split(b"\0")
    except OSError:  # it ended meanwhile
        return False
    return b"celery" in words and b"beat" in words


go, end = sys.argv[1:]
looks = beats = 0
while not os.path.exists(end):
    if os.path.realpath(LINK).endswith(".maintenance") and not os.path.exists(go):
        open(go, "w").close()
    looks += 1
    beats = max(beats, sum(is_beat(pid) for pid in os.listdir("/proc") if pid.isdigit()))
    time.sleep(0.15)
print(json.dumps({"looks": looks, "beats": beats}))
