"""One looked-at file becomes pages, or is put aside: the only place where intake writes pages, scans and its report."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Max, Q

from catalog.images.actions import attach_new_scans, attach_scan, register_originals
from catalog.images.models import Scan
from catalog.images.renditions.actions import set_instructions
from catalog.images.renditions.pictures_first import pictures_first
from catalog.images.storage import derivative_path, original_path
from catalog.intake.matching import Place
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.staging import Staged
from catalog.intake.storing import put
from catalog.records.models import Page, Record

# Bits of the look (of 64) by which pictures in one record may differ and still be called alike.
NEAR = 3
# A file has at most so many pages (decoding.MOST_PAGES), so all of them are found again.
MOST_KNOWN = 1000


class DuplicateFinder:
    """The looks of what stands in each record, read once a batch and followed."""

    def __init__(self) -> None:
        self._of: dict[int, list[tuple[int, int]]] = {}

    def near(self, looks: Sequence[str], record: Record) -> int | None:
        """The key of a scan in the record that looks nearly like one of these."""
        for value, key in self._in(record):
            if any((value ^ int(look, 16)).bit_count() <= NEAR for look in looks):
                return key
        return None

    def add(self, scan: Scan, record: Record) -> None:
        """Remember one more."""
        if scan.look:
            self._in(record).append((int(scan.look, 16), scan.pk))

    def _in(self, record: Record) -> list[tuple[int, int]]:
        if record.pk not in self._of:
            standing = Scan.objects.filter(page__record=record, current=True).exclude(look="")
            self._of[record.pk] = [(int(look, 16), key) for look, key in standing.values_list("look", "pk")]
        return self._of[record.pk]


@dataclass(frozen=True)
class Known:
    """What is known of a file already. standing: its scans in the record. elsewhere: the same bytes in another record.
    alike: a scan that looks like one of its pages."""

    standing: list[Scan]
    elsewhere: Scan | None
    alike: Scan | None


def duplicates_of(staged: Staged, record: Record, looks: DuplicateFinder) -> Known:
    """Ask for the same bytes, and where there are none for the same look, anywhere."""
    seen = [page["look"] for page in staged.pages if page["look"]]
    of_file = Q(sha256=staged.sha256) | Q(delivered_sha256=staged.sha256)
    standing: list[Scan] = []
    elsewhere: Scan | None = None
    alike: Scan | None = None
    known = False
    # Of nearly every file nothing is known: one small question says so, and all the others are asked for the rest
    # alone.
    if Scan.objects.filter(of_file | Q(look__in=seen)).exists():
        shown = Scan.objects.filter(page__trashed_at=None)
        same = shown.filter(of_file)
        standing = _standing(staged, record)
        elsewhere = same.exclude(page__record=record).order_by("page__number", "pk").first()
        known = bool(standing) or elsewhere is not None
        alike = shown.filter(look__in=seen, current=True).exclude(pk__in=same.values("pk")).order_by("pk").first()
    if alike is None and not known and (key := looks.near(seen, record)) is not None:
        alike = Scan.objects.filter(pk=key).first()
    return Known(standing, elsewhere, alike)


def _standing(staged: Staged, record: Record) -> list[Scan]:
    """The scans that the same bytes are in the record already."""
    of_file = Q(sha256=staged.sha256) | Q(delivered_sha256=staged.sha256)
    here = Scan.objects.filter(of_file, page__trashed_at=None, page__record=record)
    return list(here.order_by("page__number", "pk")[:MOST_KNOWN])


def accept(
    *,
    batch: IntakeBatch,
    staged: Staged,
    record: Record,
    place: Place | None,
    looks: DuplicateFinder,
    known: Known,
    page: Page | None = None,
) -> IntakeFile:
    """Files into place, then one short transaction: pages, scans, the line of the report.

    page: attach the (single) picture to this page instead of a new one; the earlier image stays in its history.
    """
    delivered = original_path(staged.sha256, staged.media_type)
    alone = len(staged.pages) == 1 and not staged.pages[0]["master"]
    like = known.elsewhere or (known.alike if page is None else None)
    if like is not None:
        staged.warnings.append("same_bytes_elsewhere" if known.elsewhere else "looks_alike")
    assert staged.copy is not None  # noqa: S101 — nothing is accepted that was not copied
    for made in staged.pages:
        sha = staged.sha256 if alone else made["sha256"]
        for name in ("thumbnail", "reading"):
            put(derivative_path(sha, name), staged.folder / made[name])
        if not alone:
            put(original_path(sha, made["media_type"]), staged.folder / made["master"], durable=True)
    put(delivered, staged.copy, durable=True)
    fields = [_fields(staged, made, alone) for made in staged.pages]

    def write() -> tuple[IntakeFile, list[Scan]]:
        # Two deliveries into one record take turns from here on: the next number is the next for both.
        Record.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if page is None and (standing := _standing(staged, record)):
            line = note(batch, staged.source.name, staged, outcome=IntakeFile.Outcome.DUPLICATE)
            line.scans.set(standing)
            return line, []
        if not alone:
            register_originals(originals=[(staged.sha256, delivered, staged.size)])
        if page is None:
            scans = attach_new_scans(pages=_pages(record, place, len(fields)), fields=fields, actor=batch.owner)
        else:
            scans = [attach_scan(page=page, actor=batch.owner, **fields[0])]
        for at, made in enumerate(staged.pages):
            if made["turn"]:
                # The JPEG within a PDF is kept byte for byte; how the PDF turns it is an instruction like a person's.
                scans[at] = set_instructions(scan=scans[at], turn=made["turn"], skew=0.0, crop=None, actor=batch.owner)
        file = note(batch, staged.source.name, staged, outcome=IntakeFile.Outcome.ACCEPTED, like=like)
        IntakeFile.scans.through.objects.bulk_create(
            [IntakeFile.scans.through(intakefile_id=file.pk, scan_id=scan.pk) for scan in scans]
        )
        return file, scans

    file, scans = pictures_first(write)
    for scan in scans:
        looks.add(scan, record)
    return file


def quarantine_file(batch: IntakeBatch, staged: Staged, reason: str = "", detail: str = "") -> IntakeFile:
    """Keep the bytes of what is refused, where nobody is served from, and note it."""
    name = ""
    if staged.copy is not None and staged.sha256 and staged.copy.exists():
        name = f"{staged.sha256[:2]}/{staged.sha256}"
        target = Path(settings.QUARANTINE_DIR) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.move(staged.copy, target)
    return note(
        batch,
        staged.source.name,
        staged,
        reason=reason or staged.reason,
        detail=detail or staged.detail,
        quarantine=name,
    )


def note(
    batch: IntakeBatch,
    name: str,
    staged: Staged | None = None,
    *,
    outcome: str = IntakeFile.Outcome.REFUSED,
    reason: str = "",
    detail: str = "",
    quarantine: str = "",
    like: Scan | None = None,
) -> IntakeFile:
    """A line of a batch's report."""
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
        like=like,
    )


def _pages(record: Record, place: Place | None, count: int) -> list[Page]:
    last = Page.objects.filter(record=record).aggregate(last=Max("number"))["last"] or 0
    return [
        Page(
            record=record,
            number=last + at,
            sheet=place.sheet if place else None,
            side=place.side if place and count == 1 else "",
        )
        for at in range(1, count + 1)
    ]


def _fields(staged: Staged, made: dict[str, Any], alone: bool) -> dict[str, Any]:
    sha = staged.sha256 if alone else made["sha256"]
    media_type = staged.media_type if alone else made["media_type"]
    path = original_path(sha, media_type)
    return {
        "sha256": sha,
        "original": path,
        "original_name": PurePath(staged.source.name).name[:300],
        "media_type": media_type,
        "bytes": staged.size if alone else default_storage.size(path),
        "width": made["width"],
        "height": made["height"],
        "delivered_sha256": "" if alone else staged.sha256,
        "look": made["look"],
        "warnings": made["warnings"],
    }
