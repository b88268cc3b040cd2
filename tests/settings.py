"""Settings of the test suite: the product's own, with quick passwords and mail kept in memory."""

import os
import tempfile
from pathlib import Path

# Files that tests upload go where no other run and no demo looks.
os.environ.setdefault(
    "DEALERCRM_VAR",
    str(Path(tempfile.gettempdir()) / f"dealercrm-tests-{os.getuid()}" / os.environ.get("PYTEST_XDIST_WORKER", "one")),
)

from dealercrm.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# `.delay()` inside a test stays inside it; tests of the real broker start their own processes.
CELERY_BROKER_URL = "memory://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

if SQLITE:  # noqa: F405
    # A file, not memory: in memory the threads of a live server share one connection with their test. While a
    # query of one of them runs a function of ours (searching in Cyrillic) and waits for Python's lock, another
    # holds that lock and waits for the connection's: both for ever. Each thread has a connection of its own here.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / f"tests-{os.getpid()}.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # noqa: F405
