"""The settings that all environments share. Nothing here is secret, and every default is safe."""

import tomllib
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from archive import env

# Before any model or form is defined, so that ModelAdmin[Record] works at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# The folder of everything the program writes, except originals and their derivatives.
VAR_DIR = env.folder("VAR_DIR", default=BASE_DIR / "var")
MEDIA_ROOT = env.folder("MEDIA_DIR", default=BASE_DIR / "media")
MEDIA_URL = "/media/"  # never served: every picture goes through a view that checks `visible_to(user)`
FIXTURE_DIR = BASE_DIR / "fixtures"

INSTALLED_APPS = [
    # Before our own app, whose admin removes their screens: they would show the secrets of colleagues.
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "catalog.apps.CatalogConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "simple_history",
]

MIDDLEWARE = [
    "catalog.web.middleware.RequestNumber",
    "catalog.web.middleware.ProbesFirst",
    "django.middleware.security.SecurityMiddleware",
    "catalog.web.middleware.PicturesFirst",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "catalog.web.middleware.WordsCompressed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "catalog.web.session_guard.SessionGuard",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "catalog.web.middleware.SecurityHeaders",
]

ROOT_URLCONF = "archive.urls"
WSGI_APPLICATION = "archive.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "catalog.web.context.languages",
            ],
        },
    },
]


def database(url: str) -> dict[str, Any]:
    """Django's settings for one database address.

    SQLite gets WAL, IMMEDIATE transactions (a writer waits at the start of its transaction, not in the middle) and a
    timeout of 20 s. PostgreSQL does not compile query plans (`?options=-c%20jit%3Don` in the address turns it on).
    Raises ImproperlyConfigured for an address that is neither SQLite nor PostgreSQL.
    """
    try:
        settings: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from None
    if settings["ENGINE"].endswith("sqlite3"):
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
        }
    elif settings["ENGINE"].endswith("postgresql"):
        options = settings.setdefault("OPTIONS", {})
        # Compiling a plan took 100 ms, for queries that take 1 to 10 ms.
        options["options"] = f"-c jit=off {options.get('options', '')}".strip()
    else:
        raise ImproperlyConfigured("DATABASE_URL must be sqlite:///… or postgres://…; no other database is tested.")
    return settings


