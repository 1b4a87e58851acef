"""One SQLite connection for each request."""

import sqlite3
from urllib.parse import quote

from flask import current_app, g


def connect(path, create=False):
    """Open the database file; unless `create`, a missing file is an error and not a new database."""
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=10, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def get():
    if "connection" not in g:
        g.connection = connect(current_app.config["DATABASE_PATH"])
    return g.connection


def close(_error=None):
    connection = g.pop("connection", None)
    if connection is not None:
        connection.close()
