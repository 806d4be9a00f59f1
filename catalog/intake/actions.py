"""Taking a delivery in: each file is accepted, refused with a reason, or a duplicate; a bad file never stops the
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

from django.conf import settings
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.intake.accepting import (
    DuplicateFinder,
    accept,
    add_report_line,
    duplicates_of,
    quarantine_file,
)
from catalog.intake.companions import attach_companion, separate_companions
from catalog.intake.decoder import Decoder
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.planning import Options, Plan, plan
from catalog.intake.sources import Delivery, Source
from catalog.intake.staging import Staged, decode_staged, stage
from catalog.intake.storing import write_media_readme
from catalog.records.actions import create_file_records
from catalog.records.models import Record
from catalog.rules.identifiers import number_fault

# A working folder that was not written to for so many seconds belongs to a batch that was killed.
ABANDONED_AFTER_SECONDS = 24 * 3600
OnProgress = Callable[[IntakeFile], None]


def open_batch(
    *, source: str, record: Record | None = None, owner: User | None = None, queued: bool = False
) -> IntakeBatch:
    """Create a batch that is taken in now, or with `queued` later by the worker."""
    state = IntakeBatch.State.QUEUED if queued else IntakeBatch.State.WORKING
    return IntakeBatch.objects.create(source=source[:300], record=record, owner=owner, state=state)


def take_in(
    *, batch: IntakeBatch, delivery: Delivery, options: Options, on_progress: OnProgress | None = None
) -> IntakeBatch:
    """Take in every file in order, each in a short transaction; returns the finished batch. on_progress: called with
    each new report line.

    It can be interrupted at any time and called again: the same batch skips the files that have a report line (the
    order is the same each time), and in a new batch files that were taken in before are recognised by their bytes.
    """
    batch.state, batch.total = IntakeBatch.State.WORKING, len(delivery.sources) + len(delivery.missing)
    batch.save()
    done = batch.files.count()
    write_media_readme()
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    _remove_abandoned_folders(staging)
    work_folder = Path(tempfile.mkdtemp(prefix=f"batch-{batch.pk}-", dir=staging))
    finder = DuplicateFinder()
    try:
        main_files, companions = separate_companions(delivery.sources)
        planned = list(plan(replace(delivery, sources=main_files), options))
        for staged, planned_file in _decode_ahead(planned[done:], delivery, options.jobs, work_folder):
            file = _record_outcome(batch, staged, planned_file, options, finder)
            if on_progress:
                on_progress(file)
        for source, image in companions[max(0, done - len(main_files)) :]:
            file = _record_text_outcome(batch, source, image, work_folder / "text", delivery)
            if on_progress:
                on_progress(file)
        for name in delivery.missing[max(0, done - len(delivery.sources)) :]:
            file = add_report_line(batch, name, reason="missing")
            if on_progress:
                on_progress(file)
        batch.state = IntakeBatch.State.DONE
    except BaseException:
        batch.state = IntakeBatch.State.STOPPED
        raise
    finally:
        batch.ended_at = timezone.now()
        batch.save()
        shutil.rmtree(work_folder, ignore_errors=True)
    return batch


def retry_file(*, file: IntakeFile, owner: User | None, record: Record | None = None) -> IntakeFile:
    """Take a refused file in again from the quarantine folder, into `record` (else that of its batch, else by its
    name).

    Returns the new report line. Raises FileNotFoundError if the file is no longer there.
    """
    path = Path(settings.QUARANTINE_DIR) / file.quarantine
    if not file.quarantine or not path.exists():
        raise FileNotFoundError(file.name)
    target_record = record or file.batch.record
    batch = open_batch(source=file.name, record=target_record, owner=owner)
    take_in(
        batch=batch,
        delivery=Delivery([Source(path, file.name)], None, []),
        options=Options(record=target_record, owner=owner),
    )
    IntakeFile.objects.filter(pk=file.pk).update(settled="retried")
    new_line = batch.files.get()
    others = IntakeFile.objects.filter(quarantine=file.quarantine, settled="").exclude(outcome="accepted")
    if new_line.outcome != IntakeFile.Outcome.REFUSED and not others.exists():
        # The same bytes are stored among the originals now.
        path.unlink(missing_ok=True)
    return new_line


def discard_file(*, file: IntakeFile) -> None:
    """Mark a refused file as not wanted. The file stays in the quarantine folder."""
    IntakeFile.objects.filter(pk=file.pk).update(settled="discarded")


def _remove_abandoned_folders(staging: Path) -> None:
    """Remove the working folders of batches that were killed; they contain only copies."""
    for folder in staging.glob("batch-*"):
        try:
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            continue


def new_decoder() -> Decoder:
    """A decoder with the limits of the settings."""
    return Decoder(memory=settings.DECODE_BYTES, seconds=settings.DECODE_SECONDS)


def _decode_ahead(
    planned: Sequence[Plan], delivery: Delivery, jobs: int, work_folder: Path
) -> Iterator[tuple[Staged, Plan]]:
    """Stage and decode files, and yield them in order; some files ahead of the one that is being written.

    jobs: decoders that work in parallel. With one, one file is in work at a time, so that it takes about one core and
    leaves the others to the site. With more, files are copied and synced while the decoders work on others; otherwise
    each decoder would wait for the disk.
    """
    decoders = [new_decoder() for _ in range(max(1, jobs))]
    ahead = 1 if len(decoders) == 1 else 2 * len(decoders)
    idle: SimpleQueue[Decoder] = SimpleQueue()
    for decoder in decoders:
        idle.put(decoder)

    def decode_one(number: int, planned_file: Plan) -> Staged:
        staged = stage(
            planned_file.source,
            work_folder / str(number),
            most_bytes=settings.SCAN_MAX_BYTES,
            checksums=delivery.checksums,
        )
        decoder = idle.get()
        try:
            return decode_staged(staged, decoder)
        finally:
            idle.put(decoder)

    waiting: deque[tuple[Plan, Future[Staged]]] = deque()
    try:
        with ThreadPoolExecutor(max_workers=ahead) as pool:
            for number, planned_file in enumerate(planned):
                waiting.append((planned_file, pool.submit(decode_one, number, planned_file)))
                if len(waiting) > ahead + 1:
                    next_file, staged = waiting.popleft()
                    yield staged.result(), next_file
            while waiting:
                next_file, staged = waiting.popleft()
                yield staged.result(), next_file
    finally:
        for decoder in decoders:
            decoder.close()


def _record_outcome(
    batch: IntakeBatch, staged: Staged, planned: Plan, options: Options, finder: DuplicateFinder
) -> IntakeFile:
    try:
        if staged.reason:
            return quarantine_file(batch, staged)
        record = planned.record or _create_record(planned, options)
        if record is None:
            reason = _reason_for_no_record(planned, options)
            return quarantine_file(batch, staged, reason, planned.place.record if planned.place else "")
        duplicates = duplicates_of(staged, record, finder)
        if duplicates.existing:
            line = add_report_line(batch, staged.source.name, staged, outcome=IntakeFile.Outcome.DUPLICATE)
            line.scans.set(duplicates.existing)
            return line
        return accept(
            batch=batch, staged=staged, record=record, place=planned.place, finder=finder, duplicates=duplicates
        )
    finally:
        staged.drop()


def _record_text_outcome(
    batch: IntakeBatch, source: Source, image: str, folder: Path, delivery: Delivery
) -> IntakeFile:
    """Attach a text file that belongs to an image to its pages; quarantine it, or note that it is a duplicate."""
    staged, scans, new = attach_companion(batch, source, image, folder, delivery.checksums)
    try:
        if staged.reason:
            return quarantine_file(batch, staged)
        outcome = IntakeFile.Outcome.ACCEPTED if new else IntakeFile.Outcome.DUPLICATE
        line = add_report_line(batch, source.name, staged, outcome=outcome)
        line.scans.set(scans)
        return line
    finally:
        staged.drop()


def _create_record(planned: Plan, options: Options) -> Record | None:
    if not options.create or planned.place is None or options.repository is None:
        return None
    number = planned.place.record
    if number_fault(number):
        return None
    if number not in options.created:
        status = Record.Status.PUBLISHED if options.publish else Record.Status.DRAFT
        keys = create_file_records(
            actor=options.owner or HOUSE, repository=options.repository, numbers=[number], status=status
        )
        options.created[number] = Record.objects.get(pk=keys[number])
    return options.created[number]


def _reason_for_no_record(planned: Plan, options: Options) -> str:
    """The code of the reason why there is no record for a file."""
    if planned.place is None:
        return "no_match"
    return "bad_number" if options.create and number_fault(planned.place.record) else "no_record"
