"""What a deployment looks at: which release runs here, and whether it can do its work."""

import os
import sqlite3
import time
from datetime import datetime, timezone

from flask import Blueprint, current_app

from . import db, migrations

blueprint = Blueprint("status", __name__)


@blueprint.get("/api/v1/status/")
def status():
    """`pid` is gunicorn's main process (the unit's MainPID), the same whichever worker answers."""
    release = current_app.config["RELEASE"]
    answer = {
        "version": release["version"],
        "status": "operational",
        "environment": "production",
        "uptime": int(time.monotonic() - current_app.config["STARTED"]),
        "pid": os.getppid(),
        "worker": os.getpid(),
    }
    if release["deployment"]:
        answer.update(deployment=release["deployment"], commit=release["commit"])
    return answer


@blueprint.get("/health/")
def health():
    """200 and "healthy", or 503 and "unhealthy" with a text for each service that says what is wrong."""
    services = {"database": database_state()}
    healthy = all(state == "connected" for state in services.values())
    answer = {
        "status": "healthy" if healthy else "unhealthy",
        "version": current_app.config["RELEASE"]["version"],
        "timestamp": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "services": services,
    }
    return answer, 200 if healthy else 503


def database_state():
    try:
        db.get().execute("SELECT count(*) FROM items").fetchone()
        found = migrations.state(db.get(), current_app.config["MIGRATIONS"])
    except sqlite3.Error as error:
        return f"error: {error}"
    if found["half_applied"]:
        return f"error: migration {found['half_applied']} stopped half way"
    if found["pending"]:
        return f"error: migration {found['pending'][0].revision} has not run"
    return "connected"
