"""From a delivered file to a staged copy, hashed while it is written, and looked at whole: everything before the
database."""

import errno
import hashlib
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from catalog.intake.checksums import Checksums
from catalog.intake.decoder import Decoder
from catalog.intake.derivatives import Refused
from catalog.intake.signatures import HEAD, HEIC, SUFFIXES, taken, what_it_is
from catalog.intake.sources import Source
from catalog.upkeep.failures import is_disk_full

PIECE = 1 << 20
# A disk with less room than this is full, whatever a library says it failed of.
NO_ROOM = 1 << 20


@dataclass
class Staged:
    """A file copied beside the archive. `copy` '' where nothing could be copied; `reason` says why it is refused."""

    source: Source
    folder: Path
    copy: Path | None = None
    size: int = 0
    sha256: str = ""
    media_type: str = ""
    reason: str = ""
    detail: str = ""
    warnings: list[str] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, code: str, detail: str = "") -> "Staged":
        """The same, refused."""
        self.reason, self.detail = code, " ".join(detail.split())[:400]
        return self

    def drop(self) -> None:
        """Remove what was staged."""
        shutil.rmtree(self.folder, ignore_errors=True)


def stage(source: Source, folder: Path, *, most_bytes: int, checksums: Checksums | None) -> Staged:
    """Copy and hash one file into `folder`, and compare it with its delivered sum. Never raises for a bad file; raises
    OSError where the disk is full, which is no fault of the file's."""
    staged = Staged(source, folder)
    if source.fault and source.fault != "zip":
        return staged.refuse(source.fault)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with source.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                return staged.refuse("empty")
            if size > most_bytes:
                return staged.refuse("too_large", f"{size} > {most_bytes}")
            _copy(file, staged)
    except OSError as error:
        if is_disk_full(error):
            raise
        return staged.refuse("unreadable", error.strerror or type(error).__name__)
    if source.fault:
        return staged.refuse(source.fault, source.detail)
    with staged.copy.open("rb") as copied:  # type: ignore[union-attr]
        kind = what_it_is(copied.read(HEAD))
    kind = HEIC if kind == "HEIC" and HEIC in taken() else kind
    if kind not in taken():
        return staged.refuse("kind", kind)
    staged.media_type = kind
    suffix = PurePath(source.name).suffix.lower()
    if suffix not in SUFFIXES[kind]:
        staged.warnings.append("extension")
    return staged if checksums is None else compared(staged, checksums)


def decode_staged(staged: Staged, decoder: Decoder) -> Staged:
    """Look at every page of a staged file. Never raises for a bad file; raises OSError where the disk is full."""
    if staged.reason or staged.copy is None:
        return staged
    try:
        staged.pages = decoder.decode(staged.copy, staged.media_type, staged.folder)
    except Refused as error:
        if error.code in ("damaged", "stopped") and shutil.disk_usage(staged.folder).free < NO_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        kind = staged.media_type.partition("/")[2].upper()
        return staged.refuse(error.code, f"{kind}: {error.detail}" if error.code == "damaged" else error.detail)
    for page in staged.pages:
        staged.warnings += [one for one in page["warnings"] if one not in staged.warnings]
    return staged


def _copy(file: Any, staged: Staged) -> None:
    sha = hashlib.sha256()
    staged.copy = staged.folder / "delivered"
    with staged.copy.open("wb") as copy:
        while piece := file.read(PIECE):
            sha.update(piece)
            copy.write(piece)
            staged.size += len(piece)
        copy.flush()
        # The bytes are on the disk before any row says that they are kept.
        os.fsync(copy.fileno())
    staged.sha256 = sha.hexdigest()


def compared(staged: Staged, checksums: Checksums) -> Staged:
    """A copied file held against its delivered sum: refused where it is another file, noted where the list does not
    name it."""
    wanted = checksums.of(staged.source.name)
    if wanted is None:
        staged.warnings.append("not_listed")
        return staged
    found = staged.sha256
    if len(wanted) == 32:
        with staged.copy.open("rb") as copied:  # type: ignore[union-attr]
            found = hashlib.file_digest(copied, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return staged if found == wanted else staged.refuse("checksum", f"{found} ≠ {wanted}")
