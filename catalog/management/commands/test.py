"""`manage.py test`: run the suite; all arguments are passed to pytest."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.test.utils import get_runner


class Command(BaseCommand):
    """Does not use Django's parser, since the arguments are pytest's."""

    help = "Run the whole suite; arguments are pytest's: manage.py test tests/rules -k telex"
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Pass everything after `test` to the runner, and exit with its status."""
        raise SystemExit(self.handle(labels=argv[2:]))

    def handle(self, *args: Any, **options: Any) -> int:  # type: ignore[override]
        """Run the tests; returns pytest's exit status."""
        return int(get_runner(settings)().run_tests(options.get("labels", [])))
