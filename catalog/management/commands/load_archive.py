"""`manage.py load_archive`: load the fixture archive, or a folder of the same format, into the catalogue."""

import os
import time
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import as_completed as done
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from catalog.changes.statistics import analyze_tables
from catalog.intake.accepting import accept_image
from catalog.intake.actions import new_decoder
from catalog.intake.decoder import Decoder
from catalog.intake.single_images import prepared_image
from catalog.interchange.archive_files import (
    ArchiveFileError,
    PlannedPage,
    load_descriptions,
    place_mentions,
    planned_pages,
)
from catalog.records.models import Page, Record
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageText
from fixtures.drawing import Drawing, draw_page


class Command(BaseCommand):
    """Makes what is missing, and never changes what exists."""

    help = "Load the fixture archive (fixtures/archive). A second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder, and --only-if-empty."""
        parser.add_argument("folder", nargs="?", help="a folder of YAML (fixtures/archive)")
        parser.add_argument(
            "--only-if-empty", action="store_true", help="do nothing where any record of it stands complete"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and print what was made."""
        folder = Path(options["folder"] or settings.FIXTURE_DIR / "archive")
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        stamp = Path(settings.VAR_DIR) / "archive_loaded"
        if options["only_if_empty"] and Record.objects.exists() and stamp.exists():
            return
        began = time.monotonic()
        try:
            loaded = load_descriptions(
                folder, lambda words: self.stdout.write(f"  {words}") if self._is_verbose(options) else None
            )
            pages, mentions = self.draw_pages(planned_pages(folder))
        except ArchiveFileError as error:
            raise CommandError(str(error)) from error
        stamp.parent.mkdir(parents=True, exist_ok=True)
        analyze_tables()
        stamp.touch()
        created = loaded.created | {"images": pages, "mentions": mentions}
        counts = ", ".join(f"{count} {kind}" for kind, count in created.items() if count) or "nothing new"
        self.stdout.write(f"Archive loaded: {counts} ({time.monotonic() - began:.0f} s)")

    def _is_verbose(self, options: dict[str, Any]) -> bool:
        return int(options["verbosity"]) > 1

    def draw_pages(self, planned: list[PlannedPage]) -> tuple[int, int]:
        """Draw the planned pages and take their images in; how many pages, and how many mentions on them."""
        if not planned:
            return 0, 0
        connections.close_all()
        by_page = {page.page_id: page for page in planned}
        began, mentions = time.monotonic(), 0
        with (
            closing(new_decoder()) as decoder,
            ProcessPoolExecutor(min(4, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool,
        ):
            futures = [pool.submit(draw_page, page.page_id, page.drawing) for page in planned]
            for number, future in enumerate(done(futures), start=1):
                page_id, drawing = future.result()
                mentions += self._add_page(by_page[page_id], drawing, decoder)
                if number % 10 == 0 or number == len(planned):
                    seconds_left = (time.monotonic() - began) / number * (len(planned) - number)
                    self.stdout.write(
                        f"\r  {number} of {len(planned)} illustrations, {seconds_left:.0f} s left ", ending=""
                    )
        self.stdout.write("")
        return len(planned), mentions

    def _add_page(self, planned: PlannedPage, drawing: Drawing, decoder: Decoder) -> int:
        page = Page.objects.get(pk=planned.page_id)
        names_with_boxes = [
            (
                name.name,
                name.key,
                _box_around([box[2:] for box in drawing.boxes if box[0] < name.end and box[1] > name.start]),
            )
            for name in drawing.names
        ]
        name = f"{page.record.code}_{page.number:04}.jpg"
        # All in one transaction: the next run draws a page without an image again, with its mentions.
        with prepared_image(data=drawing.jpeg, name=name, decoder=decoder) as staged, transaction.atomic():
            mention_total = place_mentions(planned, names_with_boxes)
            set_page_text(page=page, text=drawing.text, boxes=drawing.boxes, origin=PageText.Origin.SET)
            accept_image(staged=staged, page=page, illustration=True)
        return mention_total


def _box_around(boxes: list[list[int]]) -> tuple[int, int, int, int]:
    # The box of a name on two lines is around its part on the first line.
    line = [box for box in boxes if abs(box[1] - boxes[0][1]) < box[3]]
    left, top = min(box[0] for box in line), min(box[1] for box in line)
    return left, top, max(box[0] + box[2] for box in line) - left, max(box[1] + box[3] for box in line) - top
