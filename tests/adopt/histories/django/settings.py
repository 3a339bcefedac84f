"""The database is that of the variable DATABASE_URL."""
import os
from urllib.parse import unquote, urlsplit

url = urlsplit(os.environ["DATABASE_URL"])
if url.scheme == "sqlite":
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.path}
else:
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path[1:],
        "USER": url.username,
        "HOST": unquote(url.netloc.rpartition("@")[2].rpartition(":")[0]),
        "PORT": url.netloc.rpartition(":")[2],
    }
DATABASES = {"default": database}
INSTALLED_APPS = ["notes"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
SECRET_KEY = "none is needed to migrate"
