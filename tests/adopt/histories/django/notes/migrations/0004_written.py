from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notes", "0003_notes")]
    operations = [
        migrations.RunSQL(
            """
            INSERT INTO ran (step)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
            SELECT 4 FROM n WHERE i = 300000
            """,
            "DELETE FROM ran WHERE step = 4",
        ),
        migrations.AddField("Note", "written", models.CharField(max_length=30, default="")),
    ]
