"""`manage.py test`: the whole suite; every argument goes to pytest unchanged."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.test.utils import get_runner


class Command(BaseCommand):
    """Arguments are pytest's, so Django's own parser is passed by."""

    help = "Run the whole suite; arguments are pytest's: manage.py test tests/rules -k telex"
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand everything behind `test` to the runner and end with its status."""
        raise SystemExit(self.handle(labels=argv[2:]))

    def handle(self, *args: Any, **options: Any) -> int:  # type: ignore[override]
        """Run; returns pytest's exit status."""
        return int(get_runner(settings)().run_tests(options.get("labels", [])))
