"""Typed readers of environment variables. An invalid value stops the start with a message that names it."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """The variable as text. Raises ImproperlyConfigured if it is unset or empty and there is no default."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}; there is no safe default for it.")
    return default


def flag(name: str, *, default: bool) -> bool:
    """The variable as a boolean: 1/true/yes/on or 0/false/no/off, upper or lower case."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in YES:
        return True
    if value.strip().lower() in NO:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no. Use 1 or 0.")


def integer(name: str, *, default: int, minimum: int = 0) -> int:
    """The variable as a whole number, at least `minimum`."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from None
    if number < minimum:
        raise ImproperlyConfigured(f"{name}={number} is below {minimum}, the least that makes sense.")
    return number


def word_list(name: str, *, default: list[str] | None = None) -> list[str]:
    """The variable as a comma-separated list. Raises ImproperlyConfigured if it is empty and there is no default."""
    value = [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set {name} to a comma-separated list, for example: {name}=one.example,two.example")
    return default


def choice(name: str, options: set[str], *, default: str) -> str:
    """The variable, which must be one of `options`."""
    value = os.environ.get(name, "").strip() or default
    if value not in options:
        raise ImproperlyConfigured(f"{name}={value!r} is unknown. Use one of: {', '.join(sorted(options))}.")
    return value


def folder(name: str, *, default: Path) -> Path:
    """The variable as an absolute path of a folder. It need not exist yet, but must not be a file."""
    path = Path(os.environ.get(name, "").strip() or default).expanduser().resolve()
    if path.is_file():
        raise ImproperlyConfigured(f"{name}={path} is a file; a folder is needed.")
    return path
