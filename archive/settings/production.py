"""An archive in production. Refuses to start without a secret key and host names."""

from archive import env
from archive.settings.base import *  # noqa: F403

SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.word_list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"]
DEBUG = False

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
# Probes use plain HTTP, directly to this process.
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", default=31_536_000)
# Off by default: both also apply to other sites under the same domain, for a year, and cannot be undone in that time.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", default=False)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
_host = ALLOWED_HOSTS[0].lstrip(".*")
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "") or env.text("DEFAULT_FROM_EMAIL", "") or f"archive@{_host}"
# If the first allowed host is a pattern, links in mails use the host of the request, which matches the pattern.
if ALLOWED_HOSTS[0][:1] not in ("*", "."):
    SITE_ADDRESS = env.text("SITE_ADDRESS", f"https://{_host}").rstrip("/")
