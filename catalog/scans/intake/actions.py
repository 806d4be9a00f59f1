"""Taking a delivery in: every file accepted, refused with its reason, or known already; one bad file never stops the rest."""

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from catalog.accounts.models import User
from catalog.records.actions import make_files
from catalog.records.models import Page, Record, Repository
from catalog.records.queries import record_by_identifier
from catalog.scans.actions import derivative_path, original_path
from catalog.scans.intake.companions import part_companions, take_companion
from catalog.scans.intake.decoder import Decoder
from catalog.scans.intake.matching import Pattern, Place
from catalog.scans.intake.sources import Delivery, Source
from catalog.scans.intake.staging import Staged, decode_staged, stage
from catalog.scans.models import IntakeBatch, IntakeFile, Scan

NEAR = 3
Told = Callable[[IntakeFile], None]


@dataclass(frozen=True)
class Plan:
    """Where each file of a delivery will go: the record (None: there is none) and the place in it."""

    source: Source
    record: Record | None
    place: Place | None


@dataclass
class Options:
    """How to take a delivery in. record: for all files; pattern: otherwise. create: make records that are not there, as
    drafts (`publish`: published, for archives to try with). jobs: children that decode at once."""

    record: Record | None = None
    pattern: Pattern | None = None
    create: bool = False
    publish: bool = False
    repository: Repository | None = None
    jobs: int = 1
    owner: User | None = None
    made: dict[str, Record] = field(default_factory=dict)


def plan(delivery: Delivery, options: Options) -> Iterator[Plan]:
    """Where every file would go; writes nothing."""
    known: dict[str, Record | None] = {}
    for source in delivery.sources:
        if options.record is not None:
            yield Plan(source, options.record, Pattern().place(source.path.name))
            continue
        place = (options.pattern or Pattern()).place(source.path.name)
        if place is None:
            yield Plan(source, None, None)
            continue
        if place.record not in known:
            known[place.record] = record_by_identifier(place.record)
        yield Plan(source, known[place.record], place)


def take_in(
    *, delivery: Delivery, options: Options, told: Told, source: str, total_told: Callable[[int], None] | None = None
) -> IntakeBatch:
    """Take in every file, in order, a short transaction each; returns the finished batch. `told` hears of every file.

    Stopped at any instant and begun again, it goes on: what stands is known by its bytes and left as it is.
    """
    batch = IntakeBatch.objects.create(
        source=source[:300],
        record=options.record,
        owner=options.owner,
        total=len(delivery.sources) + len(delivery.missing),
    )
    if total_told:
        total_told(batch.total)
    _say_what_media_is()
    staging = Path(settings.STAGING_DIR)
    staging.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"batch-{batch.pk}-", dir=staging))
    try:
        alone, beside = part_companions(delivery.sources)
        planned_files = list(plan(replace(delivery, sources=alone), options))
        for number, staged, planned in _looked_at(planned_files, delivery, options.jobs, work):
            told(_settle(batch, staged, planned, options, number))
        for source_beside, image in beside:
            told(_settle_text(batch, source_beside, image, work / "text", delivery))
        for name in delivery.missing:
            told(_note(batch, name, reason="missing"))
        batch.state = IntakeBatch.State.DONE
    except BaseException:
        batch.state = IntakeBatch.State.STOPPED
        raise
    finally:
        batch.ended_at = timezone.now()
        batch.save()
        shutil.rmtree(work, ignore_errors=True)
    return batch


def retry_file(*, file: IntakeFile, told: Told, owner: User | None) -> IntakeBatch:
    """Take a refused file in again from where it was put aside. Raises FileNotFoundError where it is not there any more."""
    path = Path(settings.QUARANTINE_DIR) / file.quarantine
    if not file.quarantine or not path.exists():
        raise FileNotFoundError(file.name)
    batch = take_in(
        delivery=Delivery([Source(path, file.name)], None, []), options=Options(record=file.batch.record, owner=owner),
        told=told, source=file.name,
    )  # fmt: skip
    IntakeFile.objects.filter(pk=file.pk).update(settled="retried")
    return batch


def discard_file(*, file: IntakeFile) -> None:
    """Say that a refused file is not wanted. The bytes stay where they were put aside."""
    IntakeFile.objects.filter(pk=file.pk).update(settled="discarded")


