"""Numbered SQL migrations, and the table that remembers which of them have run.

A file `migrations/NNNN_name.sql` starts with `-- key: value` lines:
    description   what it does, in a few words
    kind          additive (the release before still works) | reversible | irreversible
    transaction   off: every statement is committed by itself (default: all of them together)
    wait          hold: wait first, while the hold file exists
followed by the statements under `-- upgrade` and, unless irreversible, under `-- downgrade`.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

EMPTY = "0000"
KINDS = ("additive", "reversible", "irreversible")
TABLE = """CREATE TABLE IF NOT EXISTS schema_migrations (
    revision TEXT PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('started', 'applied')), at TEXT NOT NULL)"""


class MigrationError(Exception):
    """A migration cannot be run or undone; the text says which and why."""


@dataclass(frozen=True)
class Migration:
    revision: str
    description: str
    kind: str
    in_transaction: bool
    waits: bool
    upgrade: tuple
    downgrade: tuple


def split(sql):
    """The single statements of a piece of SQL."""
    statements, current = [], ""
    for line in sql.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current.strip())
            current = ""
    if current.strip():
        statements.append(current.strip())
    return tuple(statements)


def parse(path):
    head, _, body = path.read_text(encoding="utf-8").partition("-- upgrade\n")
    up, _, down = body.partition("-- downgrade\n")
    facts = dict(line[3:].split(": ", 1) for line in head.splitlines() if line.startswith("-- ") and ": " in line)
    if facts.get("kind") not in KINDS:
        raise MigrationError(f"{path.name}: kind must be one of {', '.join(KINDS)}")
    return Migration(path.stem, facts.get("description", ""), facts["kind"], facts.get("transaction") != "off",
                     facts.get("wait") == "hold", split(up), split(down))


def read_all(directory):
    """The release's migrations in order of their number."""
    return [parse(path) for path in sorted(Path(directory).glob("[0-9][0-9][0-9][0-9]_*.sql"))]


def state(connection, directory):
    """{"revision": newest applied or "0000", "half_applied": revision or None, "applied": [revision],
    "pending": [Migration]}. Applied ones that this release does not know are listed like all others."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'").fetchone()
    rows = connection.execute("SELECT revision, state FROM schema_migrations ORDER BY revision").fetchall() if known else []
    applied = [row[0] for row in rows if row[1] == "applied"]
    started = [row[0] for row in rows if row[1] == "started"]
    pending = [migration for migration in read_all(directory) if migration.revision not in applied]
    return {"revision": applied[-1] if applied else EMPTY, "half_applied": started[0] if started else None,
            "applied": applied, "pending": pending}


def now():
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def run(connection, migration):
    """Run one migration. Without a transaction a failure leaves what was committed, marked as started."""
    connection.execute(TABLE)
    if migration.in_transaction:
        connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("INSERT INTO schema_migrations VALUES (?, 'started', ?)", (migration.revision, now()))
        for statement in migration.upgrade:
            connection.execute(statement)
        connection.execute("UPDATE schema_migrations SET state = 'applied', at = ? WHERE revision = ?",
                           (now(), migration.revision))
        if migration.in_transaction:
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        if migration.in_transaction:
            connection.execute("ROLLBACK")
        raise MigrationError(f"{migration.revision} failed: {error}") from error


def undo(connection, migration):
    """Take one applied migration back, in one transaction."""
    if migration.kind == "irreversible":
        raise MigrationError(f"{migration.revision} is irreversible: restore the database from a backup")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in migration.downgrade:
            connection.execute(statement)
        connection.execute("DELETE FROM schema_migrations WHERE revision = ?", (migration.revision,))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.execute("ROLLBACK")
        raise MigrationError(f"{migration.revision} could not be taken back: {error}") from error
