"""`manage.py check_catalogue`: compare what is derived with what the rules say, and with --repair put it right."""

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
    """What differs is kept as findings, which the desk lists. May be stopped and begun again at any time."""

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
        """Compare, say what was found; exit status 1 where something differs and was not put right."""
        only, repair = options["only"], options["repair"]
        checks = checks_for(only)
        counter = Counter(self.stderr, count_rows(checks), "rows")
        found = check_all(
            checks, repair=repair, only=only, progress=counter if sys.stderr.isatty() else lambda _done: None
        )
        if not only or CatalogueFinding.What.COUNTS in only:
            check_counts(found, repair=repair)
        self.stdout.write(f"{found.looked_at:,} rows looked at in {counter.seconds:.1f} s")
        for what, many in sorted(found.by_what.items()):
            self.stdout.write(f"{many:,} differ: {CatalogueFinding.What(what).label}")
        if found.repaired:
            self.stdout.write(f"{found.repaired:,} differences put right")
        if found.on_the_way:
            self.stdout.write(f"{found.on_the_way:,} records are on the way: a change above them has not arrived yet")
        if found.kept:
            self.stdout.write(f"{found.kept:,} differences stand because a person kept them")
        if found.left:
            mend = (
                "look at /desk/findings"
                if repair
                else "run: manage.py check_catalogue --repair, or look at /desk/findings"
            )
            raise CommandError(f"{found.left:,} things differ from what the rules say; {mend}", returncode=1)
        self.stdout.write("Everything is as the rules say.")
