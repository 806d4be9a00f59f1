"""Uploads from a browser, in pieces that survive broken connections; the worker takes the complete files in."""

import datetime
import fcntl
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_valid_filename

from catalog.accounts.models import User
from catalog.intake.actions import OnProgress, open_batch, take_in
from catalog.intake.models import IntakeBatch, Upload
from catalog.intake.planning import Options
from catalog.intake.queries import waiting_uploads
from catalog.intake.sources import BadZip, Delivery, NamedFiles, Source, read_delivery, unpack
from catalog.jobs.actions import enqueue
from catalog.records.models import Record

TAKE_IN = "intake.batch"
LONGEST_NAME = 300


class WrongPlace(ValueError):
    """The offset of a piece is not the number of bytes received; `received`: that number."""

    def __init__(self, received: int) -> None:
        super().__init__(str(received))
        self.received = received


class Busy(Exception):
    """Another request is writing to the same file, or another process takes in the same batch."""


def begin_upload(*, record: Record, owner: User, name: str, size: int) -> Upload:
    """Begin an upload of `size` bytes. Raises ValueError if it is larger than UPLOAD_MAX_BYTES."""
    if size > settings.UPLOAD_MAX_BYTES:
        raise ValueError(size)
    upload = Upload.objects.create(record=record, owner=owner, name=_base_name(name), size=size)
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.touch()
    return upload if size else finish_upload(upload=upload)


def append(*, upload: Upload, offset: int, chunks: Iterable[bytes]) -> int:
    """Append received bytes to an upload; returns how many bytes it has. If the connection breaks, the bytes received
    before are kept.

    Raises WrongPlace if `offset` is not the number of bytes received so far, Busy while another request writes.
    """
    with upload.path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        received = os.fstat(file.fileno()).st_size
        if offset != received:
            raise WrongPlace(received)
        try:
            for chunk in chunks:
                file.write(chunk[: upload.size - received])
                received = min(upload.size, received + len(chunk))
        finally:
            file.flush()
            os.fsync(file.fileno())
    if received == upload.size:
        finish_upload(upload=upload)
    return received


def finish_upload(*, upload: Upload) -> Upload:
    """Mark an upload as complete."""
    upload.ended_at = timezone.now()
    upload.save()
    return upload


def drop_upload(*, upload: Upload) -> None:
    """Delete an upload that was not taken in yet."""
    upload.path.unlink(missing_ok=True)
    upload.delete()


def queue_uploads(*, record: Record, owner: User) -> IntakeBatch | None:
    """Put all complete uploads into a batch and enqueue it for the worker, in one transaction; None if there are
    none."""
    with transaction.atomic():
        complete = list(waiting_uploads(record, owner).select_for_update().exclude(ended_at=None))
        if not complete:
            return None
        names = ", ".join(upload.name for upload in complete[:3]) + (" …" if len(complete) > 3 else "")
        batch = open_batch(source=names, record=record, owner=owner, queued=True)
        batch.total = len(complete)
        batch.save()
        Upload.objects.filter(pk__in=[upload.pk for upload in complete]).update(batch=batch)
        enqueue(TAKE_IN, key=str(batch.pk), by=owner)
    return batch


def take_in_uploads(*, batch: IntakeBatch, on_progress: OnProgress | None = None) -> IntakeBatch:
    """Take in the files of a queued batch; after an interruption it continues. The uploads are deleted when all files
    are stored or quarantined. on_progress: called with each new report line. Raises Busy while another process takes
    the batch in; the lock is released when that process ends, in whatever way."""
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    lock = staging / f"uploads-{batch.pk}.lock"
    with lock.open("w") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        batch.refresh_from_db()
        if batch.state != IntakeBatch.State.DONE:
            _take_in_files(batch, on_progress)
        if batch.state == IntakeBatch.State.DONE:
            lock.unlink(missing_ok=True)
    return batch


def _take_in_files(batch: IntakeBatch, on_progress: OnProgress | None) -> None:
    uploads = list(batch.uploads.order_by("pk"))
    folder = Path(settings.STAGING_DIR) / f"uploads-{batch.pk}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        delivery = _read_uploads(uploads, folder)
        take_in(
            batch=batch,
            delivery=delivery,
            options=Options(record=batch.record, owner=batch.owner),
            on_progress=on_progress,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if batch.state == IntakeBatch.State.DONE and batch.files.count() >= len(delivery.sources):
        for upload in uploads:
            upload.path.unlink(missing_ok=True)


def drop_abandoned_uploads(*, days: int) -> int:
    """Delete incomplete uploads that received nothing for `days` days, and files without an upload; returns how many
    uploads. Complete uploads that wait to be taken in are kept."""
    before = timezone.now() - datetime.timedelta(days=days)
    dropped = 0
    for upload in Upload.objects.filter(batch=None, ended_at=None, began_at__lt=before):
        if not upload.path.exists() or upload.path.stat().st_mtime < before.timestamp():
            drop_upload(upload=upload)
            dropped += 1
    folder = Path(settings.STAGING_DIR) / "uploads"
    known_tokens = {str(token) for token in Upload.objects.values_list("token", flat=True)}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in known_tokens and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
    return dropped


def _read_uploads(uploads: Sequence[Upload], folder: Path) -> Delivery:
    """The uploaded files with their delivered names, and the content of each ZIP among them."""
    files, damaged = list[NamedFiles](), list[Source]()
    for upload in uploads:
        if PurePath(upload.name).suffix.lower() != ".zip":
            files.append(NamedFiles([(upload.path, upload.name)]))
            continue
        try:
            files.append(unpack(upload.path, folder / f"{upload.pk}"))
        except BadZip as error:
            # It is refused with this reason and quarantined like any other file.
            damaged.append(Source(upload.path, upload.name, "zip", str(error)))
    delivery = read_delivery(files)
    return replace(delivery, sources=[*delivery.sources, *damaged])


def _base_name(name: str) -> str:
    """The last part of a delivered path, unchanged otherwise: files are stored under keys, so any name is allowed."""
    last = PurePath(name.replace("\\", "/")).name.replace("\0", "").strip()
    return last[-LONGEST_NAME:] if last not in ("", ".", "..") else get_valid_filename(last.replace(".", "_") or "file")
