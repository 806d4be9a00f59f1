"""Turning a decoded file into pages, or quarantining it. This is the only module of intake that writes pages, scans
and lines of the report."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Max, Q

from catalog.accounts.models import User
from catalog.images.actions import attach_new_scans, attach_scan, register_originals
from catalog.images.models import Scan
from catalog.images.renditions.actions import set_instructions
from catalog.images.renditions.pictures_first import pictures_first
from catalog.images.storage import derivative_path, original_path
from catalog.intake.matching import Place
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.staging import Staged
from catalog.intake.storing import store_file
from catalog.records.models import Page, Record

# How many of the 64 bits of the look (a difference hash) may differ for pictures in one record to be called similar.
MOST_DIFFERENT_BITS = 3


class DuplicateFinder:
    """The image hashes of the scans in each record; loaded once for each batch and kept up to date."""

    def __init__(self) -> None:
        self._looks_by_record: dict[int, list[tuple[int, int]]] = {}

    def near(self, looks: Sequence[str], record: Record) -> int | None:
        """The primary key of a scan in the record whose look is similar to one of these; None if there is none."""
        for value, scan_key in self._looks_in(record):
            if any((value ^ int(look, 16)).bit_count() <= MOST_DIFFERENT_BITS for look in looks):
                return scan_key
        return None

    def add(self, scan: Scan, record: Record) -> None:
        """Add the look of a new scan."""
        if scan.look:
            self._looks_in(record).append((int(scan.look, 16), scan.pk))

    def _looks_in(self, record: Record) -> list[tuple[int, int]]:
        if record.pk not in self._looks_by_record:
            scans = Scan.objects.filter(page__record=record, current=True).exclude(look="")
            self._looks_by_record[record.pk] = [(int(look, 16), key) for look, key in scans.values_list("look", "pk")]
        return self._looks_by_record[record.pk]


@dataclass(frozen=True)
class Duplicates:
    """What exists already of a file. existing: its scans in the record; elsewhere: a scan of the same bytes in another
    record; alike: a scan that looks like one of its pages."""

    existing: list[Scan]
    elsewhere: Scan | None
    alike: Scan | None


def duplicates_of(staged: Staged, record: Record, finder: DuplicateFinder) -> Duplicates:
    """Look for scans of the same bytes, and if there are none for scans with the same or a similar look."""
    page_looks = [page["look"] for page in staged.pages if page["look"]]
    of_file = Q(sha256=staged.sha256) | Q(delivered_sha256=staged.sha256)
    existing: list[Scan] = []
    elsewhere: Scan | None = None
    alike: Scan | None = None
    is_known = False
    # Nearly every file is new: one small query finds that out, and the other queries run only for the rest.
    if Scan.objects.filter(of_file | Q(look__in=page_looks)).exists():
        shown = Scan.objects.filter(page__trashed_at=None)
        same = shown.filter(of_file)
        existing = _existing_scans(staged, record)
        elsewhere = same.exclude(page__record=record).order_by("page__number", "pk").first()
        is_known = bool(existing) or elsewhere is not None
        alike = shown.filter(look__in=page_looks, current=True).exclude(pk__in=same.values("pk")).order_by("pk").first()
    if alike is None and not is_known and (key := finder.near(page_looks, record)) is not None:
        alike = Scan.objects.filter(pk=key).first()
    return Duplicates(existing, elsewhere, alike)


def _existing_scans(staged: Staged, record: Record) -> list[Scan]:
    """The scans of the same bytes in the record."""
    of_file = Q(sha256=staged.sha256) | Q(delivered_sha256=staged.sha256)
    scans = Scan.objects.filter(of_file, page__trashed_at=None, page__record=record)
    return list(scans.order_by("page__number", "pk")[: settings.DUPLICATES_NAMED])


def accept(
    *,
    batch: IntakeBatch,
    staged: Staged,
    record: Record,
    place: Place | None,
    finder: DuplicateFinder,
    duplicates: Duplicates,
    page: Page | None = None,
) -> IntakeFile:
    """Store the files, then write pages, scans and the report line in one short transaction. Returns the report line.

    page: attach the (single) image to this page instead of a new one; its earlier image is kept in the history.
    """
    similar = duplicates.elsewhere or (duplicates.alike if page is None else None)
    if similar is not None:
        staged.warnings.append("same_bytes_elsewhere" if duplicates.elsewhere else "looks_alike")
    fields = _store_files(staged)

    def write() -> tuple[IntakeFile, list[Scan]]:
        # Lock the record, so that two deliveries into it do not use the same page number.
        Record.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if page is None and (existing := _existing_scans(staged, record)):
            line = add_report_line(batch, staged.source.name, staged, outcome=IntakeFile.Outcome.DUPLICATE)
            line.scans.set(existing)
            return line, []
        scans = _write_scans(staged, fields, [page] if page else _new_pages(record, place, len(fields)), batch.owner)
        file = add_report_line(batch, staged.source.name, staged, outcome=IntakeFile.Outcome.ACCEPTED, similar=similar)
        IntakeFile.scans.through.objects.bulk_create(
            [IntakeFile.scans.through(intakefile_id=file.pk, scan_id=scan.pk) for scan in scans]
        )
        return file, scans

    file, scans = pictures_first(write)
    for scan in scans:
        finder.add(scan, record)
    return file


def accept_image(*, staged: Staged, page: Page, illustration: bool = False, actor: User | None = None) -> Scan:
    """As `accept`, for the single image of a page that is not part of a delivery: there is no report line.

    illustration: see `Scan.illustration`. Returns the scan.
    """
    fields = [values | {"illustration": illustration} for values in _store_files(staged)]

    def write() -> Scan:
        Record.objects.select_for_update(of=("self",)).get(pk=page.record_id)
        return _write_scans(staged, fields, [page], actor)[0]

    return pictures_first(write)


def _store_files(staged: Staged) -> list[dict[str, Any]]:
    """Store the delivered file, its pages and their small files. Returns the fields of a Scan for each page."""
    assert staged.copy is not None  # noqa: S101 — only copied files are accepted
    for page_data in staged.pages:
        sha256 = staged.sha256 if staged.is_single else page_data["sha256"]
        for name in ("thumbnail", "reading"):
            store_file(derivative_path(sha256, name), staged.folder / page_data[name])
        if not staged.is_single:
            store_file(
                original_path(sha256, page_data["media_type"]), staged.folder / page_data["master"], durable=True
            )
    store_file(original_path(staged.sha256, staged.media_type), staged.copy, durable=True)
    return [_scan_fields(staged, page_data) for page_data in staged.pages]


def _write_scans(
    staged: Staged, fields: Sequence[dict[str, Any]], pages: Sequence[Page], actor: User | None
) -> list[Scan]:
    """Attach the stored images to new pages, or one image to an existing page."""
    if not staged.is_single:
        name = original_path(staged.sha256, staged.media_type)
        register_originals(originals=[(staged.sha256, name, staged.size)])
    if pages[0].pk is None:
        scans = attach_new_scans(pages=pages, fields=fields, actor=actor)
    else:
        scans = [attach_scan(page=pages[0], actor=actor, **fields[0])]
    for index, page_data in enumerate(staged.pages):
        if page_data["turn"]:
            # The JPEG inside a PDF is stored byte for byte; the rotation in the PDF becomes an instruction.
            scans[index] = set_instructions(scan=scans[index], turn=page_data["turn"], skew=0.0, crop=None, actor=actor)
    return scans


def quarantine_file(batch: IntakeBatch, staged: Staged, reason: str = "", detail: str = "") -> IntakeFile:
    """Move a refused file to the quarantine folder, from which nothing is served, and add a report line."""
    name = ""
    if staged.copy is not None and staged.sha256 and staged.copy.exists():
        name = f"{staged.sha256[:2]}/{staged.sha256}"
        target = Path(settings.QUARANTINE_DIR) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.move(staged.copy, target)
    return add_report_line(
        batch,
        staged.source.name,
        staged,
        reason=reason or staged.reason,
        detail=detail or staged.detail,
        quarantine=name,
    )


def add_report_line(
    batch: IntakeBatch,
    name: str,
    staged: Staged | None = None,
    *,
    outcome: str = IntakeFile.Outcome.REFUSED,
    reason: str = "",
    detail: str = "",
    quarantine: str = "",
    similar: Scan | None = None,
) -> IntakeFile:
    """Add a line to a batch's report and return it."""
    return IntakeFile.objects.create(
        batch=batch,
        name=name[:1000],
        size=staged.size if staged else 0,
        sha256=staged.sha256 if staged else "",
        outcome=outcome,
        reason=reason,
        detail=detail[:400],
        warnings=staged.warnings if staged else [],
        quarantine=quarantine,
        like=similar,
    )


def _new_pages(record: Record, place: Place | None, count: int) -> list[Page]:
    last = Page.objects.filter(record=record).aggregate(last=Max("number"))["last"] or 0
    return [
        Page(
            record=record,
            number=last + offset,
            sheet=place.sheet if place else None,
            side=place.side if place and count == 1 else "",
        )
        for offset in range(1, count + 1)
    ]


def _scan_fields(staged: Staged, page_data: dict[str, Any]) -> dict[str, Any]:
    sha256 = staged.sha256 if staged.is_single else page_data["sha256"]
    media_type = staged.media_type if staged.is_single else page_data["media_type"]
    path = original_path(sha256, media_type)
    return {
        "sha256": sha256,
        "original": path,
        "original_name": PurePath(staged.source.name).name[:300],
        "media_type": media_type,
        "bytes": staged.size if staged.is_single else default_storage.size(path),
        "width": page_data["width"],
        "height": page_data["height"],
        "delivered_sha256": "" if staged.is_single else staged.sha256,
        "look": page_data["look"],
        "warnings": page_data["warnings"],
    }
