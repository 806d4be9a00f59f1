"""Attaching images to pages."""

import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from catalog.accounts.models import User
from catalog.changes.actions import save_by, write_creation_history
from catalog.changes.writing import HOUSE, action, require, write_changes, write_new
from catalog.images.models import Original, Scan
from catalog.images.queries import rendition_of
from catalog.images.renditions.following import follow_new_scan, name_renditions
from catalog.images.renditions.pictures_first import require_small_files
from catalog.images.serving.slots import Busy
from catalog.records.actions import make_pages
from catalog.records.models import Page

logger = logging.getLogger(__name__)


def register_originals(*, originals: Sequence[tuple[str, str, int]]) -> None:
    """Add rows for stored files, given as (SHA-256, name, bytes), so that their checksums are checked regularly. Files
    that have a row already are skipped."""
    Original.objects.bulk_create(
        [Original(sha256=sha256, name=name, bytes=size) for sha256, name, size in originals], ignore_conflicts=True
    )


@action
def attach_new_scans(
    *, pages: Sequence[Page], fields: Sequence[Mapping[str, Any]], actor: User | None = None
) -> list[Scan]:
    """Save new pages, each with a scan, in a few queries and one transaction, with everything that single saves would
    write. fields: those of a Scan, for each page in the same order. Call when the files are stored. Returns the
    scans."""
    with transaction.atomic():
        make_pages(pages=pages, actor=actor)
        scans = []
        for page, scan_fields in zip(pages, fields, strict=True):
            public_id = f"{scan_fields['sha256'][:16]}p{page.pk}"
            scans.append(
                Scan(
                    page=page,
                    public_id=public_id,
                    uncovered_id=public_id,
                    full_width=scan_fields["width"],
                    full_height=scan_fields["height"],
                    **scan_fields,
                )
            )
        Scan.objects.bulk_create(scans)
        write_creation_history(Scan, [scan.pk for scan in scans], actor)
        register_originals(originals=[(scan.sha256, str(scan.original.name), scan.bytes) for scan in scans])
    return scans


@action
def attach_scan(*, page: Page, sha256: str, actor: User | None = None, **fields: Any) -> Scan:
    """Make the stored image with this SHA-256 the one shown for `page`; an earlier one is kept, no longer shown.

    actor: who did it, for the history; fields: those of a Scan. The same file attached to the same page again makes no
    second row. Call when the files are stored. Returns the scan.
    """
    public_id = f"{sha256[:16]}p{page.pk}"
    previous: Scan | None = None
    if fields:
        register_originals(originals=[(sha256, fields["original"], fields["bytes"])])
    for other in page.scans.filter(current=True).exclude(sha256=sha256):
        previous = write_changes(other, {"current": False}, actor=actor or HOUSE, revision=None)
    scan = Scan.objects.filter(page=page, sha256=sha256).first()
    if scan is None:
        new_scan = Scan(page=page, sha256=sha256, public_id=public_id, **fields)
        scan = write_new(new_scan, actor=actor or HOUSE)
    if previous is not None:
        follow_new_scan(before=previous, scan=scan)
    if name_renditions(scan) or not scan.current:
        scan.current = True
        save_by(scan, actor)
    if not rendition_of(scan).is_plain:
        # If they cannot be made now, they are made at the first request.
        with contextlib.suppress(OSError, Busy):
            require_small_files(scan)
    return scan


def show_scan_again(*, scan: Scan, actor: User) -> Scan:
    """Show an earlier image of a page again. Raises NotAllowed."""
    require(actor, "change_page")
    return attach_scan(page=scan.page, sha256=scan.sha256, actor=actor)