def _looked_at(
    planned: Sequence[Plan], delivery: Delivery, jobs: int, work: Path
) -> Iterator[tuple[int, Staged, Plan]]:
    """Staged and decoded files in order, some ahead of the one that is being written."""
    decoders = deque(
        Decoder(memory=settings.DECODE_BYTES, seconds=settings.DECODE_SECONDS) for _ in range(max(1, jobs))
    )
    idle = deque(decoders)

    def look(number: int, one: Plan) -> Staged:
        staged = stage(one.source, work / str(number), most_bytes=settings.SCAN_MAX_BYTES, checksums=delivery.checksums)
        decoder = idle.popleft()
        try:
            return decode_staged(staged, decoder)
        finally:
            idle.append(decoder)

    waiting: deque[tuple[int, Plan, Future[Staged]]] = deque()
    try:
        with ThreadPoolExecutor(max_workers=len(decoders)) as pool:
            for number, one in enumerate(planned):
                waiting.append((number, one, pool.submit(look, number, one)))
                if len(waiting) > len(decoders) + 1:
                    done = waiting.popleft()
                    yield done[0], done[2].result(), done[1]
            while waiting:
                done = waiting.popleft()
                yield done[0], done[2].result(), done[1]
    finally:
        for decoder in decoders:
            decoder.close()


def _settle(batch: IntakeBatch, staged: Staged, planned: Plan, options: Options, number: int) -> IntakeFile:
    try:
        if staged.reason:
            return _put_aside(batch, staged)
        record = planned.record or _made(planned, options)
        if record is None:
            return _note(batch, planned.source.name, staged, reason="no_record" if planned.place else "no_match",
                         detail=planned.place.record if planned.place else "")  # fmt: skip
        standing = list(
            Scan.objects.filter(Q(sha256=staged.sha256) | Q(delivered_sha256=staged.sha256), page__record=record,
                                page__trashed_at=None).order_by("page__number")
        )  # fmt: skip
        if standing:
            made = _note(batch, planned.source.name, staged, outcome=IntakeFile.Outcome.DUPLICATE)
            made.scans.set(standing)
            return made
        return _accept(batch, staged, record, planned.place)
    finally:
        staged.drop()


def _settle_text(batch: IntakeBatch, source: Source, image: str, folder: Path, delivery: Delivery) -> IntakeFile:
    """A text file beside an image: hung on its pages, put aside with a reason, or here already."""
    staged, scans, new = take_companion(batch, source, image, folder, delivery.checksums)
    try:
        if staged.reason:
            return _put_aside(batch, staged)
        outcome = IntakeFile.Outcome.ACCEPTED if new else IntakeFile.Outcome.DUPLICATE
        made = _note(batch, source.name, staged, outcome=outcome)
        made.scans.set(scans)
        return made
    finally:
        staged.drop()


def _accept(batch: IntakeBatch, staged: Staged, record: Record, place: Place | None) -> IntakeFile:
    delivered = original_path(staged.sha256, staged.media_type)
    alone = len(staged.pages) == 1 and not staged.pages[0]["master"]
    like: Scan | None = None
    elsewhere = Scan.objects.filter(Q(sha256=staged.sha256) | Q(delivered_sha256=staged.sha256)).exclude(
        page__record=record
    )
    if elsewhere.exists():
        staged.warnings.append("same_bytes_elsewhere")
        like = elsewhere.first()
    else:
        like = _alike(staged, record)
        if like is not None:
            staged.warnings.append("looks_alike")
    assert staged.copy is not None  # noqa: S101 — nothing is accepted that was not copied
    for page in staged.pages:
        sha = staged.sha256 if alone else page["sha256"]
        for name in ("thumbnail", "reading"):
            _put(derivative_path(sha, name), staged.folder / page[name])
        if not alone:
            _put(original_path(sha, page["media_type"]), staged.folder / page["master"], durable=True)
    _put(delivered, staged.copy, durable=True)
    with transaction.atomic():
        last = Page.objects.filter(record=record).aggregate(last=Max("number"))["last"] or 0
        scans = []
        for at, page in enumerate(staged.pages, start=1):
            made = Page.objects.create(
                record=record, number=last + at, sheet=place.sheet if place else None,
                side=place.side if place and len(staged.pages) == 1 else "",
            )  # fmt: skip
            sha = staged.sha256 if alone else page["sha256"]
            media_type = staged.media_type if alone else page["media_type"]
            path = original_path(sha, media_type)
            scans.append(
                Scan.objects.create(
                    page=made, sha256=sha, public_id=f"{sha[:16]}p{made.pk}", original=path,
                    original_name=Path(staged.source.name).name[:300], media_type=media_type,
                    bytes=staged.size if alone else default_storage.size(path), width=page["width"], height=page["height"],
                    delivered_sha256="" if alone else staged.sha256, look=page["look"], warnings=page["warnings"],
                )
            )  # fmt: skip
        file = _note(batch, staged.source.name, staged, outcome=IntakeFile.Outcome.ACCEPTED, like=like)
        file.scans.set(scans)
    return file


