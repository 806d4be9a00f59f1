"""`manage.py propose_mentions`: search existing texts for names; people decide on the proposals at the desk."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.management.progress import Counter
from catalog.reading.proposals.actions import propose_mentions
from catalog.records.models import Page
from catalog.records.queries import descendant_ids, record_by_identifier
from catalog.texts.models import PageText


class Command(BaseCommand):
    """One transaction for each page. Started again, it changes no existing proposal."""

    help = "Propose mentions from the texts of pages. Nothing enters the catalogue by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which record."""
        parser.add_argument("--record", metavar="CODE", help="only this record, with all that is in it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Search the pages that have words."""
        with_words = PageText.objects.filter(current=True).exclude(text="")
        pages = Page.objects.kept().filter(pk__in=with_words.values("page")).order_by("pk")
        if code := options["record"]:
            record = record_by_identifier(code)
            if record is None:
                raise CommandError(f"There is no record {code}.")
            pages = pages.filter(record__in=descendant_ids(record))
        counter = Counter(self.stderr, pages.count(), "pages")
        done = proposed = 0
        for done, page in enumerate(pages.iterator(), start=1):
            proposed += propose_mentions(page=page)
            counter(done)
        self.stdout.write(f"{done:,} pages looked through, {proposed:,} names proposed")
