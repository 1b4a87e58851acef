"""The shop: a page, a JSON API, uploaded files, and two endpoints that say how it is."""

import time
from pathlib import Path

from flask import Flask

from . import api, db, pages, release, settings, status

ROOT = Path(__file__).resolve().parent.parent


def create_app():
    """Build the application of the release this file lies in.

    Raises SystemExit with one sentence when a required setting is missing, so that a service
    without its settings never reports itself ready.
    """
    try:
        values = settings.load(ROOT)
    except settings.SettingsError as error:
        raise SystemExit(f"shop: {error}") from None

    app = Flask(__name__, static_folder=str(ROOT / "static"), static_url_path="/static")
    app.config.update(
        SECRET_KEY=values["SECRET_KEY"],
        DATABASE_PATH=values["DATABASE_PATH"],
        MEDIA_ROOT=values["MEDIA_ROOT"],
        MIGRATIONS=str(ROOT / "migrations"),
        MAX_CONTENT_LENGTH=5 * 1024 * 1024,
        RELEASE=release.read(ROOT),
        STARTED=time.monotonic(),
    )
    app.json.sort_keys = False
    app.teardown_appcontext(db.close)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(status.blueprint)
    return app
