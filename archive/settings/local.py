"""The demo and development: one machine, a secret of its own, any host name, mails printed unless EMAIL_HOST is set."""

import secrets

from archive import env
from archive.settings.base import *  # noqa: F403
from archive.settings.base import VAR_DIR


def _stored_secret() -> str:
    """A secret that is created once and stored under `var/`, so that sessions survive a restart."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(50))
        path.chmod(0o600)
    return path.read_text()


SECRET_KEY = env.text("SECRET_KEY", "") or _stored_secret()
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = ["*"]
