from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("prompts", "0003_summary_into_text")]

    operations = [migrations.RemoveField("prompt", "summary")]
