"""`manage.py ocr`: machine reading of pages: show its state, pause and resume it, or read here and now."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.management.progress import Counter, seconds_in_words
from catalog.reading.models import PageReading
from catalog.reading.ocr import installed_models, tesseract_available
from catalog.reading.progress import failed_pages, progress
from catalog.reading.queue import fill_queue, pause_reading, queue_again, read_next, set_priority
from catalog.records.models import Page, Record
from catalog.records.queries import descendant_ids, record_by_identifier

NOT_INSTALLED = (
    "tesseract with its Vietnamese model is not installed: pages wait until it is. "
    "On Debian: apt install tesseract-ocr tesseract-ocr-vie tesseract-ocr-eng"
)


class Command(BaseCommand):
    """The worker reads by itself. --run reads in this process, also at the same time: no page is read twice."""

    help = "Machine reading (OCR) of pages: how far it is; pause and resume it; what is read first; read here and now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and for which record."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--status", action="store_true", help="say how far it is (what happens without arguments)")
        what.add_argument("--pause", action="store_true", help="take up no further page, until --resume")
        what.add_argument("--resume", action="store_true", help="go on")
        what.add_argument("--run", action="store_true", help="read what waits, here, also while paused")
        what.add_argument(
            "--priority", type=int, metavar="N", help="-100 to 100, for --record and all that is in it; 0: none"
        )
        parser.add_argument(
            "--record", metavar="CODE", help="only this record, fonds or collection, with all that is in it"
        )
        parser.add_argument("--again", action="store_true", help="--run: read anew what was read by machine before")
        parser.add_argument("--limit", type=int, metavar="N", help="--run: at most so many pages")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        record = self._record(options["record"])
        if options["pause"] or options["resume"]:
            pause_reading(paused=options["pause"])
            self.stdout.write("Machine reading is paused." if options["pause"] else "Machine reading goes on.")
        elif options["priority"] is not None:
            if record is None:
                raise CommandError("--priority needs --record CODE.")
            if not -100 <= options["priority"] <= 100:
                raise CommandError("--priority is from -100 to 100.")
            fill_queue()
            moved = set_priority(record=record, priority=options["priority"])
            self.stdout.write(f"{options['record']} has priority {options['priority']}; {moved:,} waiting pages moved.")
        elif options["run"]:
            self._run(record, again=options["again"], limit=options["limit"])
        else:
            self._status()

    def _run(self, record: Record | None, *, again: bool, limit: int | None) -> None:
        fill_queue()
        within = descendant_ids(record) if record else None
        if again:
            pages = Page.objects.kept().order_by("pk")
            if within is not None:
                pages = pages.filter(record__in=within)
            queue_again(pages=pages.values_list("pk", flat=True).iterator())
        if not tesseract_available():
            self.stdout.write(NOT_INSTALLED)
            return
        waiting = PageReading.objects.filter(state__in=["waiting", "working"])
        if within is not None:
            waiting = waiting.filter(page__record__in=within)
        total = min(waiting.count(), limit or sys.maxsize)
        counter = Counter(self.stderr, total, "pages")
        counts: dict[str, int] = dict.fromkeys(PageReading.State.values, 0)
        read_total = 0
        while (limit is None or read_total < limit) and (reading := read_next(within=within, anyway=True)) is not None:
            read_total += reading.state != PageReading.State.WAITING
            counts[reading.state] += 1
            counter(read_total)
            if reading.state == PageReading.State.FAILED:
                self.stderr.write(f"page {reading.page.number} of {reading.page.record.code}: {reading.reason}")
        self.stdout.write(
            f"{counts['read']:,} pages read, {counts['empty']:,} without recognised text, {counts['failed']:,} failed, "
            f"{counts['passed']:,} had their text from elsewhere; {seconds_in_words(counter.seconds)}"
        )

    def _status(self) -> None:
        fill_queue()
        state = progress()
        self.stdout.write(
            f"{'Paused' if state.paused else 'Running'}; models: {', '.join(sorted(installed_models())) or 'none'}"
        )
        if not state.installed:
            self.stdout.write(NOT_INSTALLED)
        names = {
            "waiting": "wait",
            "working": "are being read",
            "read": "read",
            "empty": "without recognised text",
            "failed": "failed",
            "passed": "have their text from elsewhere",
        }
        for name, words in names.items():
            self.stdout.write(f"{state.counts[name]:>10,} {words}")
        time_left = f", {seconds_in_words(state.left)} left" if state.left is not None and state.waiting else ""
        self.stdout.write(f"{state.a_minute:.1f} pages a minute in the last hour{time_left}")
        for reading in failed_pages(20):
            self.stdout.write(f"  failed: page {reading.page.number} of {reading.page.record.code}: {reading.reason}")

    @staticmethod
    def _record(code: str | None) -> Record | None:
        if not code:
            return None
        record = record_by_identifier(code)
        if record is None:
            raise CommandError(f"There is no record {code}.")
        return record
