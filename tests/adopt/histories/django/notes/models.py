from django.db import models


class Ran(models.Model):
    step = models.IntegerField()

    class Meta:
        db_table = "ran"


class User(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=40)

    class Meta:
        db_table = "users"


class Note(models.Model):
    id = models.IntegerField(primary_key=True)
    owner = models.ForeignKey(User, models.PROTECT, db_column="owner")
    body = models.CharField(max_length=200)
    written = models.CharField(max_length=30, default="")

    class Meta:
        db_table = "notes"
