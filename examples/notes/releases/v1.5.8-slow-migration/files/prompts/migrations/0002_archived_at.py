import os
import time
from pathlib import Path

from django.db import migrations, models

HOLD_SECONDS = 60


def wait_while_held(_apps, _schema_editor):
    """Waits until the file is gone, 60 s at most, so that somebody can act while a migration runs."""
    hold = Path(os.environ.get("MIGRATION_HOLD_FILE", "/run/notes/hold-migration"))
    if hold.exists():
        print(f"waiting while {hold} exists, {HOLD_SECONDS} s at most", flush=True)
    end = time.monotonic() + HOLD_SECONDS
    while hold.exists() and time.monotonic() < end:
        time.sleep(0.05)


class Migration(migrations.Migration):

    dependencies = [("prompts", "0001_initial")]

    operations = [
        migrations.RunPython(wait_while_held, migrations.RunPython.noop),
        migrations.AddField("prompt", "archived_at", models.DateTimeField(null=True)),
    ]