def _alike(staged: Staged, record: Record) -> Scan | None:
    """A standing scan that looks like one of these pages: the same look anywhere, or nearly the same in the same record."""
    looks = [page["look"] for page in staged.pages if page["look"]]
    if not looks:
        return None
    same = Scan.objects.filter(look__in=looks, current=True).first()
    if same is not None:
        return same
    for scan in Scan.objects.filter(page__record=record, current=True).exclude(look="").only("look")[:2000]:
        if any((int(scan.look, 16) ^ int(look, 16)).bit_count() <= NEAR for look in looks):
            return scan
    return None


def _put_aside(batch: IntakeBatch, staged: Staged) -> IntakeFile:
    """Keep the bytes of what is refused, where nobody is served from, and note it."""
    name = ""
    if staged.copy is not None and staged.sha256:
        name = f"{staged.sha256[:2]}/{staged.sha256}"
        target = Path(settings.QUARANTINE_DIR) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.move(staged.copy, target)
    return _note(batch, staged.source.name, staged, reason=staged.reason, detail=staged.detail, quarantine=name)


def _note(
    batch: IntakeBatch, name: str, staged: Staged | None = None, *, outcome: str = IntakeFile.Outcome.REFUSED,
    reason: str = "", detail: str = "", quarantine: str = "", like: Scan | None = None,
) -> IntakeFile:  # fmt: skip
    return IntakeFile.objects.create(
        batch=batch, name=name[:1000], size=staged.size if staged else 0, sha256=staged.sha256 if staged else "",
        outcome=outcome, reason=reason, detail=detail[:400], warnings=staged.warnings if staged else [], quarantine=quarantine,
        like=like,
    )  # fmt: skip


def _made(planned: Plan, options: Options) -> Record | None:
    if not options.create or planned.place is None or options.repository is None:
        return None
    number = planned.place.record
    if number not in options.made:
        status = Record.Status.PUBLISHED if options.publish else Record.Status.DRAFT
        keys = make_files(repository=options.repository, numbers=[number], status=status)
        options.made[number] = Record.objects.get(pk=keys[number])
    return options.made[number]


def _put(name: str, path: Path, *, durable: bool = False) -> None:
    """A file under its name in the store: renamed where the store is a folder, sent where it is not."""
    if default_storage.exists(name):
        return
    try:
        target = Path(default_storage.path(name))
    except NotImplementedError:
        with path.open("rb") as file:
            default_storage.save(name, File(file))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.move(path, beside)
    if durable:
        with beside.open("rb") as file:
            os.fsync(file.fileno())
    beside.replace(target)


def _say_what_media_is() -> None:
    """A text in the store by which a person can read it without this software."""
    if not default_storage.exists("README.txt"):
        from django.core.files.base import ContentFile

        default_storage.save("README.txt", ContentFile(LAYOUT.encode()))


LAYOUT = """This folder is the archive's images. It can be read without the software that wrote it.

originals/ab/abcdef….jpg   every file byte for byte as it came, named by its SHA-256 (its first two digits are the
                           folder); .jpg .png .tif .pdf by what it truly is. Checking: sha256sum gives the name.
                           Pages taken out of a PDF or a TIFF of several pages stand here too, beside the whole file.
derived/ab/abcdef…/        made from the original of that name and can be made again: thumbnail.jpg (400 pixels) and
                           reading.jpg (half size).

Which file is which page of which record stands in the database (table catalog_scan: page, sha256, original,
original_name, delivered_sha256).
"""


def close_connection() -> None:
    """For commands that end: leave nothing open."""
    connection.close()
