"""`manage.py check_catalogue`: compare derived values with what the rules say; with --repair correct them."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from catalog.management.progress import Counter
from catalog.records.checking.actions import check_counts
from catalog.records.checking.nightly import check_all
from catalog.records.checking.queries import CHECKED, checks_for, count_rows
from catalog.records.models import CatalogueFinding


class Command(BaseCommand):
    """Differences are stored as findings, which the desk lists. May be stopped and started again at any time."""

    help = (
        "Compare who may see what, reference codes, days of dates, years, keys, units, forms of names and counts "
        "with what the rules say now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--repair, --only."""
        parser.add_argument(
            "--repair", action="store_true", help="write what differs as the rules say it; what a person gave stays"
        )
        parser.add_argument("--only", nargs="+", choices=CHECKED, default=[], help="look at these alone (everything)")

    @translation.override("en")
    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and print the result; exit status 1 if something differs and was not corrected."""
        only, repair = options["only"], options["repair"]
        checks = checks_for(only)
        counter = Counter(self.stderr, count_rows(checks), "rows")
        result = check_all(
            checks, repair=repair, only=only, progress=counter if sys.stderr.isatty() else lambda _done: None
        )
        if not only or CatalogueFinding.What.COUNTS in only:
            check_counts(result, repair=repair)
        self.stdout.write(f"{result.looked_at:,} rows looked at in {counter.seconds:.1f} s")
        for what, count in sorted(result.by_what.items()):
            self.stdout.write(f"{count:,} differ: {CatalogueFinding.What(what).label}")
        if result.repaired:
            self.stdout.write(f"{result.repaired:,} differences put right")
        if result.on_the_way:
            self.stdout.write(f"{result.on_the_way:,} records are on the way: a change above them has not arrived yet")
        if result.kept:
            self.stdout.write(f"{result.kept:,} differences stand because a person kept them")
        if result.left:
            remedy = (
                "look at /desk/findings"
                if repair
                else "run: manage.py check_catalogue --repair, or look at /desk/findings"
            )
            raise CommandError(f"{result.left:,} things differ from what the rules say; {remedy}", returncode=1)
        self.stdout.write("Everything is as the rules say.")
