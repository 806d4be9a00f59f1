"""`manage.py index`: bring the search index in step, compare it, or build it anew."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.engines.interface import EngineError
from catalog.search.actions import follow_changes, index_differences, rebuild_index


class Command(BaseCommand):
    """Without an option: what changed since; a missing index is built."""

    help = "Bring the search index in step with the catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--rebuild and --check."""
        parser.add_argument("--rebuild", action="store_true", help="build it anew beside the old one and swap")
        parser.add_argument(
            "--check", action="store_true", help="only say what differs; exit status 1 if anything does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how many and how long."""
        began = time.monotonic()
        try:
            if options["check"]:
                self._check()
                return
            if options["rebuild"]:
                total, what = rebuild_index(), "documents indexed"
            else:
                try:
                    missing, spare = index_differences()
                except EngineError:
                    missing, spare = {"everything"}, set()
                if missing or spare:
                    total, what = rebuild_index(), "documents indexed"
                else:
                    total, what = follow_changes(), "changes followed"
        except EngineError as error:
            raise CommandError(
                f"The index cannot be written: {error}. Nothing entered is lost; run this again."
            ) from error
        self.stdout.write(f"{total} {what} in {time.monotonic() - began:.1f} s")

    def _check(self) -> None:
        missing, spare = index_differences()
        self.stdout.write(f"{len(missing)} missing from the index, {len(spare)} too many in it")
        if missing or spare:
            raise CommandError("The index differs from the catalogue; run: manage.py index", returncode=1)
