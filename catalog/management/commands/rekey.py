"""`manage.py rekey`: write the keys of names, and what mentions derive from their words, as the rules now read them."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from catalog.people.models import NameArrangement, NameForm, SyllableKey
from catalog.records.actions import rederive_mentions
from catalog.records.models import Mention

BATCH = 2000


class Command(BaseCommand):
    """Goes on where it was stopped: forms carry the version of their keys."""

    help = "Rewrite the search keys of names that are behind the present rules; with --all, of every name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--all."""
        parser.add_argument("--all", action="store_true", help="begin anew, also with names whose keys are current")

    def handle(self, *args: Any, **options: Any) -> None:
        """Forms first, then years, numbers and units of mentions; a batch is a transaction."""
        if options["all"]:
            NameForm.objects.update(keys_version=0)
            NameArrangement.objects.all().delete()
            SyllableKey.objects.all().delete()
        began = time.monotonic()
        total, done = NameForm.objects.outdated().count(), 0
        while some := list(NameForm.objects.outdated().order_by("pk")[:BATCH]):
            NameForm.objects.rekey(some)
            done += len(some)
            self._say("names", done, total, began)
        self.stdout.write(f"{done} names keyed in {time.monotonic() - began:.1f} s")
        if options["all"] or done:
            began, total, done, last = time.monotonic(), Mention.objects.count(), 0, 0
            while keys := list(Mention.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
                rederive_mentions(keys=keys)
                last, done = keys[-1], done + len(keys)
                self._say("mentions", done, total, began)
            self.stdout.write(f"{done} mentions read again in {time.monotonic() - began:.1f} s")

    def _say(self, what: str, done: int, total: int, began: float) -> None:
        passed = time.monotonic() - began
        if passed > 2:
            self.stderr.write(f"{done} of {total} {what}, {(total - done) * passed / done:.0f} s left")
