"""`manage.py fixity`: check every original against its checksum."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.images.fixity import Rate, check_next, current_pass, open_findings, send_alarms, unchecked_in
from catalog.images.models import FixityPass, Original
from catalog.management.progress import Counter


class Command(BaseCommand):
    """May be stopped at any time; started again, it continues. Exit status 1 while anything is damaged or missing."""

    help = "Hold every original against its checksum; report and mail what is damaged or missing, overwrite nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The rate, and how many files."""
        parser.add_argument(
            "--rate", type=float, metavar="MB", help="megabytes a second at the most (FIXITY_MB_S; 0: no bound)"
        )
        parser.add_argument("--limit", type=int, metavar="N", help="no more than N files now; the rest the next time")
        parser.add_argument("--status", action="store_true", help="say how it stands, and check nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Continue the walk unless --status is given; print the state."""
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
        findings = list(open_findings())
        for finding in findings:
            self.stdout.write(
                f"{finding.kind}: {finding.original.name} ({finding.detail}), since {finding.found_at:%Y-%m-%d %H:%M}"
            )
        if findings:
            sys.exit(1)

    def _walk(self, options: dict[str, Any]) -> None:
        bytes_a_second = (
            settings.FIXITY_BYTES_A_SECOND if options["rate"] is None else int(options["rate"] * 1024 * 1024)
        )
        walk = current_pass()
        file_total = unchecked_in(walk).count()
        counter = Counter(self.stderr, min(file_total, options["limit"] or file_total), "files")
        done = [0]

        def report(original: Original, fault: str) -> None:
            done[0] += 1
            counter(done[0])
            if fault:
                self.stderr.write(f"{original.name}: {fault}")

        try:
            check_next(fixity_pass=walk, rate=Rate(bytes_a_second), most=options["limit"], on_checked=report)
        except Exception as error:
            # Storage backends raise errors of their own. An unreachable store says nothing about its files.
            raise CommandError(
                f"The store does not answer: {error}. What was checked stays checked; run this again."
            ) from error
        send_alarms()
