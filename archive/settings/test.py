"""For tests: fast password hashing, jobs run at once, everything written to a temporary folder."""

import tempfile
from pathlib import Path

from archive.settings.base import *  # noqa: F403
from archive.settings.base import DATABASES, RATE_LIMITS, STORAGES

SECRET_KEY = "for tests only"  # noqa: S105
DEBUG = False
ALLOWED_HOSTS = ["*"]
VAR_DIR = Path(tempfile.mkdtemp(prefix="kyuc-test-"))
MEDIA_ROOT = VAR_DIR / "media"
SEARCH_INDEX_DIR = VAR_DIR / "index"
STATIC_ROOT = VAR_DIR / "static"
STORAGES["default"]["OPTIONS"] = {"location": MEDIA_ROOT}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "limits": {"BACKEND": "catalog.accounts.shared_counts.SharedCounts", "LOCATION": VAR_DIR / "limits"},
}
# Tests send many requests from one address; tests of the limits set their own.
RATE_LIMITS = dict.fromkeys(RATE_LIMITS, (1_000_000, 600))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
JOBS_AT_ONCE = True
# Mails are kept in `django.core.mail.outbox`, whatever the environment variables are.
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
UPKEEP_APART = False
DISK_RESERVE = 0
TEST_RUNNER = "archive.testing.PytestRunner"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = VAR_DIR / "kyuc.sqlite3"
    # No test needs durability; waiting for the disk at every commit makes the suite take four times as long on a slow
    # disk.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    # A file, not in memory: the tests and the server thread of the browser tests use it through two connections.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
