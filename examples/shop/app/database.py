"""The shop's schema, from the command line:

    python database.py status [--json]     the current revision, alone on its line
    python database.py plan                pending migrations as a JSON list
    python database.py upgrade             run what is pending
    python database.py downgrade REVISION  take back everything newer than REVISION (0000: everything)

Exit code 0: done, 1: a migration failed or was refused, 2: wrong usage or settings, nothing touched.

Each `upgrade` appends one line `<UTC time> pid=<pid> deployment=<STERNWAY_DEPLOYMENT or -> pending=<n>` to
the file named by MIGRATE_COUNTER (default /var/log/shop/upgrade-runs.log) before it does anything else:
whoever must know how often the program really ran counts lines there. A migration that waits does so while
MIGRATION_HOLD_FILE (default /run/shop/hold-migration) exists, 60 seconds at most.
"""

import json
import os
import sqlite3
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from shop import db, migrations, settings

ROOT = Path(__file__).resolve().parent
HOLD_SECONDS = 60


def open_database(values, create=False):
    return db.connect(values["DATABASE_PATH"], create)


def count_run(values, pending):
    path = values.get("MIGRATE_COUNTER", "/var/log/shop/upgrade-runs.log")
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    line = f"{at} pid={os.getpid()} deployment={values.get('STERNWAY_DEPLOYMENT') or '-'} pending={pending}\n"
    try:
        with open(path, "a", encoding="utf-8") as log:
            log.write(line)
    except OSError as error:
        raise settings.SettingsError(f"this run cannot be recorded in {path} ({error.strerror}); set MIGRATE_COUNTER") from None


def wait_while_held(path):
    """Wait until the file is gone, so that somebody can act while a migration runs."""
    if path.exists():
        print(f"waiting while {path} exists, {HOLD_SECONDS} s at most", flush=True)
    end = time.monotonic() + HOLD_SECONDS
    while path.exists() and time.monotonic() < end:
        time.sleep(0.05)


def upgrade(values):
    # Nothing is created before the run is recorded, not even an empty database file.
    exists = Path(values["DATABASE_PATH"]).exists()
    connection = open_database(values) if exists else sqlite3.connect(":memory:")
    found = migrations.state(connection, ROOT / "migrations")
    count_run(values, len(found["pending"]))
    if found["half_applied"]:
        raise migrations.MigrationError(f"{found['half_applied']} stopped half way: restore the database from a backup")
    if not exists:
        connection = open_database(values, create=True)
    for migration in found["pending"]:
        if migration.waits:
            wait_while_held(Path(values.get("MIGRATION_HOLD_FILE", "/run/shop/hold-migration")))
        migrations.run(connection, migration)
        print(f"{migration.revision}: {migration.description}", flush=True)
    print("nothing to do" if not found["pending"] else f"now at {found['pending'][-1].revision}")


def downgrade(values, target):
    connection = open_database(values)
    found = migrations.state(connection, ROOT / "migrations")
    if found["half_applied"]:
        raise migrations.MigrationError(f"{found['half_applied']} stopped half way: restore the database from a backup")
    matches = [name for name in (migrations.EMPTY, *found["applied"]) if target in (name, name[:4])]
    if not matches:
        raise migrations.MigrationError(f"{target} is not an applied revision")
    newer = [name for name in reversed(found["applied"]) if name > matches[0]]
    known = {migration.revision: migration for migration in migrations.read_all(ROOT / "migrations")}
    # Refuse before the first change: half of a way back is worse than none.
    for name in newer:
        if name not in known:
            raise migrations.MigrationError(f"{name} is not known to this release: use the release that brought it")
        if known[name].kind == "irreversible":
            raise migrations.MigrationError(f"{name} is irreversible: restore the database from a backup")
    for name in newer:
        migrations.undo(connection, known[name])
        print(f"{name}: taken back", flush=True)
    print(f"now at {matches[0]}")


def read_state(values):
    if not Path(values["DATABASE_PATH"]).exists():
        return migrations.state(sqlite3.connect(":memory:"), ROOT / "migrations")
    return migrations.state(open_database(values), ROOT / "migrations")


def status(values, as_json):
    found = read_state(values)
    if as_json:
        print(json.dumps({**found, "pending": [migration.revision for migration in found["pending"]]}))
    elif found["half_applied"]:
        print(f"{found['revision']} ({found['half_applied']} half applied)")
    else:
        print(found["revision"])


def plan(values):
    pending = read_state(values)["pending"]
    print(json.dumps([{"revision": m.revision, "kind": m.kind, "description": m.description} for m in pending]))


def main(arguments):
    values = settings.load(ROOT, ["DATABASE_PATH"])
    match arguments:
        case ["upgrade"]:
            upgrade(values)
        case ["downgrade", target]:
            downgrade(values, target)
        case ["status"] | ["status", "--json"]:
            status(values, len(arguments) == 2)
        case ["plan"]:
            plan(values)
        case _:
            print(__doc__.split("\n\nExit")[0], file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except settings.SettingsError as problem:
        print(f"database.py: {problem}", file=sys.stderr)
        sys.exit(2)
    except (migrations.MigrationError, sqlite3.Error) as problem:
        print(f"database.py: {problem}", file=sys.stderr)
        sys.exit(1)
