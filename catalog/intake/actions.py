"""Taking a delivery in: every file accepted, refused with its reason, or known already; one bad file never stops the
rest."""

import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.intake.accepting import DuplicateFinder, accept, duplicates_of, note, quarantine_file
from catalog.intake.companions import part_companions, take_companion
from catalog.intake.decoder import Decoder
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.planning import Options, Plan, plan
from catalog.intake.sources import Delivery, Source
from catalog.intake.staging import Staged, decode_staged, stage
from catalog.intake.storing import say_what_media_is
from catalog.records.actions import make_files
from catalog.records.models import Page, Record
from catalog.rules.identifiers import number_fault

# Seconds after which a working folder that nobody writes to is taken for one of a batch that was killed.
LEFT_BEHIND = 24 * 3600
OnProgress = Callable[[IntakeFile], None]


def open_batch(
    *, source: str, record: Record | None = None, owner: User | None = None, queued: bool = False
) -> IntakeBatch:
    """A new batch, to be taken in now or (`queued`) when the worker comes to it."""
    state = IntakeBatch.State.QUEUED if queued else IntakeBatch.State.WORKING
    return IntakeBatch.objects.create(source=source[:300], record=record, owner=owner, state=state)


def take_in(
    *, batch: IntakeBatch, delivery: Delivery, options: Options, on_progress: OnProgress | None = None
) -> IntakeBatch:
    """Take in every file, in order, a short transaction each; returns the finished batch. `on_progress` hears of every
    file.

    Stopped at any instant and begun again, it goes on: a batch of its own leaves out the files that it has lines for
    (they come in the same order each time), and in any other what stands is known by its bytes and left as it is.
    """
    batch.state, batch.total = IntakeBatch.State.WORKING, len(delivery.sources) + len(delivery.missing)
    batch.save()
    done = batch.files.count()
    say_what_media_is()
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    _sweep(staging)
    work = Path(tempfile.mkdtemp(prefix=f"batch-{batch.pk}-", dir=staging))
    looks = DuplicateFinder()
    try:
        alone, beside = part_companions(delivery.sources)
        planned = list(plan(replace(delivery, sources=alone), options))
        for staged, one in _looked_at(planned[done:], delivery, options.jobs, work):
            file = _record_outcome(batch, staged, one, options, looks)
            if on_progress:
                on_progress(file)
        for source, image in beside[max(0, done - len(alone)) :]:
            file = _settle_text(batch, source, image, work / "text", delivery)
            if on_progress:
                on_progress(file)
        for name in delivery.missing[max(0, done - len(delivery.sources)) :]:
            file = note(batch, name, reason="missing")
            if on_progress:
                on_progress(file)
        batch.state = IntakeBatch.State.DONE
    except BaseException:
        batch.state = IntakeBatch.State.STOPPED
        raise
    finally:
        batch.ended_at = timezone.now()
        batch.save()
        shutil.rmtree(work, ignore_errors=True)
    return batch


def take_page(*, page: Page, source: Source, owner: User | None) -> IntakeFile:
    """Take in one picture as the image now shown for `page`; the earlier one stays in its history. The line of the
    report says what became of it; a file of several pages is refused."""
    batch = open_batch(source=source.name, record=page.record, owner=owner)
    batch.total = 1
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    say_what_media_is()
    with tempfile.TemporaryDirectory(prefix=f"page-{page.pk}-", dir=staging) as work:
        staged, decoder = stage(source, Path(work), most_bytes=settings.SCAN_MAX_BYTES, checksums=None), _decoder()
        try:
            decode_staged(staged, decoder)
        finally:
            decoder.close()
        if not staged.reason and len(staged.pages) != 1:
            staged.refuse("one_page", str(len(staged.pages)))
        if staged.reason:
            file = quarantine_file(batch, staged)
        else:
            looks = DuplicateFinder()
            known = duplicates_of(staged, page.record, looks)
            file = accept(
                batch=batch, staged=staged, record=page.record, place=None, looks=looks, known=known, page=page
            )
    batch.state, batch.ended_at = IntakeBatch.State.DONE, timezone.now()
    batch.save()
    return file


def take_sent_page(*, page: Page, sent: "UploadedFile[Any]", owner: User | None) -> IntakeFile:
    """As `take_page`, with a file as a form's field gives it."""
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix="sent-", dir=staging) as file:
        for piece in sent.chunks():
            file.write(piece)
        file.flush()
        return take_page(page=page, source=Source(Path(file.name), sent.name or "file"), owner=owner)


