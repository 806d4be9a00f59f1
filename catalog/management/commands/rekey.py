"""`manage.py rekey`: derive the keys of names, and the years and units of mentions, by the current rules."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from catalog.people.models import NameArrangement, NameForm, SyllableKey
from catalog.records.actions import rederive_mentions
from catalog.records.models import Mention

BATCH = 2000


class Command(BaseCommand):
    """Started again, it continues: each form has the version of its keys."""

    help = "Rewrite the search keys of names that are behind the present rules; with --all, of every name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--all."""
        parser.add_argument("--all", action="store_true", help="begin anew, also with names whose keys are current")

    def handle(self, *args: Any, **options: Any) -> None:
        """First the name forms, then years, numbers and units of mentions; one transaction for each batch."""
        if options["all"]:
            NameForm.objects.update(keys_version=0)
            NameArrangement.objects.all().delete()
            SyllableKey.objects.all().delete()
        began = time.monotonic()
        total, done = NameForm.objects.outdated().count(), 0
        while forms := list(NameForm.objects.outdated().order_by("pk")[:BATCH]):
            NameForm.objects.rekey(forms)
            done += len(forms)
            self._report_progress("names", done, total, began)
        self.stdout.write(f"{done} names keyed in {time.monotonic() - began:.1f} s")
        if options["all"] or done:
            began, total, done, last = time.monotonic(), Mention.objects.count(), 0, 0
            while keys := list(Mention.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
                rederive_mentions(keys=keys)
                last, done = keys[-1], done + len(keys)
                self._report_progress("mentions", done, total, began)
            self.stdout.write(f"{done} mentions read again in {time.monotonic() - began:.1f} s")

    def _report_progress(self, what: str, done: int, total: int, began: float) -> None:
        seconds = time.monotonic() - began
        if seconds > 2:
            self.stderr.write(f"{done} of {total} {what}, {(total - done) * seconds / done:.0f} s left")
