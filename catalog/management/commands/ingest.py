"""`manage.py ingest FOLDER`: take scans in, and say what became of every file."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from catalog.changes.writing import HOUSE
from catalog.intake.actions import open_batch, take_in
from catalog.intake.matching import BadPattern, Pattern
from catalog.intake.models import IntakeFile
from catalog.intake.planning import Options, plan
from catalog.intake.sources import BadZip, Delivery, NamedFiles, read_delivery, unpack
from catalog.management.progress import Counter
from catalog.messages.intake import refusal_in_words, warning_in_words
from catalog.records.models import Record, Repository
from catalog.records.numbering import refusal_of_number
from catalog.records.queries import address_code, record_by_identifier

PREVIEWED = 40


class Command(BaseCommand):
    """Files are taken in their natural order, a short transaction each; begun again, it goes on where it was."""

    help = "Take in scans: JPEG, PNG, TIFF and PDF files, folders of them, or a ZIP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, where to, and what to say of it."""
        parser.add_argument("sources", nargs="+", type=Path, metavar="FOLDER", help="folders, files, or a ZIP")
        parser.add_argument("--record", metavar="CODE", help="every file is a page of this record")
        parser.add_argument(
            "--match",
            metavar="PATTERN",
            help="otherwise: how names say it, as {record}_{sheet}{side} (that is the usual)",
        )
        parser.add_argument("--create-records", action="store_true", help="make records that are not there, as drafts")
        parser.add_argument("--publish", action="store_true", help="publish records so made (for archives to try with)")
        parser.add_argument("--repository", metavar="SLUG", help="where records so made are kept (the first)")
        parser.add_argument(
            "--checksums",
            type=Path,
            metavar="FILE",
            help="a list of checksums that lies elsewhere; one in the folder is found",
        )
        parser.add_argument("--report", type=Path, metavar="FILE.jsonl", help="write a line of JSON a file")
        parser.add_argument(
            "--preview", "--dry-run", action="store_true", help="say where each file would go; write nothing"
        )
        parser.add_argument("--jobs", type=int, default=1, help="files looked at at once (1; one a core)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in, and sum up. The status is 0 when the batch ran, whatever it refused."""
        chosen = self._options(options)
        with TemporaryDirectory(prefix="kyuc-zip-", dir=self._staging()) as folder:
            delivery = self._delivery(options, Path(folder))
            if not delivery.sources and not delivery.missing:
                raise CommandError("There is no file there. Give a folder with scans in it.")
            if options["preview"]:
                self._preview(delivery, chosen)
                return
            report = self._report(options["report"])
            counter = Counter(self.stderr, len(delivery.sources), "files")
            counts: dict[str, int] = dict.fromkeys(IntakeFile.Outcome.values, 0)

            def on_progress(file: IntakeFile) -> None:
                counts[file.outcome] += 1
                counter(sum(counts.values()))
                with override("en"):
                    line = _line(file)
                    if file.outcome == IntakeFile.Outcome.REFUSED:
                        self.stderr.write(f"{file.name}: {line['reason']}")
                if report:
                    report.write(json.dumps(line, ensure_ascii=False) + "\n")

            try:
                named = " ".join(str(one.name) for one in options["sources"])
                batch = open_batch(source=named, record=chosen.record)
                take_in(batch=batch, delivery=delivery, options=chosen, on_progress=on_progress)
            finally:
                if report:
                    report.close()
        self.stdout.write(
            f"Batch {batch.pk}: {counts['accepted']:,} accepted, {counts['refused']:,} refused, "
            f"{counts['duplicate']:,} here already,"
            f" in {counter.seconds:.1f} s"
        )

    def _options(self, options: dict[str, Any]) -> Options:
        if options["record"] and options["match"]:
            raise CommandError("Give --record or --match: with a record given, the names need not say one.")
        if options["jobs"] < 1:
            raise CommandError("--jobs is from 1 up.")
        record: Record | None = None
        if options["record"]:
            record = record_by_identifier(options["record"])
            if record is None and not options["create_records"]:
                raise CommandError(f"There is no record {options['record']}. Enter it first, or give --create-records.")
        try:
            pattern = Pattern(options["match"]) if options["match"] else Pattern()
        except BadPattern as error:
            raise CommandError(f"--match {options['match']}: {error}") from error
        repository = None
        if options["create_records"]:
            repositories = Repository.objects.order_by("pk")
            repository = (
                repositories.filter(slug=options["repository"]).first()
                if options["repository"]
                else repositories.first()
            )
            if repository is None:
                raise CommandError(
                    "There is no such repository to make records in. Enter one first, or give --repository SLUG."
                )
        chosen = Options(
            record=record,
            pattern=pattern,
            create=options["create_records"],
            publish=options["publish"],
            repository=repository,
            jobs=options["jobs"],
        )
        if options["record"] and record is None:
            chosen.record = self._made(options["record"], chosen)
        return chosen

    @staticmethod
    def _made(code: str, options: Options) -> Record:
        from catalog.records.actions import make_files

        assert options.repository is not None  # noqa: S101 — looked up above
        if refusal := refusal_of_number(code):
            raise CommandError(refusal)
        status = Record.Status.PUBLISHED if options.publish else Record.Status.DRAFT
        return Record.objects.get(
            pk=make_files(actor=HOUSE, repository=options.repository, numbers=[code], status=status)[code]
        )

    def _delivery(self, options: dict[str, Any], folder: Path) -> Delivery:
        given: list[Path | NamedFiles] = []
        for number, one in enumerate(options["sources"]):
            if not os.path.lexists(one):
                raise CommandError(f"{one} is not there.")
            if one.is_file() and one.suffix.lower() == ".zip":
                try:
                    given.append(unpack(one, folder / str(number)))
                except BadZip as error:
                    raise CommandError(f"{one} cannot be unpacked: {error}.") from error
            else:
                given.append(one)
        try:
            return read_delivery(given, options["checksums"])
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error

    def _preview(self, delivery: Delivery, options: Options) -> None:
        fits = others = 0
        for one in plan(delivery, options):
            goes = one.record is not None or (options.create and one.place is not None)
            fits, others = fits + goes, others + (not goes)
            if fits + others <= PREVIEWED or not goes:
                where = (
                    address_code(one.record)
                    if one.record
                    else f"{one.place.record} (new)"
                    if goes and one.place
                    else "-"
                )
                at = f", sheet {one.place.sheet}{one.place.side}" if one.place and one.place.sheet else ""
                self.stdout.write(f"{one.source.name} → {where}{at}")
        self.stdout.write(
            f"{fits:,} files would go to records, {others:,} belong to none that is known. Nothing was written."
        )

    @staticmethod
    def _report(path: Path | None) -> Any:
        try:
            return path.open("w", encoding="utf-8") if path else None
        except OSError as error:
            raise CommandError(f"The report {path} cannot be written: {error.strerror}.") from error

    @staticmethod
    def _staging() -> Path:
        folder = Path(settings.STAGING_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _line(file: IntakeFile) -> dict[str, Any]:
    scans = file.scans.order_by("page__number")
    return {
        "file": file.name,
        "outcome": file.outcome,
        "pages": [{"width": scan.width, "height": scan.height, "scan": scan.public_id} for scan in scans],
        "sha256": file.sha256,
        "reason": refusal_in_words(file.reason, file.detail),
        "warnings": [warning_in_words(code) for code in file.warnings],
    }
