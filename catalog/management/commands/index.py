"""`manage.py index`: update the search index, compare it with the catalogue, or rebuild it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.engines.interface import EngineError
from catalog.management.progress import Counter
from catalog.search.actions import (
    KINDS,
    LeaseTaken,
    count_documents,
    follow_changes,
    index_differences,
    rebuild_index,
    reconcile_index,
    reconcile_or_rebuild_index,
)


class Command(BaseCommand):
    """Without an option: index what changed, compare every document, and write those that differ."""

    help = "Bring the search index in step with the catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--rebuild, --check, --only."""
        parser.add_argument(
            "--rebuild",
            action="store_true",
            help="build it anew beside the old one and swap; one broken off is gone on with",
        )
        parser.add_argument(
            "--check", action="store_true", help="only say what differs; exit status 1 if anything does"
        )
        parser.add_argument(
            "--only", choices=KINDS, action="append", help="compare and mend this kind alone (may be repeated)"
        )
        parser.add_argument(
            "--wait", type=float, default=60, help="seconds to wait for another writer of the index (60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and print the number of documents and the time."""
        if options["rebuild"] and options["only"]:
            raise CommandError(
                "A rebuild takes everything in: leave --only out, or leave --rebuild out to mend one kind."
            )
        kinds = tuple(options["only"] or KINDS)
        counter = Counter(self.stderr, count_documents(kinds), "documents")
        try:
            if options["check"]:
                self._check(kinds, counter)
                return
            total, what = self._bring_in_step(kinds, counter, rebuild=options["rebuild"], wait=options["wait"])
        except LeaseTaken as error:
            raise CommandError(
                f"Another process ({error.holder}) is writing the index. Wait until it has finished, or stop it, and "
                "run this again."
            ) from error
        except EngineError as error:
            raise CommandError(
                f"The index cannot be written: {error}. Nothing entered is lost; run this again."
            ) from error
        self.stdout.write(f"{total:,} {what} in {counter.seconds:.1f} s")

    def _bring_in_step(
        self, kinds: tuple[str, ...], counter: Counter, *, rebuild: bool, wait: float
    ) -> tuple[int, str]:
        if rebuild:
            return rebuild_index(counter, wait=wait), "documents indexed"
        try:
            while follow_changes():
                pass
            return reconcile_index(kinds, counter, wait=wait), "documents that differed were written"
        except EngineError as error:
            self.stderr.write(f"The index cannot be read ({error}), so it is built anew.")
            return reconcile_or_rebuild_index(counter, wait=wait), "documents indexed"

    def _check(self, kinds: tuple[str, ...], counter: Counter) -> None:
        differences = index_differences(kinds, counter)
        self.stdout.write(
            f"{len(differences.missing)} missing from the index, {len(differences.stale)} out of date in it, "
            f"{len(differences.surplus)} too many in it"
        )
        if differences:
            raise CommandError("The index differs from the catalogue; run: manage.py index", returncode=1)
