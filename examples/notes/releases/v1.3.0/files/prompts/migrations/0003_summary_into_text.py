from django.db import migrations


def put_into_text(apps, _schema_editor):
    for prompt in apps.get_model("prompts", "Prompt").objects.exclude(summary=""):
        prompt.text = f"{prompt.summary}\n\n{prompt.text}"
        prompt.save()


class Migration(migrations.Migration):

    dependencies = [("prompts", "0002_language_and_tags")]

    # Nothing can tell afterwards which lines of a text were its summary: there is no way back but the backup.
    operations = [migrations.RunPython(put_into_text)]
