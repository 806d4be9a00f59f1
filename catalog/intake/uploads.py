"""Files sent in from a browser: piece by piece, kept however often the line breaks, then taken in by the worker."""

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
from catalog.intake.sources import BadZip, Delivery, Laid, Source, deliver, unpack
from catalog.jobs.actions import enqueue
from catalog.records.models import Record

TAKE_IN = "intake.batch"
MOST_NAME = 300


class WrongPlace(ValueError):
    """A piece does not begin where what has come ends; `received` says where that is."""

    def __init__(self, received: int) -> None:
        super().__init__(str(received))
        self.received = received


class Busy(Exception):
    """Another piece of the same file is being written at this moment."""


def begin_upload(*, record: Record, owner: User, name: str, size: int) -> Upload:
    """A place for a file of `size` bytes to come. Raises ValueError for one larger than UPLOAD_MAX_BYTES."""
    if size > settings.UPLOAD_MAX_BYTES:
        raise ValueError(size)
    upload = Upload.objects.create(record=record, owner=owner, name=_plain(name), size=size)
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.touch()
    return upload if size else finish_upload(upload=upload)


def append(*, upload: Upload, at: int, pieces: Iterable[bytes]) -> int:
    """Write what comes behind what has come; returns how many bytes there are. What came before a line breaks stays.

    Raises WrongPlace where `at` is not where it ends, Busy while another writes.
    """
    with upload.path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        received = os.fstat(file.fileno()).st_size
        if at != received:
            raise WrongPlace(received)
        try:
            for piece in pieces:
                file.write(piece[: upload.size - received])
                received = min(upload.size, received + len(piece))
        finally:
            file.flush()
            os.fsync(file.fileno())
    if received == upload.size:
        finish_upload(upload=upload)
    return received


def finish_upload(*, upload: Upload) -> Upload:
    """Say that all of it has come."""
    upload.ended_at = timezone.now()
    upload.save()
    return upload


def drop_upload(*, upload: Upload) -> None:
    """Give a file up that was not taken in yet."""
    upload.path.unlink(missing_ok=True)
    upload.delete()


def queue_uploads(*, record: Record, owner: User) -> IntakeBatch | None:
    """Put every whole file that waits into a batch, and ask the worker to take it in, in one transaction; None where
    there is no such file."""
    with transaction.atomic():
        whole = list(waiting_uploads(record, owner).select_for_update().exclude(ended_at=None))
        if not whole:
            return None
        names = ", ".join(upload.name for upload in whole[:3]) + (" …" if len(whole) > 3 else "")
        batch = open_batch(source=names, record=record, owner=owner, queued=True)
        batch.total = len(whole)
        batch.save()
        Upload.objects.filter(pk__in=[upload.pk for upload in whole]).update(batch=batch)
        enqueue(TAKE_IN, key=str(batch.pk), by=owner)
    return batch


def take_in_uploads(*, batch: IntakeBatch, on_progress: OnProgress | None = None) -> IntakeBatch:
    """Take in the files of a queued batch; begun again after a stop, it goes on. What was sent goes when all of it is
    either among the originals or put aside. `on_progress` hears of every file. Raises Busy while another process is at
    it: the lock goes with its holder, however that ends."""
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    lock = staging / f"uploads-{batch.pk}.lock"
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        batch.refresh_from_db()
        if batch.state != IntakeBatch.State.DONE:
            _take_in_laid_out(batch, on_progress)
        if batch.state == IntakeBatch.State.DONE:
            lock.unlink(missing_ok=True)
    return batch


def _take_in_laid_out(batch: IntakeBatch, on_progress: OnProgress | None) -> None:
    uploads = list(batch.uploads.order_by("pk"))
    folder = Path(settings.STAGING_DIR) / f"uploads-{batch.pk}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        delivery = _laid_out(uploads, folder)
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
    """Give up files whose sending began and to which nothing came for `days` days, and bytes that no upload owns; how
    many files. Whole files that only wait to be taken in stay: all of each is there."""
    before = timezone.now() - datetime.timedelta(days=days)
    dropped = 0
    for upload in Upload.objects.filter(batch=None, ended_at=None, began_at__lt=before):
        if not upload.path.exists() or upload.path.stat().st_mtime < before.timestamp():
            drop_upload(upload=upload)
            dropped += 1
    folder = Path(settings.STAGING_DIR) / "uploads"
    standing = {str(token) for token in Upload.objects.values_list("token", flat=True)}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in standing and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
    return dropped


def _laid_out(uploads: Sequence[Upload], folder: Path) -> Delivery:
    """The sent files with their own names, and the content of every ZIP among them."""
    given, damaged = list[Laid](), list[Source]()
    for upload in uploads:
        if PurePath(upload.name).suffix.lower() != ".zip":
            given.append(Laid([(upload.path, upload.name)]))
            continue
        try:
            given.append(unpack(upload.path, folder / f"{upload.pk}"))
        except BadZip as error:
            # Refused with its reason and put aside like any other file.
            damaged.append(Source(upload.path, upload.name, "zip", str(error)))
    delivery = deliver(given)
    return replace(delivery, sources=[*delivery.sources, *damaged])


def _plain(name: str) -> str:
    """The last part of a name as it came, whole: files lie under keys, so no disk has to take it."""
    last = PurePath(name.replace("\\", "/")).name.replace("\0", "").strip()
    return last[-MOST_NAME:] if last not in ("", ".", "..") else get_valid_filename(last.replace(".", "_") or "file")
