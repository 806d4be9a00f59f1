"""`manage.py check_all`: what `.ci/run` asks of the code besides the whole suite, so that nobody has to wait for it to
fail."""

import os
import secrets
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Step(NamedTuple):
    """One check: what it is called, its command, what it finds in its environment besides."""

    name: str
    command: list[str]
    environment: dict[str, str] = {}


# This process has the settings of development in its environment.
TESTING = {"DJANGO_SETTINGS_MODULE": "archive.settings.test"}


def steps() -> list[Step]:
    """Every check but the tests, the quickest first."""
    python, beside = sys.executable, Path(sys.executable).parent
    production = {
        "DJANGO_SETTINGS_MODULE": "archive.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "archive.example",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": "1",
        "SECURE_HSTS_PRELOAD": "1",
    }
    return [
        Step("lint", [python, "-m", "ruff", "check", "."]),
        Step("format", [python, "-m", "ruff", "format", "--check", "."]),
        Step("templates", [str(beside / "djlint"), "catalog/templates", "--lint", "--quiet"]),
        Step("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], TESTING),
        Step("deployment", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
        Step("layers", [str(beside / "lint-imports")]),
        Step("types", [python, "-m", "mypy"]),
    ]


# The house, its words and its rules: no database, and over in a minute.
QUICK = ["tests/architecture", "tests/rules"]


class Command(BaseCommand):
    """Goes on after a check that fails, and names at the end all that did."""

    help = (
        "Lint, format, templates, migrations, deployment, layers, types, and the quick tests; `.ci/run` runs the same."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--no-tests."""
        parser.add_argument("--no-tests", action="store_true", help="without the quick tests")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run each; raises CommandError that names those that failed."""
        wanted = steps()
        if not options["no_tests"]:
            wanted.append(Step("quick tests", [sys.executable, "manage.py", "test", *QUICK, "-q"], TESTING))
        failed = [step.name for step in wanted if not self._passes(step)]
        if failed:
            raise CommandError(
                f"{len(failed)} of {len(wanted)} checks failed: {', '.join(failed)}. Their lines stand above."
            )
        self.stdout.write("All checks pass.")

    def _passes(self, step: Step) -> bool:
        began = time.monotonic()
        done = subprocess.run(  # noqa: S603
            step.command,
            cwd=settings.BASE_DIR,
            env={**os.environ, **step.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        passed = done.returncode == 0
        self.stdout.write(f"{'pass' if passed else 'FAIL'}  {step.name}  {time.monotonic() - began:.0f} s")
        if not passed:
            self.stdout.write(done.stdout)
        self.stdout.flush()
        return passed