def retry_file(*, file: IntakeFile, owner: User | None, record: Record | None = None) -> IntakeFile:
    """Take a refused file in again from where it was put aside, into `record` (else that of its batch, else as its name
    says).

    Returns the new line. Raises FileNotFoundError where the bytes are not there any more.
    """
    path = Path(settings.QUARANTINE_DIR) / file.quarantine
    if not file.quarantine or not path.exists():
        raise FileNotFoundError(file.name)
    into = record or file.batch.record
    batch = open_batch(source=file.name, record=into, owner=owner)
    take_in(
        batch=batch, delivery=Delivery([Source(path, file.name)], None, []), options=Options(record=into, owner=owner)
    )
    IntakeFile.objects.filter(pk=file.pk).update(settled="retried")
    made = batch.files.get()
    others = IntakeFile.objects.filter(quarantine=file.quarantine, settled="").exclude(outcome="accepted")
    if made.outcome != IntakeFile.Outcome.REFUSED and not others.exists():
        # It stands among the originals now, byte for byte.
        path.unlink(missing_ok=True)
    return made


def discard_file(*, file: IntakeFile) -> None:
    """Say that a refused file is not wanted. The bytes stay where they were put aside."""
    IntakeFile.objects.filter(pk=file.pk).update(settled="discarded")


def _sweep(staging: Path) -> None:
    """Remove the working folders of batches that were killed; they hold copies alone."""
    for folder in staging.glob("batch-*"):
        try:
            if time.time() - folder.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            continue


def _decoder() -> Decoder:
    return Decoder(memory=settings.DECODE_BYTES, seconds=settings.DECODE_SECONDS)


def _looked_at(planned: Sequence[Plan], delivery: Delivery, jobs: int, work: Path) -> Iterator[tuple[Staged, Plan]]:
    """Staged and decoded files in order, some ahead of the one that is being written.

    One job has one file in hand, so that it takes about one core and leaves the others to the site. With more, a file
    is copied and made durable while the decoders are at others: otherwise each of them waits for the disk.
    """
    decoders = [_decoder() for _ in range(max(1, jobs))]
    in_hand = 1 if len(decoders) == 1 else 2 * len(decoders)
    idle: SimpleQueue[Decoder] = SimpleQueue()
    for decoder in decoders:
        idle.put(decoder)

    def look(number: int, one: Plan) -> Staged:
        staged = stage(one.source, work / str(number), most_bytes=settings.SCAN_MAX_BYTES, checksums=delivery.checksums)
        decoder = idle.get()
        try:
            return decode_staged(staged, decoder)
        finally:
            idle.put(decoder)

    waiting: deque[tuple[Plan, Future[Staged]]] = deque()
    try:
        with ThreadPoolExecutor(max_workers=in_hand) as pool:
            for number, one in enumerate(planned):
                waiting.append((one, pool.submit(look, number, one)))
                if len(waiting) > in_hand + 1:
                    first, staged = waiting.popleft()
                    yield staged.result(), first
            while waiting:
                first, staged = waiting.popleft()
                yield staged.result(), first
    finally:
        for decoder in decoders:
            decoder.close()


def _record_outcome(
    batch: IntakeBatch, staged: Staged, planned: Plan, options: Options, looks: DuplicateFinder
) -> IntakeFile:
    try:
        if staged.reason:
            return quarantine_file(batch, staged)
        record = planned.record or _made(planned, options)
        if record is None:
            reason = _why_nowhere(planned, options)
            return quarantine_file(batch, staged, reason, planned.place.record if planned.place else "")
        known = duplicates_of(staged, record, looks)
        if known.standing:
            line = note(batch, staged.source.name, staged, outcome=IntakeFile.Outcome.DUPLICATE)
            line.scans.set(known.standing)
            return line
        return accept(batch=batch, staged=staged, record=record, place=planned.place, looks=looks, known=known)
    finally:
        staged.drop()


def _settle_text(batch: IntakeBatch, source: Source, image: str, folder: Path, delivery: Delivery) -> IntakeFile:
    """A text file beside an image: attached to its pages, put aside with a reason, or here already."""
    staged, scans, new = take_companion(batch, source, image, folder, delivery.checksums)
    try:
        if staged.reason:
            return quarantine_file(batch, staged)
        outcome = IntakeFile.Outcome.ACCEPTED if new else IntakeFile.Outcome.DUPLICATE
        made = note(batch, source.name, staged, outcome=outcome)
        made.scans.set(scans)
        return made
    finally:
        staged.drop()


def _made(planned: Plan, options: Options) -> Record | None:
    if not options.create or planned.place is None or options.repository is None:
        return None
    number = planned.place.record
    if number_fault(number):
        return None
    if number not in options.made:
        status = Record.Status.PUBLISHED if options.publish else Record.Status.DRAFT
        keys = make_files(actor=options.owner or HOUSE, repository=options.repository, numbers=[number], status=status)
        options.made[number] = Record.objects.get(pk=keys[number])
    return options.made[number]


def _why_nowhere(planned: Plan, options: Options) -> str:
    """The code of the reason why a file goes to no record."""
    if planned.place is None:
        return "no_match"
    return "bad_number" if options.create and number_fault(planned.place.record) else "no_record"
