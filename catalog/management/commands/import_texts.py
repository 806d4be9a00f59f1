"""`manage.py import_texts FOLDER`: attach ALTO, hOCR, PAGE XML and plain text to existing pages."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from catalog.images.models import Scan
from catalog.intake.matching import BadPattern, Pattern, Place
from catalog.intake.sources import NATURAL, printable_name
from catalog.intake.text_files import AttachedTexts, attach_texts
from catalog.management.progress import Counter, seconds_in_words
from catalog.messages.texts import text_refusal_in_words, text_warning_in_words
from catalog.records.models import Page, Record
from catalog.records.queries import record_by_identifier, record_by_number
from catalog.texts.building import MOST_BYTES, UnreadableText
from catalog.texts.files import SUFFIXES, read_text_file, stem_of
from catalog.texts.models import PageText


class Command(BaseCommand):
    """A file is attached to the page whose image had the same name; else to the sheet in its name; else, if the file
    has as many pages as the record, to the pages in order. Exit status 0 if it ran, whatever was refused."""

    help = "Import texts of pages: ALTO 2 to 4, hOCR, PAGE XML, plain text. The same files again change nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, the record, and the report."""
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder (with folders in it), or one file")
        parser.add_argument("--record", metavar="CODE", help="every file belongs to this record")
        parser.add_argument(
            "--match", metavar="PATTERN", help="otherwise: how names say it; {record}_{sheet}{side} is usual"
        )
        parser.add_argument("--report", type=Path, metavar="FILE.jsonl", help="write a line of JSON a file")
        parser.add_argument("--preview", "--dry-run", action="store_true", help="read and match; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the files and print a summary."""
        record, pattern = self._target(options)
        folder: Path = options["folder"]
        if not folder.exists():
            raise CommandError(f"{folder} is not there.")
        files = (
            [folder]
            if folder.is_file()
            else sorted(
                (path for path in folder.rglob("*") if path.is_file() and path.name.lower().endswith(SUFFIXES)),
                key=lambda path: NATURAL(str(path)),
            )
        )
        if not files:
            raise CommandError(f"There is no file there that ends in {', '.join(SUFFIXES)}.")
        try:
            report = options["report"].open("w", encoding="utf-8") if options["report"] else None
        except OSError as error:
            raise CommandError(f"The report {options['report']} cannot be written: {error.strerror}.") from error
        counter = Counter(self.stderr, len(files), "files")
        counts = {"accepted": 0, "refused": 0, "duplicate": 0}
        try:
            for done, path in enumerate(files, start=1):
                with override("en"):
                    line = self._import_file(path, folder, record, pattern, preview=options["preview"])
                counts[line["outcome"]] += 1
                if line["outcome"] == "refused" or options["preview"]:
                    self.stderr.write(f"{line['file']}: {line['reason'] or line['pages']}")
                if report:
                    report.write(json.dumps(line, ensure_ascii=False) + "\n")
                    report.flush()
                counter(done)
        finally:
            if report:
                report.close()
        self.stdout.write(
            f"{counts['accepted']:,} texts {'would be ' if options['preview'] else ''}accepted, {counts['refused']:,} "
            "refused, "
            f"{counts['duplicate']:,} here already, in {seconds_in_words(counter.seconds)}"
        )

    def _import_file(
        self, path: Path, root: Path, record: Record | None, pattern: Pattern, *, preview: bool
    ) -> dict[str, Any]:
        name = printable_name(str(path.relative_to(root)) if path != root else path.name)
        line: dict[str, Any] = {
            "file": name,
            "outcome": "refused",
            "form": "",
            "pages": [],
            "reason": "",
            "warnings": [],
        }
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
            text_file = read_text_file(data)
            line["form"] = text_file.form
            pages = list(self._pages(path.name, record, pattern, len(text_file.pages)))
            if not pages:
                raise UnreadableText("no_scan")
            if preview:
                line |= {"outcome": "accepted", "pages": [_page_entry(page, None) for page in pages]}
                return line
            attached = attach_texts(pages=pages, data=data, name=path.name)
            line |= {
                "outcome": "accepted" if attached.texts else "duplicate",
                "pages": _text_entries(attached),
                "warnings": [text_warning_in_words(code) for code in attached.warnings],
            }
        except UnreadableText as error:
            line["reason"] = text_refusal_in_words(error.code, error.detail)
        except OSError as error:
            line["reason"] = f"The file cannot be opened ({error.strerror}). Look at its permissions."
        return line

    def _pages(self, name: str, record: Record | None, pattern: Pattern, page_total: int) -> Iterator[Page]:
        """The pages to which a file with `page_total` pages belongs; none if they cannot be found."""
        stem = stem_of(name)
        place: Place | None = None
        if record is None:
            place = pattern.place(f"{stem}.x")
            record = record_by_number(place.record) if place else None
        else:
            place = Pattern().place(f"{stem}.x")
        if record is None:
            return
        scans = (
            Scan.objects.filter(
                page__record=record, page__trashed_at=None, current=True, original_name__startswith=f"{stem}."
            )
            .select_related("page__record")
            .order_by("page__number")
        )
        pages_of_name = [scan.page for scan in scans if scan.original_name.rpartition(".")[0] == stem]
        pages = Page.objects.kept().filter(record=record).select_related("record").order_by("number")
        if len(pages_of_name) == page_total:
            yield from pages_of_name
        elif page_total == 1 and place is not None and place.sheet is not None:
            of_sheet = pages.filter(sheet=place.sheet, side=place.side)
            yield from of_sheet[:1] or pages.filter(number=place.sheet)[:1]
        elif page_total > 1 or pages.count() == 1:
            yield from pages if pages.count() == page_total else pages_of_name

    @staticmethod
    def _target(options: dict[str, Any]) -> tuple[Record | None, Pattern]:
        if options["record"] and options["match"]:
            raise CommandError("Give --record or --match: with a record given, the names need not say one.")
        try:
            pattern = Pattern(options["match"]) if options["match"] else Pattern()
        except BadPattern as error:
            raise CommandError(f"--match {options['match']}: {error}") from error
        if not options["record"]:
            return None, pattern
        record = record_by_identifier(options["record"])
        if record is None:
            raise CommandError(f"There is no record {options['record']}. Enter it first.")
        return record, pattern


def _text_entries(attached: AttachedTexts) -> list[dict[str, Any]]:
    return [_page_entry(text.page, text) for text in (attached.texts or attached.existing)]


def _page_entry(page: Page, text: PageText | None) -> dict[str, Any]:
    return {"record": page.record.code, "page": page.number} | ({"words": text.words} if text else {})
