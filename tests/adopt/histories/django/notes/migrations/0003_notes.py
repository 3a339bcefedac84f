from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notes", "0002_first_users")]
    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                (
                    "owner",
                    models.ForeignKey("notes.User", models.PROTECT, db_column="owner"),
                ),
                ("body", models.CharField(max_length=200)),
            ],
            options={"db_table": "notes"},
        ),
        migrations.RunSQL("INSERT INTO ran (step) VALUES (3)", "DELETE FROM ran WHERE step = 3"),
    ]
