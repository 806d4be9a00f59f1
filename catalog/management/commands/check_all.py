"""`manage.py check_all`: all checks of `.ci/run` except the whole suite, to run before a commit."""

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
    """One check: its name, its command, and additional environment variables."""

    name: str
    command: list[str]
    environment: dict[str, str] = {}


# This process has the settings of development in its environment.
TESTING = {"DJANGO_SETTINGS_MODULE": "archive.settings.test"}


def steps() -> list[Step]:
    """All checks except the tests, the fastest first."""
    python, programs = sys.executable, Path(sys.executable).parent
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
        Step("templates", [str(programs / "djlint"), "catalog/templates", "--lint", "--quiet"]),
        Step("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], TESTING),
        Step("deployment", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
        Step("layers", [str(programs / "lint-imports")]),
        Step("types", [python, "-m", "mypy"]),
    ]


# Tests of the architecture, the translations and the rules: without a database, in about a minute.
QUICK = ["tests/architecture", "tests/rules"]


class Command(BaseCommand):
    """Runs all checks, also after one fails, and names those that failed at the end."""

    help = (
        "Lint, format, templates, migrations, deployment, layers, types, and the quick tests; `.ci/run` runs the same."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--no-tests."""
        parser.add_argument("--no-tests", action="store_true", help="without the quick tests")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the checks. Raises CommandError with the names of those that failed."""
        chosen = self.steps()
        if not options["no_tests"]:
            chosen.append(Step("quick tests", [sys.executable, "manage.py", "test", *QUICK, "-q"], TESTING))
        failed = [step.name for step in chosen if not self._passes(step)]
        if failed:
            raise CommandError(
                f"{len(failed)} of {len(chosen)} checks failed: {', '.join(failed)}. Their lines stand above."
            )
        self.stdout.write("All checks pass.")

    def steps(self) -> list[Step]:
        """The checks, without the tests."""
        return steps()

    def _passes(self, step: Step) -> bool:
        began = time.monotonic()
        result = subprocess.run(  # noqa: S603
            step.command,
            cwd=settings.BASE_DIR,
            env={**os.environ, **step.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        passed = result.returncode == 0
        self.stdout.write(f"{'pass' if passed else 'FAIL'}  {step.name}  {time.monotonic() - began:.0f} s")
        if not passed:
            self.stdout.write(result.stdout)
        self.stdout.flush()
        return passed
