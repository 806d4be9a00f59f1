"""The demo and development: one machine, its own secret, every host name, mails printed unless EMAIL_HOST is set."""

import secrets

from archive import env
from archive.settings.base import *  # noqa: F403
from archive.settings.base import VAR_DIR


def _own_secret() -> str:
    """A secret made once and kept under `var/`, so that a sign-in survives a restart."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(50))
        path.chmod(0o600)
    return path.read_text()


SECRET_KEY = env.text("SECRET_KEY", "") or _own_secret()
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = ["*"]
