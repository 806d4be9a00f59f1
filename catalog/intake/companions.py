"""Companions: text files that belong to an image, which has the same folder and name except for the ending."""

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from catalog.images.models import Scan
from catalog.intake.checksums import Checksums
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.sources import Source
from catalog.intake.staging import Staged, compare_checksum
from catalog.intake.text_files import attach_texts
from catalog.texts.building import MOST_BYTES, UnreadableText
from catalog.texts.files import SUFFIXES, stem_of
from catalog.upkeep.failures import is_disk_full

Companion = tuple[Source, str]


def separate_companions(sources: Sequence[Source]) -> tuple[list[Source], list[Companion]]:
    """Separate the files to be taken in by themselves from the companions, each with the name of its image."""
    image_by_stem = {
        PurePosixPath(source.name).with_suffix("").as_posix().lower(): source.name
        for source in reversed(sources)
        if not source.name.lower().endswith(SUFFIXES)
    }
    images_and_others, companions = [], []
    for source in sources:
        image = image_by_stem.get(stem_of(source.name).lower())
        if image is None:
            images_and_others.append(source)
        else:
            companions.append((source, image))
    return images_and_others, companions


def attach_companion(
    batch: IntakeBatch, source: Source, image: str, folder: Path, checksums: Checksums | None
) -> tuple[Staged, list[Scan], bool]:
    """Attach a text file to the pages of its image, which was taken in by this batch or is a duplicate.

    Returns the staged file (with a reason if it is refused), the scans of the pages, and whether a text is new.
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
    if checksums is not None and compare_checksum(staged, checksums).reason:
        return staged, [], False
    image_line = IntakeFile.objects.filter(batch=batch, name=image).first()
    scans = list(image_line.scans.select_related("page__record").order_by("page__number")) if image_line else []
    try:
        if not scans:
            raise UnreadableText("no_scan")
        attached = attach_texts(pages=[scan.page for scan in scans], data=data, name=PurePosixPath(source.name).name)
    except UnreadableText as error:
        return staged.refuse(f"text_{error.code}", error.detail), [], False
    staged.warnings += [f"text_{code}" for code in attached.warnings]
    return staged, scans, bool(attached.texts)