DATABASES = {"default": database(env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'kyuc.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "catalog.User"
LOGIN_URL = "sign-in"
# The first hashes new passwords; the others are accepted, and hashed again when their owner signs in.
PASSWORD_HASHERS = [
    "catalog.accounts.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
# Who must have a second factor (docs/decisions/0002-sign-in.md): nobody, all staff, or users who publish or see what is
# not public.
SECOND_FACTOR = env.choice("SECOND_FACTOR", {"off", "staff", "publishers"}, default="off")
# Off, since with django-otp's own throttle anybody who knows a password could lock its owner out; accounts/tries.py
# counts instead.
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0
# A session ends after so many minutes without a request, and after so many days in any case.
IDLE_MINUTES = env.integer("IDLE_MINUTES", default=120, minimum=1)
SESSION_DAYS = env.integer("SESSION_DAYS", default=7, minimum=1)
SESSION_COOKIE_AGE = SESSION_DAYS * 86_400
# How long a link for a new password is valid, in seconds; how long the log of sign-ins is kept, in days.
PASSWORD_RESET_TIMEOUT = 2 * 3600
SIGN_IN_LOG_DAYS = env.integer("SIGN_IN_LOG_DAYS", default=90, minimum=1)
# The address of the site for links in mails, as https://archive.example; empty: the host of the request.
SITE_ADDRESS = env.text("SITE_ADDRESS", "").rstrip("/")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": VAR_DIR / "cache"},
    # One file for all processes of this host. With several hosts behind one name, use Redis here to count for all.
    "limits": {"BACKEND": "catalog.accounts.shared_counts.SharedCounts", "LOCATION": VAR_DIR / "limits"},
}
# How many requests of a kind one address may send in so many seconds. To look for many people there are lists.
RATE_LIMITS = {
    "find": (240, 600),
    "suggest": (900, 600),
    "api": (240, 600),
    "search": (600, 600),
    # Against reading one number after the other; a family with a long file, or an office with one address, stays far
    # below.
    "person": (300, 600),
    "record": (1200, 600),
    "iiif": (1800, 600),
    "picture": (2400, 600),
    "large picture": (300, 600),
    # Forms that anybody may submit.
    "guest-book": (10, 3600),
    "reset": (10, 3600),
}
# Whether a record must be approved by a person who did not write it.
TWO_PERSONS = env.flag("TWO_PERSONS", default=False)
# How many proxies of our own are in front of the application; the sender's address that they report is trusted.
PROXIES = env.integer("PROXIES", default=0)
# Jobs are run by `manage.py worker`; tests run them at once. Finished jobs are shown to staff for so many days.
JOBS_AT_ONCE = False
JOBS_KEPT_DAYS = env.integer("JOBS_KEPT_DAYS", default=30, minimum=1)
# An upload that was interrupted is kept for so many days after its last piece, in case it is continued.
UPLOAD_KEPT_DAYS = env.integer("UPLOAD_KEPT_DAYS", default=14, minimum=1)

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "catalog" / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Scans are read by the user of the web server and written by that of the worker; both are in one group.
MEDIA_IN_A_FOLDER = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}}
MEDIA_IN_A_BUCKET: dict[str, Any] = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": env.text("S3_BUCKET", ""),
        "endpoint_url": env.text("S3_ENDPOINT", "") or None,
        "region_name": env.text("S3_REGION", "") or None,
        "access_key": env.text("S3_ACCESS_KEY", "") or None,
        "secret_key": env.text("S3_SECRET_KEY", "") or None,
        # Files are named by their content: a file is never overwritten.
        "file_overwrite": False,
        "default_acl": None,
        "querystring_auth": True,
    },
}
STORAGES: dict[str, dict[str, Any]] = {
    "default": MEDIA_IN_A_BUCKET if env.text("S3_BUCKET", "") else MEDIA_IN_A_FOLDER,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

SIMPLE_HISTORY_HISTORY_ID_USE_UUID = False
SEARCH_ENGINE = env.choice("SEARCH_ENGINE", {"whoosh", "tantivy", "opensearch"}, default="whoosh")
# Only for SEARCH_ENGINE=opensearch: addresses of the cluster, user, password, file of trusted certificates.
OPENSEARCH = {
    "hosts": env.word_list("OPENSEARCH_HOSTS", default=["http://127.0.0.1:9200"]),
    "user": env.text("OPENSEARCH_USER", ""),
    "password": env.text("OPENSEARCH_PASSWORD", ""),
    "authority": env.text("OPENSEARCH_CA", ""),
}
OPENSEARCH_INDEX = env.text("OPENSEARCH_INDEX", "kyuc")
# Parts of the index, which are searched in parallel: as many as the cores that one search may use.
OPENSEARCH_SHARDS = env.integer("OPENSEARCH_SHARDS", default=2, minimum=1)
OPENSEARCH_REPLICAS = env.integer("OPENSEARCH_REPLICAS", default=0)
SEARCH_INDEX_DIR = VAR_DIR / "index"
# Records and pages up to which an engine answers at once on two cores (docs/benchmarks.md); the others have no known
# limit.
SEARCH_ENGINE_LIMITS = {"whoosh": 60_000}
# A scan of an A4 page at 600 dpi as TIFF has about 100 MB. A larger file than this limit is refused with a message.
SCAN_MAX_BYTES = env.integer("SCAN_MAX_MB", default=200, minimum=1) * 1024 * 1024
# The limit of a file sent from a browser, which may be a ZIP of many scans.
UPLOAD_MAX_BYTES = env.integer("UPLOAD_MAX_MB", default=20_000, minimum=1) * 1024 * 1024
# Where files are while they are checked, and where refused ones are kept: never below MEDIA_ROOT, never served.
STAGING_DIR = VAR_DIR / "staging"
QUARANTINE_DIR = env.folder("QUARANTINE_DIR", default=VAR_DIR / "quarantine")
# The memory and time of the child process that decodes a file: enough for 200 million pixels.
DECODE_BYTES = env.integer("DECODE_MB", default=3000, minimum=500) * 1024 * 1024
DECODE_SECONDS = env.integer("DECODE_SECONDS", default=120, minimum=1)
# How often every original is compared with its checksum (days; 0: not automatically), and the maximum speed.
FIXITY_DAYS = env.integer("FIXITY_DAYS", default=90)
FIXITY_BYTES_A_SECOND = env.integer("FIXITY_MB_S", default=20, minimum=1) * 1024 * 1024
# The mail server; without EMAIL_HOST mails are printed. EMAIL_TLS: off, starttls (usually port 587) or ssl (465).
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", default=25, minimum=1)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
_tls = env.choice("EMAIL_TLS", {"off", "starttls", "ssl"}, default="off")
EMAIL_USE_TLS, EMAIL_USE_SSL = _tls == "starttls", _tls == "ssl"
# Seconds to wait for the mail server.
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
# The sender of mails; until 0.4 the variable was called DEFAULT_FROM_EMAIL.
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "") or env.text("DEFAULT_FROM_EMAIL", "archive@localhost")
# Who gets a mail about failures, full disks, and damaged or missing originals.
ALARM_MAIL = env.word_list("ALARM_MAIL", default=[])
# Tiles, and copies of originals from a remote store: made again when needed, so limited and never backed up.
PACKS_BYTES = env.integer("PACKS_MB", default=20_000, minimum=50) * 1024 * 1024
COPIES_BYTES = env.integer("COPIES_MB", default=5000, minimum=500) * 1024 * 1024
# How many pictures one process renders at the same time, from decoding to encoding, and how many seconds one waits for
# its turn.
HEAVY_RENDERS = env.integer("HEAVY_RENDERS", default=2, minimum=1)
HEAVY_PATIENCE = 6
# The threads of a process that answer requests (granian's own setting), and how many of them may render pictures that
# are not stored: the others remain for pages.
SITE_THREADS = env.integer("GRANIAN_BLOCKING_THREADS", default=16, minimum=1)
PICTURE_THREADS = env.integer("PICTURE_THREADS", default=max(1, SITE_THREADS - max(2, SITE_THREADS // 3)), minimum=1)
# The largest image that a request may ask for, as given in info.json; 0: no limit for a side.
IMAGE_MAX_AREA = env.integer("IMAGE_MAX_AREA", default=40_000_000, minimum=1_000_000)
IMAGE_MAX_WIDTH = env.integer("IMAGE_MAX_WIDTH", default=0)
IMAGE_MAX_HEIGHT = env.integer("IMAGE_MAX_HEIGHT", default=0)
# Limits and intervals of the program itself: no archive needs to change them, tests make them small.
# The function that reads the words of a scan: called with the scan and the languages of its record.
PAGE_READER: Any = "catalog.reading.pages.read_scan"
# The progress of a job is written, and a wish to stop it noticed, at most this often.
JOB_PROGRESS_SECONDS = 2.0
# Areas in pixels: given as PNG, WebP or turned by odd angles up to the first; work from the second on is limited
# separately; an image from the third on is cut into tiles before it is shown, and from the fourth on in a child.
IMAGE_SLOW_AREA, IMAGE_EXPENSIVE_AREA = 12_000_000, 24_000_000
IMAGE_TILED_AREA, IMAGE_CHILD_AREA = 20_000_000, 40_000_000
# How many seconds a process remembers what a session may see of images. Only rights of staff are remembered: what is
# public needs no session, and what was closed or covered is looked up at every request.
IMAGE_RIGHTS_SECONDS = 10.0
# How many results the public may take as a table.
PUBLIC_TABLE_ROWS = 1000
# Up to so many rows counts are exact at every request; above, the worker counts at this interval.
COUNTED_AT_ONCE, COUNT_SECONDS = 5000, 600
# How many scans of one record are named as duplicates of a file; a file has at most as many pages.
DUPLICATES_NAMED = 1000
# How many errors are kept for the desk, and how many failures one process records in a minute.
ERRORS_KEPT, FAILURES_A_MINUTE = 1000, 60
# Faint words over public images whose complete picture at that scale is longer than so many pixels; none by default.
WATERMARK = env.text("WATERMARK", "")
WATERMARK_FROM = env.integer("WATERMARK_FROM", default=1000, minimum=1)
WATERMARK_FONT = FIXTURE_DIR / "fonts" / "NotoSerif-Regular.ttf"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # one record's form with its pages and mentions

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Ký Ức",
    "DESCRIPTION": "Names, records and pages of an archive that keeps the papers of a war.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}

CSRF_FAILURE_VIEW = "catalog.web.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# After how many minutes `/health` reports that something waits too long: changes for the index, files, jobs.
WAIT_MINUTES = env.integer("WAIT_MINUTES", default=30, minimum=1)
# Space that stays free on a disk: a file that would need it is refused before it is sent.
DISK_RESERVE = env.integer("DISK_RESERVE_MB", default=2000) * 1024 * 1024
# Errors are recorded and mailed by a thread of their own; in tests this happens at once.
UPKEEP_APART = True
RELEASE: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# One JSON object per line on stderr. The first handler records errors for the desk, and gives them the id that the
# second one writes. Nothing goes to Django's own handlers, whose lines contain paths and hosts.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_expected": {"()": "catalog.upkeep.log.WithoutExpectedAnswers"}},
    "formatters": {"json": {"()": "catalog.upkeep.log.JsonLineFormatter"}},
    "handlers": {
        "failures": {"class": "catalog.upkeep.log.FailureHandler", "filters": ["without_expected"]},
        "stderr": {"class": "catalog.upkeep.log.StderrHandler", "formatter": "json", "filters": ["without_expected"]},
    },
    "root": {"handlers": ["failures", "stderr"], "level": "WARNING"},
    "loggers": {
        "catalog": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # Every 404 is a warning of this logger.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}
