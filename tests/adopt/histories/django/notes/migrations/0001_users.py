from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Ran",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.IntegerField()),
            ],
            options={"db_table": "ran"},
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
            ],
            options={"db_table": "users"},
        ),
        migrations.RunSQL("INSERT INTO ran (step) VALUES (1)", migrations.RunSQL.noop),
    ]
