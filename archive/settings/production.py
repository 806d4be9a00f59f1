"""A served archive. Refuses to start without a secret key and host names."""

from archive import env
from archive.settings.base import *  # noqa: F403

SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"]
DEBUG = False

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
# Probes speak plain HTTP to this process itself.
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SECURE_HSTS_SECONDS = env.whole("SECURE_HSTS_SECONDS", default=31_536_000)
# Both bind sister sites below the same name for a year, and cannot be taken back within it; so they are asked for.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", default=False)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
_host = ALLOWED_HOSTS[0].lstrip(".*")
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "") or env.text("DEFAULT_FROM_EMAIL", "") or f"archive@{_host}"
# A pattern names no host to lead to; then the one that the request named, which it lets through.
if ALLOWED_HOSTS[0][:1] not in ("*", "."):
    SITE_ADDRESS = env.text("SITE_ADDRESS", f"https://{_host}").rstrip("/")
