"""What every environment shares. Nothing here is secret and nothing here is unsafe when left as it is."""

import tomllib
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from archive import env

# Before any model or form is made: ModelAdmin[Record] is then a class at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# Everything the program writes, except originals and their derivatives, lies under this one folder.
VAR_DIR = env.folder("VAR_DIR", default=BASE_DIR / "var")
MEDIA_ROOT = env.folder("MEDIA_DIR", default=BASE_DIR / "media")
MEDIA_URL = "/media/"  # never served: every picture goes through a view that asks `visible_to(user)`
FIXTURE_DIR = BASE_DIR / "fixtures"

INSTALLED_APPS = [
    # Before our own, whose admin takes their screens away: they would show a colleague's secret.
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

    SQLite gets WAL, IMMEDIATE transactions (a writer waits at its start, not in its middle) and 20 s of patience;
    PostgreSQL does not compile plans (`?options=-c%20jit%3Don` in the address does).
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
        # Compiling a plan took 100 ms of questions that are answered in 1 to 10 ms.
        options["options"] = f"-c jit=off {options.get('options', '')}".strip()
    else:
        raise ImproperlyConfigured("DATABASE_URL must be sqlite:///… or postgres://…; no other database is tested.")
    return settings


DATABASES = {"default": database(env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'kyuc.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "catalog.User"
LOGIN_URL = "sign-in"
# The first hashes what is set from now on; the others are read, and hashed anew when their owner signs in.
PASSWORD_HASHERS = [
    "catalog.accounts.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
# Who must have a second factor (docs/decisions/0002-sign-in.md): nobody, all staff, or who publishes or sees what is
# not public.
SECOND_FACTOR = env.choice("SECOND_FACTOR", {"off", "staff", "publishers"}, default="off")
# django-otp's own throttle would let whoever knows a password keep its owner out; accounts/tries.py counts instead.
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0
# A session ends when nothing is asked for so many minutes, and after so many days whatever is asked.
IDLE_MINUTES = env.whole("IDLE_MINUTES", default=120, least=1)
SESSION_DAYS = env.whole("SESSION_DAYS", default=7, least=1)
SESSION_COOKIE_AGE = SESSION_DAYS * 86_400
# How long a link for a new password works, in seconds; how long the log of sign-ins is kept, in days.
PASSWORD_RESET_TIMEOUT = 2 * 3600
SIGN_IN_LOG_DAYS = env.whole("SIGN_IN_LOG_DAYS", default=90, least=1)
# Where links in mails lead, as https://archive.example; empty: the host that the request named.
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
    # One file for all processes of this host. Several hosts behind one name: a Redis here counts for all of them.
    "limits": {"BACKEND": "catalog.accounts.shared_counts.SharedCounts", "LOCATION": VAR_DIR / "limits"},
}
# How many questions of a kind one address may ask in so many seconds; whoever looks for many people uses a list.
RATE_LIMITS = {
    "find": (240, 600),
    "suggest": (900, 600),
    "api": (240, 600),
    "search": (600, 600),
    # Walking from number to number; a family with a long file, or an office behind one address, stays far below.
    "person": (300, 600),
    "record": (1200, 600),
    "iiif": (1800, 600),
    "picture": (2400, 600),
    "large picture": (300, 600),
    # Forms that anybody may send.
    "guest-book": (10, 3600),
    "reset": (10, 3600),
}
# Whether a record must be approved by somebody who did not write it.
TWO_PERSONS = env.flag("TWO_PERSONS", default=False)
# How many proxies of our own stand before the application; their word is taken for the sender's address.
PROXIES = env.whole("PROXIES", default=0)
# Background work is done by `manage.py worker`; tests do it at once. Finished work is shown to staff for so many days.
JOBS_AT_ONCE = False
JOBS_KEPT_DAYS = env.whole("JOBS_KEPT_DAYS", default=30, least=1)
# A file whose sending broke off is kept for so many days from its last piece, in case it is gone on with.
UPLOAD_KEPT_DAYS = env.whole("UPLOAD_KEPT_DAYS", default=14, least=1)

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "catalog" / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Scans are read by the web server's user and written by the worker's; both are in one group.
MEDIA_IN_A_FOLDER = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}}
MEDIA_IN_A_BUCKET = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": env.text("S3_BUCKET", ""),
        "endpoint_url": env.text("S3_ENDPOINT", "") or None,
        "region_name": env.text("S3_REGION", "") or None,
        "access_key": env.text("S3_ACCESS_KEY", "") or None,
        "secret_key": env.text("S3_SECRET_KEY", "") or None,
        # Files are named by their content: what stands under a name is never written over.
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
# Only for SEARCH_ENGINE=opensearch: the cluster's addresses, how to sign in, whom to trust, how many copies to keep.
OPENSEARCH = {
    "hosts": env.words("OPENSEARCH_HOSTS", default=["http://127.0.0.1:9200"]),
    "user": env.text("OPENSEARCH_USER", ""),
    "password": env.text("OPENSEARCH_PASSWORD", ""),
    "authority": env.text("OPENSEARCH_CA", ""),
}
OPENSEARCH_INDEX = env.text("OPENSEARCH_INDEX", "kyuc")
# Parts of the index, which are asked at the same time: as many as the cores that shall answer one question.
OPENSEARCH_SHARDS = env.whole("OPENSEARCH_SHARDS", default=2, least=1)
OPENSEARCH_REPLICAS = env.whole("OPENSEARCH_REPLICAS", default=0)
SEARCH_INDEX_DIR = VAR_DIR / "index"
# A scan of an A4 page at 600 dpi as TIFF is about 100 MB; a larger upload is refused with a sentence.
SCAN_MAX_BYTES = env.whole("SCAN_MAX_MB", default=200, least=1) * 1024 * 1024
# A file sent from a browser, which may be a ZIP of many scans.
UPLOAD_MAX_BYTES = env.whole("UPLOAD_MAX_MB", default=20_000, least=1) * 1024 * 1024
# Where files are while they are looked at, and where refused ones are kept: never below MEDIA_ROOT, never served.
STAGING_DIR = VAR_DIR / "staging"
QUARANTINE_DIR = env.folder("QUARANTINE_DIR", default=VAR_DIR / "quarantine")
# What the child that decodes a file may take: enough for 200 million pixels.
DECODE_BYTES = env.whole("DECODE_MB", default=3000, least=500) * 1024 * 1024
DECODE_SECONDS = env.whole("DECODE_SECONDS", default=120, least=1)
# How often every original is held against its checksum (days; 0: never by itself), and how fast at the most.
FIXITY_DAYS = env.whole("FIXITY_DAYS", default=90)
FIXITY_BYTES_A_SECOND = env.whole("FIXITY_MB_S", default=20, least=1) * 1024 * 1024
# The mail server; without EMAIL_HOST mails are printed to the log. TLS: off, starttls (usually port 587) or ssl (465).
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.whole("EMAIL_PORT", default=25, least=1)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
_tls = env.choice("EMAIL_TLS", {"off", "starttls", "ssl"}, default="off")
EMAIL_USE_TLS, EMAIL_USE_SSL = _tls == "starttls", _tls == "ssl"
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
# Who writes; DEFAULT_FROM_EMAIL is the name that this had until 0.4.
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "") or env.text("DEFAULT_FROM_EMAIL", "archive@localhost")
# Who is written to when an original is damaged or missing.
ALARM_MAIL = env.words("ALARM_MAIL", default=[])
# Tiles and copies of originals from a distant store: made again when wanted, so bounded, and never backed up.
PACKS_BYTES = env.whole("PACKS_MB", default=20_000, least=50) * 1024 * 1024
COPIES_BYTES = env.whole("COPIES_MB", default=5000, least=500) * 1024 * 1024
# How many pictures one process draws at once for the site, from decoding to encoding, and how many seconds one waits
# for its turn.
HEAVY_RENDERS = env.whole("HEAVY_RENDERS", default=2, least=1)
HEAVY_PATIENCE = 6
# Threads that a process answers with (granian's own setting), and how many of them pictures may hold that are not
# stored: the others are always left to pages.
SITE_THREADS = env.whole("GRANIAN_BLOCKING_THREADS", default=16, least=1)
PICTURE_THREADS = env.whole("PICTURE_THREADS", default=max(1, SITE_THREADS - max(2, SITE_THREADS // 3)), least=1)
# What an image request may ask for at most, as info.json states it; 0 for no limit of a side.
IMAGE_MAX_AREA = env.whole("IMAGE_MAX_AREA", default=40_000_000, least=1_000_000)
IMAGE_MAX_WIDTH = env.whole("IMAGE_MAX_WIDTH", default=0)
IMAGE_MAX_HEIGHT = env.whole("IMAGE_MAX_HEIGHT", default=0)
# Faint words over public images whose whole picture would be longer than so many pixels at its scale; none by default.
WATERMARK = env.text("WATERMARK", "")
WATERMARK_FROM = env.whole("WATERMARK_FROM", default=1000, least=1)
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

# After how many minutes `/health` says that something waits too long: changes for the index, files, jobs.
WAIT_MINUTES = env.whole("WAIT_MINUTES", default=30, least=1)
# Room that stays free on a disk: a file that would need it is refused before it is sent.
DISK_RESERVE = env.whole("DISK_RESERVE_MB", default=2000) * 1024 * 1024
# A mail server that does not answer must not hold up whoever writes to it for ever.
EMAIL_TIMEOUT = 20
# Errors are written down, and mailed about, by a thread of their own; the suite does it at once.
UPKEEP_APART = True
RELEASE: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# One JSON object a line on stderr. The first handler keeps errors for the desk, and gives them the number that the
# second one writes. Nothing goes to Django's own handlers, whose lines hold paths and hosts.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"meant": {"()": "catalog.upkeep.log.WithoutExpectedAnswers"}},
    "formatters": {"json": {"()": "catalog.upkeep.log.JsonLineFormatter"}},
    "handlers": {
        "keeper": {"class": "catalog.upkeep.log.FailureHandler", "filters": ["meant"]},
        "stderr": {"class": "catalog.upkeep.log.StderrHandler", "formatter": "json", "filters": ["meant"]},
    },
    "root": {"handlers": ["keeper", "stderr"], "level": "WARNING"},
    "loggers": {
        "catalog": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # Every 404 is a warning there.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}
