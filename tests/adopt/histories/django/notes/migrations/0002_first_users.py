from django.db import migrations


def first_users(apps, schema_editor):
    users = apps.get_model("notes", "User").objects
    users.create(id=1, name="Ada")
    users.create(id=2, name='Grace; or "Amazing Grace"')


def without_them(apps, schema_editor):
    apps.get_model("notes", "User").objects.filter(id__in=[1, 2]).delete()


class Migration(migrations.Migration):
    dependencies = [("notes", "0001_users")]
    operations = [
        migrations.RunPython(first_users, without_them),
        migrations.RunSQL("INSERT INTO ran (step) VALUES (2)", "DELETE FROM ran WHERE step = 2"),
    ]
