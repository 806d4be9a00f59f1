"""`manage.py ingest FOLDER`: take scans in, and report what became of every file."""

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

PREVIEW_LINES = 40


class Command(BaseCommand):
    """Files are taken in natural order, in one short transaction each. Started again, it continues with the rest."""

    help = "Take in scans: JPEG, PNG, TIFF and PDF files, folders of them, or a ZIP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, the record, and the report."""
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
        """Take the files in and print a summary. Exit status 0 if the batch ran, whatever was refused."""
        intake_options = self._options(options)
        with TemporaryDirectory(prefix="kyuc-zip-", dir=self._staging()) as folder:
            delivery = self._delivery(options, Path(folder))
            if not delivery.sources and not delivery.missing:
                raise CommandError("There is no file there. Give a folder with scans in it.")
            if options["preview"]:
                self._preview(delivery, intake_options)
                return
            report = self._open_report(options["report"])
            counter = Counter(self.stderr, len(delivery.sources), "files")
            counts: dict[str, int] = dict.fromkeys(IntakeFile.Outcome.values, 0)

            def on_progress(file: IntakeFile) -> None:
                counts[file.outcome] += 1
                counter(sum(counts.values()))
                with override("en"):
                    line = _report_line(file)
                    if file.outcome == IntakeFile.Outcome.REFUSED:
                        self.stderr.write(f"{file.name}: {line['reason']}")
                if report:
                    report.write(json.dumps(line, ensure_ascii=False) + "\n")

            try:
                source = " ".join(str(path.name) for path in options["sources"])
                batch = open_batch(source=source, record=intake_options.record)
                take_in(batch=batch, delivery=delivery, options=intake_options, on_progress=on_progress)
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
        intake_options = Options(
            record=record,
            pattern=pattern,
            create=options["create_records"],
            publish=options["publish"],
            repository=repository,
            jobs=options["jobs"],
        )
        if options["record"] and record is None:
            intake_options.record = self._create_record(options["record"], intake_options)
        return intake_options

    @staticmethod
    def _create_record(code: str, options: Options) -> Record:
        from catalog.records.actions import create_file_records

        assert options.repository is not None  # noqa: S101 — looked up above
        if refusal := refusal_of_number(code):
            raise CommandError(refusal)
        status = Record.Status.PUBLISHED if options.publish else Record.Status.DRAFT
        return Record.objects.get(
            pk=create_file_records(actor=HOUSE, repository=options.repository, numbers=[code], status=status)[code]
        )

    def _delivery(self, options: dict[str, Any], folder: Path) -> Delivery:
        sources: list[Path | NamedFiles] = []
        for number, path in enumerate(options["sources"]):
            if not os.path.lexists(path):
                raise CommandError(f"{path} is not there.")
            if path.is_file() and path.suffix.lower() == ".zip":
                try:
                    sources.append(unpack(path, folder / str(number)))
                except BadZip as error:
                    raise CommandError(f"{path} cannot be unpacked: {error}.") from error
            else:
                sources.append(path)
        try:
            return read_delivery(sources, options["checksums"])
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error

    def _preview(self, delivery: Delivery, options: Options) -> None:
        matched = unmatched = 0
        for planned in plan(delivery, options):
            is_matched = planned.record is not None or (options.create and planned.place is not None)
            matched, unmatched = matched + is_matched, unmatched + (not is_matched)
            if matched + unmatched <= PREVIEW_LINES or not is_matched:
                target = (
                    address_code(planned.record)
                    if planned.record
                    else f"{planned.place.record} (new)"
                    if is_matched and planned.place
                    else "-"
                )
                sheet = (
                    f", sheet {planned.place.sheet}{planned.place.side}"
                    if planned.place and planned.place.sheet
                    else ""
                )
                self.stdout.write(f"{planned.source.name} → {target}{sheet}")
        self.stdout.write(
            f"{matched:,} files would go to records, {unmatched:,} belong to none that is known. Nothing was written."
        )

    @staticmethod
    def _open_report(path: Path | None) -> Any:
        try:
            return path.open("w", encoding="utf-8") if path else None
        except OSError as error:
            raise CommandError(f"The report {path} cannot be written: {error.strerror}.") from error

    @staticmethod
    def _staging() -> Path:
        folder = Path(settings.STAGING_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _report_line(file: IntakeFile) -> dict[str, Any]:
    scans = file.scans.order_by("page__number")
    return {
        "file": file.name,
        "outcome": file.outcome,
        "pages": [{"width": scan.width, "height": scan.height, "scan": scan.public_id} for scan in scans],
        "sha256": file.sha256,
        "reason": refusal_in_words(file.reason, file.detail),
        "warnings": [warning_in_words(code) for code in file.warnings],
    }
