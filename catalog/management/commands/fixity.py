"""`manage.py fixity`: every original against its checksum."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.images.fixity import Rate, check_next, current_pass, open_findings, send_alarms, unchecked_in
from catalog.images.models import FixityPass, Original
from catalog.management.progress import Counter


class Command(BaseCommand):
    """Stopped at any instant and begun again, it goes on. The status is 1 while anything is damaged or missing."""

    help = "Hold every original against its checksum; report and mail what is damaged or missing, overwrite nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How fast, how much."""
        parser.add_argument(
            "--rate", type=float, metavar="MB", help="megabytes a second at the most (FIXITY_MB_S; 0: no bound)"
        )
        parser.add_argument("--limit", type=int, metavar="N", help="no more than N files now; the rest the next time")
        parser.add_argument("--status", action="store_true", help="say how it stands, and check nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk on, or say how it stands."""
        if not options["status"]:
            self._walk(options)
        last = FixityPass.objects.first()
        self.stdout.write(
            f"{Original.objects.count():,} originals, {Original.objects.filter(checked_at=None).count():,} never "
            "checked."
        )
        if last:
            ended = f"ended {last.ended_at:%Y-%m-%d %H:%M}" if last.ended_at else f"{unchecked_in(last).count():,} left"
            self.stdout.write(
                f"Last walk: begun {last.began_at:%Y-%m-%d %H:%M}, {last.checked:,} checked, {last.faults:,} faults, "
                f"{ended}."
            )
        found = list(open_findings())
        for one in found:
            self.stdout.write(f"{one.kind}: {one.original.name} ({one.detail}), since {one.found_at:%Y-%m-%d %H:%M}")
        if found:
            sys.exit(1)

    def _walk(self, options: dict[str, Any]) -> None:
        bound = settings.FIXITY_BYTES_A_SECOND if options["rate"] is None else int(options["rate"] * 1024 * 1024)
        walk = current_pass()
        left = unchecked_in(walk).count()
        counter = Counter(self.stderr, min(left, options["limit"] or left), "files")
        done = [0]

        def told(original: Original, fault: str) -> None:
            done[0] += 1
            counter(done[0])
            if fault:
                self.stderr.write(f"{original.name}: {fault}")

        try:
            check_next(fixity_pass=walk, rate=Rate(bound), most=options["limit"], on_checked=told)
        except Exception as error:
            # Stores of other kinds raise their own errors. A store out of reach says nothing about the files in it.
            raise CommandError(
                f"The store does not answer: {error}. What was checked stays checked; run this again."
            ) from error
        send_alarms()
