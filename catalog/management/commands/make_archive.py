"""`manage.py make_archive`: make an invented catalogue of any size for tests and benchmarks, or remove it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.changes.statistics import analyze_tables
from catalog.interchange.invented.archive import AlreadyThere, make_archive, remove_archive
from catalog.management.progress import Counter


class Command(BaseCommand):
    """Writes directly into the database, in a repository of its own; every record is marked as invented."""

    help = "Write an invented archive of any size, for trying and measuring, or take it out again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The sizes."""
        parser.add_argument("--records", type=int, default=1000, help="records in all (1000)")
        parser.add_argument("--pages", type=int, default=0, help="pages with a text each (0)")
        parser.add_argument(
            "--mentions", type=int, help="names to be found by Find a relative (a tenth of the records)"
        )
        parser.add_argument("--seed", type=int, default=324, help="the same archive for the same seed (324)")
        parser.add_argument("--remove", action="store_true", help="take the invented archive out again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and print the numbers and the speed."""
        if options["remove"]:
            counter = Counter(self.stderr, 0, "records removed")
            removed = remove_archive(progress=counter)
            self.stdout.write(f"{removed:,} records removed in {counter.seconds:.1f} s. Now run: manage.py index")
            return
        records, pages = options["records"], options["pages"]
        if records < 0 or pages < 0 or (options["mentions"] or 0) < 0:
            raise CommandError("Numbers of records, pages and names are from 0 up.")
        if pages and records < 3:
            raise CommandError(
                "Pages stand in files: at least 3 records (a fonds, an inventory, a file) are needed for any."
            )
        mentions = records // 10 if options["mentions"] is None else options["mentions"]
        counter = Counter(self.stderr, records + pages, "records and pages")
        try:
            make_archive(records=records, pages=pages, mentions=mentions, seed=options["seed"], progress=counter)
        except AlreadyThere:
            raise CommandError(
                "There is an invented archive already. Take it out first: manage.py make_archive --remove"
            ) from None
        analyze_tables()
        seconds = counter.seconds
        self.stdout.write(
            f"{records:,} records, {pages:,} pages and {mentions:,} names in {seconds:.1f} s"
            f" ({(records + pages) / max(seconds, 0.001):,.0f} a second). Now run: manage.py index"
        )
