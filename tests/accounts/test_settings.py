"""What an administrator sets in the environment is what the site does."""

import json
import os
import subprocess
import sys
from typing import Any

from django.conf import settings

SHOWN = """
import json
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in (
    "EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD",
    "EMAIL_USE_TLS", "EMAIL_USE_SSL", "DEFAULT_FROM_EMAIL", "SITE_ADDRESS", "SECOND_FACTOR",
    "IDLE_MINUTES", "SESSION_COOKIE_AGE")}))
"""


def settings_with(kind: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("EMAIL", "MAIL", "DEFAULT_FROM"))
    }
    return subprocess.run(
        [sys.executable, "-c", SHOWN],
        cwd=settings.BASE_DIR,
        text=True,
        capture_output=True,
        timeout=60,
        env={
            **clean,
            "DJANGO_SETTINGS_MODULE": f"archive.settings.{kind}",
            "SECRET_KEY": "x" * 60,
            "ALLOWED_HOSTS": "archive.example",
            **environment,
        },
    )


def read(kind: str, **environment: str) -> dict[str, Any]:
    process = settings_with(kind, **environment)
    assert process.returncode == 0, process.stderr
    return dict(json.loads(process.stdout))


def test_mails_go_where_the_environment_says_and_are_printed_where_it_says_nothing() -> None:
    assert read("local")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    values = read(
        "production",
        EMAIL_HOST="mail.example",
        EMAIL_PORT="465",
        EMAIL_USER="u",
        EMAIL_PASSWORD="p",
        EMAIL_TLS="ssl",
        MAIL_FROM="kyuc@archive.example",
        SECOND_FACTOR="publishers",
        IDLE_MINUTES="30",
        SESSION_DAYS="2",
    )
    assert values == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": "mail.example", "EMAIL_PORT": 465,
        "EMAIL_HOST_USER": "u", "EMAIL_HOST_PASSWORD": "p", "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True,
        "DEFAULT_FROM_EMAIL": "kyuc@archive.example", "SITE_ADDRESS": "https://archive.example",
        "SECOND_FACTOR": "publishers", "IDLE_MINUTES": 30, "SESSION_COOKIE_AGE": 172_800,
    }  # fmt: skip


def test_a_setting_of_0_4_2_goes_on_to_be_read() -> None:
    assert read("production", DEFAULT_FROM_EMAIL="old@archive.example")["DEFAULT_FROM_EMAIL"] == "old@archive.example"
    assert read("production")["DEFAULT_FROM_EMAIL"] == "archive@archive.example"
    # A pattern of hosts is no address to lead to.
    assert read("production", ALLOWED_HOSTS=".archive.example")["SITE_ADDRESS"] == ""


def test_a_value_that_makes_no_sense_stops_the_start_with_a_sentence() -> None:
    for name, value in (("SECOND_FACTOR", "maybe"), ("EMAIL_TLS", "yes"), ("IDLE_MINUTES", "0"), ("EMAIL_PORT", "x")):
        process = settings_with("production", **{name: value})
        assert process.returncode and f"{name}=" in process.stderr.splitlines()[-1]
