"""Text files that lie beside the images they belong to: same folder, same name but for the ending."""

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from catalog.images.models import Scan
from catalog.intake.checksums import Checksums
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.sources import Source
from catalog.intake.staging import Staged, compared
from catalog.intake.text_files import attach_texts
from catalog.texts.building import MOST_BYTES, UnreadableText
from catalog.texts.files import SUFFIXES, stem_of
from catalog.upkeep.failures import is_disk_full

Companion = tuple[Source, str]


def part_companions(sources: Sequence[Source]) -> tuple[list[Source], list[Companion]]:
    """The files that are to be taken in by themselves, and the text files each with the name of the image it lies
    beside."""
    images = {
        PurePosixPath(source.name).with_suffix("").as_posix().lower(): source.name
        for source in reversed(sources)
        if not source.name.lower().endswith(SUFFIXES)
    }
    alone, beside = [], []
    for source in sources:
        image = images.get(stem_of(source.name).lower())
        if image is None:
            alone.append(source)
        else:
            beside.append((source, image))
    return alone, beside


def take_companion(
    batch: IntakeBatch, source: Source, image: str, folder: Path, checksums: Checksums | None
) -> tuple[Staged, list[Scan], bool]:
    """Hang a text file on the pages that its image became in this batch, or stood as already.

    Returns the file as staged (with a reason where it is refused), the pages' scans, and whether anything is new.
    """
    staged = Staged(source, folder)
    if source.fault:
        return staged.refuse(source.fault), [], False
    try:
        data = source.path.open("rb").read(MOST_BYTES + 1)
        folder.mkdir(parents=True, exist_ok=True)
        staged.copy = folder / "delivered"
        staged.copy.write_bytes(data)
    except OSError as error:
        if is_disk_full(error):
            raise
        return staged.refuse("unreadable", error.strerror or type(error).__name__), [], False
    staged.size, staged.sha256 = len(data), hashlib.sha256(data).hexdigest()
    if checksums is not None and compared(staged, checksums).reason:
        return staged, [], False
    of_image = IntakeFile.objects.filter(batch=batch, name=image).first()
    scans = list(of_image.scans.select_related("page__record").order_by("page__number")) if of_image else []
    try:
        if not scans:
            raise UnreadableText("no_scan")
        attached = attach_texts(pages=[scan.page for scan in scans], data=data, name=PurePosixPath(source.name).name)
    except UnreadableText as error:
        return staged.refuse(f"text_{error.code}", error.detail), [], False
    staged.warnings += [f"text_{code}" for code in attached.warnings]
    return staged, scans, bool(attached.texts)
