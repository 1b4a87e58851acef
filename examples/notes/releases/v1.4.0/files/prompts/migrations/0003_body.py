from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("prompts", "0002_language_and_tags")]

    operations = [migrations.RenameField("prompt", "text", "body")]
