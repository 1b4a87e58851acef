from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("prompts", "0001_initial")]

    operations = [
        migrations.AddField("prompt", "rating", models.PositiveSmallIntegerField(null=True)),
        migrations.RunSQL(
            "CREATE INDEX prompts_by_rating ON prompts_prompt (stars)",
            "DROP INDEX prompts_by_rating ON prompts_prompt",
        ),
    ]
