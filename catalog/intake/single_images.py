"""Taking in a single image for a page that exists: a file from a member of staff, or one that the program itself
made."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from catalog.accounts.models import User
from catalog.images.models import Scan
from catalog.intake.accepting import DuplicateFinder, accept, accept_image, duplicates_of, quarantine_file
from catalog.intake.actions import new_decoder, open_batch
from catalog.intake.decoder import Decoder
from catalog.intake.derivatives import Refused
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.sources import Source
from catalog.intake.staging import Staged, decode_staged, stage
from catalog.intake.storing import write_media_readme
from catalog.records.models import Page


def take_page(*, page: Page, source: Source, owner: User | None) -> IntakeFile:
    """Take in one image as the one shown for `page`; the earlier one is kept in the history. A file of several pages is
    refused. Returns the report line with the outcome."""
    batch = open_batch(source=source.name, record=page.record, owner=owner)
    batch.total = 1
    with _single_image(source) as staged:
        if staged.reason:
            file = quarantine_file(batch, staged)
        else:
            finder = DuplicateFinder()
            duplicates = duplicates_of(staged, page.record, finder)
            file = accept(
                batch=batch,
                staged=staged,
                record=page.record,
                place=None,
                finder=finder,
                duplicates=duplicates,
                page=page,
            )
    batch.state, batch.ended_at = IntakeBatch.State.DONE, timezone.now()
    batch.save()
    return file


def take_sent_page(*, page: Page, sent: "UploadedFile[Any]", owner: User | None) -> IntakeFile:
    """As `take_page`, with a file from a form field."""
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix="sent-", dir=staging) as file:
        for chunk in sent.chunks():
            file.write(chunk)
        file.flush()
        return take_page(page=page, source=Source(Path(file.name), sent.name or "file"), owner=owner)


def add_image(
    *,
    page: Page,
    data: bytes,
    name: str,
    illustration: bool = False,
    actor: User | None = None,
    decoder: Decoder | None = None,
) -> Scan:
    """Take in one image that the program itself made, as the one shown for `page`; the earlier one is kept.

    It is checked, decoded and stored like a delivered file, but appears in no batch and no report. illustration: see
    `Scan.illustration`; decoder: of the caller, who adds many images; None to start one. Raises Refused.
    """
    with prepared_image(data=data, name=name, decoder=decoder) as staged:
        return accept_image(staged=staged, page=page, illustration=illustration, actor=actor)


@contextmanager
def prepared_image(*, data: bytes, name: str, decoder: Decoder | None = None) -> Iterator[Staged]:
    """The first half of `add_image`, for a caller whose transaction must not wait for decoding: pass the result to
    `accept_image` inside the context. Raises Refused."""
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix="image-", dir=staging) as file:
        file.write(data)
        file.flush()
        with _single_image(Source(Path(file.name), name), decoder) as staged:
            if staged.reason:
                raise Refused(staged.reason, staged.detail)
            yield staged


@contextmanager
def _single_image(source: Source, decoder: Decoder | None = None) -> Iterator[Staged]:
    """A staged and decoded file, refused unless it is one image."""
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    write_media_readme()
    with tempfile.TemporaryDirectory(prefix="image-", dir=staging) as folder:
        staged = stage(source, Path(folder), most_bytes=settings.SCAN_MAX_BYTES, checksums=None)
        used = decoder or new_decoder()
        try:
            decode_staged(staged, used)
        finally:
            if decoder is None:
                used.close()
        if not staged.reason and len(staged.pages) != 1:
            staged.refuse("one_page", str(len(staged.pages)))
        yield staged
