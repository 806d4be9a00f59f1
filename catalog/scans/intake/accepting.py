"""One looked-at file becomes pages, or is put aside: the only place where intake writes pages, scans and its report."""

import shutil
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max, Q

from catalog.records.models import Page, Record
from catalog.scans.actions import hang_scan, keep_original
from catalog.scans.intake.matching import Place
from catalog.scans.intake.staging import Staged
from catalog.scans.intake.storing import put
from catalog.scans.models import IntakeBatch, IntakeFile, Scan
from catalog.scans.storage import derivative_path, original_path

# Bits of the look (of 64) by which pictures in one record may differ and still be called alike.
NEAR = 3


class Looks:
    """The looks of what stands in each record, read once a batch and followed."""

    def __init__(self) -> None:
        self._of: dict[int, list[tuple[int, int]]] = {}

    def alike(self, staged: Staged, record: Record) -> Scan | None:
        """A standing scan that looks like one of these pages: the same look anywhere, nearly the same in the same record."""
        looks = [page["look"] for page in staged.pages if page["look"]]
        if not looks:
            return None
        same = Scan.objects.filter(look__in=looks, current=True).first()
        if same is not None:
            return same
        for value, key in self._in(record):
            if any((value ^ int(look, 16)).bit_count() <= NEAR for look in looks):
                return Scan.objects.filter(pk=key).first()
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


def standing_scans(sha256: str, record: Record) -> list[Scan]:
    """The scans of `record` that are, or came in, the file of that SHA-256."""
    return list(
        Scan.objects.filter(
            Q(sha256=sha256) | Q(delivered_sha256=sha256), page__record=record, page__trashed_at=None
        ).order_by("page__number")
    )


def accept(
    *, batch: IntakeBatch, staged: Staged, record: Record, place: Place | None, looks: Looks, page: Page | None = None
) -> IntakeFile:
    """Files into place, then one short transaction: pages, scans, the line of the report.

    page: hang the (single) picture on this page instead of a new one; the earlier image stays in its history.
    """
    delivered = original_path(staged.sha256, staged.media_type)
    alone = len(staged.pages) == 1 and not staged.pages[0]["master"]
    elsewhere = Scan.objects.filter(Q(sha256=staged.sha256) | Q(delivered_sha256=staged.sha256)).exclude(
        page__record=record
    )
    like = elsewhere.first()
    if like is not None:
        staged.warnings.append("same_bytes_elsewhere")
    elif page is None and (like := looks.alike(staged, record)) is not None:
        staged.warnings.append("looks_alike")
    assert staged.copy is not None  # noqa: S101 — nothing is accepted that was not copied
    for made in staged.pages:
        sha = staged.sha256 if alone else made["sha256"]
        for name in ("thumbnail", "reading"):
            put(derivative_path(sha, name), staged.folder / made[name])
        if not alone:
            put(original_path(sha, made["media_type"]), staged.folder / made["master"], durable=True)
    put(delivered, staged.copy, durable=True)
    with transaction.atomic():
        if not alone:
            keep_original(sha256=staged.sha256, name=delivered, size=staged.size)
        scans = [
            hang_scan(page=own, fresh=page is None, **_fields(staged, made, alone))
            for own, made in zip(_pages(record, place, len(staged.pages), page), staged.pages, strict=True)
        ]
        file = note(batch, staged.source.name, staged, outcome=IntakeFile.Outcome.ACCEPTED, like=like)
        file.scans.add(*scans)
    for scan in scans:
        looks.add(scan, record)
    return file


def put_aside(batch: IntakeBatch, staged: Staged, reason: str = "", detail: str = "") -> IntakeFile:
    """Keep the bytes of what is refused, where nobody is served from, and note it."""
    name = ""
    if staged.copy is not None and staged.sha256 and staged.copy.exists():
        name = f"{staged.sha256[:2]}/{staged.sha256}"
        target = Path(settings.QUARANTINE_DIR) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.move(staged.copy, target)
    return note(
        batch, staged.source.name, staged, reason=reason or staged.reason, detail=detail or staged.detail, quarantine=name
    )  # fmt: skip


def note(
    batch: IntakeBatch, name: str, staged: Staged | None = None, *, outcome: str = IntakeFile.Outcome.REFUSED,
    reason: str = "", detail: str = "", quarantine: str = "", like: Scan | None = None,
) -> IntakeFile:  # fmt: skip
    """A line of a batch's report."""
    return IntakeFile.objects.create(
        batch=batch, name=name[:1000], size=staged.size if staged else 0, sha256=staged.sha256 if staged else "",
        outcome=outcome, reason=reason, detail=detail[:400], warnings=staged.warnings if staged else [], quarantine=quarantine,
        like=like,
    )  # fmt: skip


def _pages(record: Record, place: Place | None, count: int, page: Page | None) -> list[Page]:
    if page is not None:
        return [page]
    last = Page.objects.filter(record=record).aggregate(last=Max("number"))["last"] or 0
    return [
        Page.objects.create(
            record=record, number=last + at, sheet=place.sheet if place else None,
            side=place.side if place and count == 1 else "",
        )
        for at in range(1, count + 1)
    ]  # fmt: skip


def _fields(staged: Staged, made: dict[str, Any], alone: bool) -> dict[str, Any]:
    sha = staged.sha256 if alone else made["sha256"]
    media_type = staged.media_type if alone else made["media_type"]
    path = original_path(sha, media_type)
    return {
        "sha256": sha, "original": path, "original_name": PurePath(staged.source.name).name[:300], "media_type": media_type,
        "bytes": staged.size if alone else default_storage.size(path), "width": made["width"], "height": made["height"],
        "delivered_sha256": "" if alone else staged.sha256, "look": made["look"], "warnings": made["warnings"],
    }  # fmt: skip
