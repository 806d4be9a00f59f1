"""`manage.py packs --record CODE | --all`: make tile packs before anybody zooms in."""

from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import Any

import django
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.images.models import Scan
from catalog.images.queries import rendition_of
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.store import ensure_pack, packs
from catalog.management.progress import Counter, seconds_in_words
from catalog.records.queries import descendant_ids, record_by_identifier

FULL_FROM = 0.95


class Command(BaseCommand):
    """Started again, it continues: existing packs are left alone."""

    help = (
        "Make the tile packs of the pages of a record and of everything in it, or of all pages, so that the first "
        "zoom is as quick as the second."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which pages, and how many at once."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--record", metavar="CODE", help="pages of this record and of all that is in it")
        which.add_argument("--all", action="store_true", help="every page")
        parser.add_argument("--jobs", type=int, default=1, help="packs made at once, a process each (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make missing packs until all exist or the folder is full. Exit status 1 if an image could not be read."""
        if options["jobs"] < 1:
            raise CommandError("--jobs is a whole number from 1 on.")
        scans = Scan.objects.filter(current=True, page__trashed_at=None, page__record__trashed_at=None).order_by("pk")
        if options["record"]:
            record = record_by_identifier(options["record"])
            if record is None:
                raise CommandError(f"There is no record {options['record']}. Give one of its numbers.")
            scans = scans.filter(page__record__in=descendant_ids(record))
        total = scans.count()
        count = Counter(self.stderr, total, "pages")
        new_packs = existing = done = 0
        failed: list[str] = []
        full = False
        for scan, outcome in self._outcomes(scans.iterator(chunk_size=500), options["jobs"]):
            done += outcome != "full"
            full |= outcome == "full"
            if outcome == "made":
                new_packs += 1
            elif outcome == "stood":
                existing += 1
            elif outcome != "full":
                failed.append(f"{scan}: {outcome}")
            count(done)
        for line in failed:
            self.stderr.write(line)
        self.stdout.write(
            f"{new_packs} packs made, {existing} stood already, {len(failed)} could not be made, of {total} pages; "
            f"{packs().held() / 1e6:,.0f} MB of {settings.PACKS_BYTES / 1e6:,.0f}; {seconds_in_words(count.seconds)}"
        )
        if full:
            self.stdout.write(
                "The folder is full: more would push out what was just made. Raise PACKS_MB to hold more."
            )
        if failed:
            raise CommandError(f"{len(failed)} images could not be read; the lines above say which.")

    def _outcomes(self, scans: Iterator[Scan], jobs: int) -> Iterator[tuple[str, str]]:
        """The name and outcome of each scan: `made`, `stood` or an error; ends with `full` if the folder is full."""
        if jobs == 1:
            for scan in scans:
                if _is_full():
                    yield "", "full"
                    return
                yield str(scan), make_pack(rendition_of(scan))
            return
        futures: dict[Future[str], str] = {}
        # Spawned and not forked: a child must not share this process's connection to the database.
        with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=django.setup) as pool:
            for scan in scans:
                if _is_full():
                    yield "", "full"
                    break
                futures[pool.submit(make_pack, rendition_of(scan))] = str(scan)
                while len(futures) >= jobs * 2:
                    yield from self._finished(futures)
            while futures:
                yield from self._finished(futures)

    def _finished(self, futures: dict[Future[str], str]) -> Iterator[tuple[str, str]]:
        done, _pending = wait(futures, return_when=FIRST_COMPLETED)
        for future in done:
            yield futures.pop(future), future.result()


def _is_full() -> bool:
    return packs().held() > settings.PACKS_BYTES * FULL_FROM


def make_pack(rendition: Rendition) -> str:
    """Make one pack; runs in a process of its own. Returns `made`, `stood` (it existed), or the error."""
    try:
        return "made" if ensure_pack(rendition) else "stood"
    except OSError as error:
        return f"{type(error).__name__}: {error}"
