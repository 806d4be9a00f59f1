"""Staging: copying and hashing a delivered file, checking and decoding the copy. All steps before the database."""

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
from catalog.intake.signatures import HEAD_BYTES, HEIC, SUFFIXES, accepted_types, detect_type
from catalog.intake.sources import Source
from catalog.upkeep.failures import is_disk_full

CHUNK_BYTES = 1 << 20
# With less free space than this the disk is taken as full, whatever error a library reports.
DISK_FULL_BELOW = 1 << 20


@dataclass
class Staged:
    """A copied file before it is accepted. copy: None if it could not be copied; reason: code why it is refused, '' if
    it is not; pages: see `decoding.decode`."""

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

    @property
    def is_single(self) -> bool:
        """Whether the delivered file is itself the image of its only page."""
        return len(self.pages) == 1 and not self.pages[0]["master"]

    def refuse(self, code: str, detail: str = "") -> "Staged":
        """Mark it as refused; returns itself."""
        self.reason, self.detail = code, " ".join(detail.split())[:400]
        return self

    def drop(self) -> None:
        """Delete the staged files."""
        shutil.rmtree(self.folder, ignore_errors=True)


def stage(source: Source, folder: Path, *, most_bytes: int, checksums: Checksums | None) -> Staged:
    """Copy and hash one file into `folder`, and compare it with its delivered checksum. Never raises for a bad file;
    raises OSError if the disk is full."""
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
    with staged.copy.open("rb") as copy:  # type: ignore[union-attr]
        detected = detect_type(copy.read(HEAD_BYTES))
    detected = HEIC if detected == "HEIC" and HEIC in accepted_types() else detected
    if detected not in accepted_types():
        return staged.refuse("kind", detected)
    staged.media_type = detected
    suffix = PurePath(source.name).suffix.lower()
    if suffix not in SUFFIXES[detected]:
        staged.warnings.append("extension")
    return staged if checksums is None else compare_checksum(staged, checksums)


def decode_staged(staged: Staged, decoder: Decoder) -> Staged:
    """Decode all pages of a staged file. Never raises for a bad file; raises OSError if the disk is full."""
    if staged.reason or staged.copy is None:
        return staged
    try:
        staged.pages = decoder.decode(staged.copy, staged.media_type, staged.folder)
    except Refused as error:
        if error.code in ("damaged", "stopped") and shutil.disk_usage(staged.folder).free < DISK_FULL_BELOW:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        format_name = staged.media_type.partition("/")[2].upper()
        return staged.refuse(error.code, f"{format_name}: {error.detail}" if error.code == "damaged" else error.detail)
    for page in staged.pages:
        staged.warnings += [code for code in page["warnings"] if code not in staged.warnings]
    return staged


def _copy(file: Any, staged: Staged) -> None:
    digest = hashlib.sha256()
    staged.copy = staged.folder / "delivered"
    with staged.copy.open("wb") as copy:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            copy.write(chunk)
            staged.size += len(chunk)
        copy.flush()
        # Synced to the disk before any database row refers to the file.
        os.fsync(copy.fileno())
    staged.sha256 = digest.hexdigest()


def compare_checksum(staged: Staged, checksums: Checksums) -> Staged:
    """Compare a copied file with its delivered checksum: refuse it if they differ, warn if the list does not name
    it."""
    expected = checksums.of(staged.source.name)
    if expected is None:
        staged.warnings.append("not_listed")
        return staged
    actual = staged.sha256
    if len(expected) == 32:
        with staged.copy.open("rb") as copied:  # type: ignore[union-attr]
            actual = hashlib.file_digest(copied, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return staged if actual == expected else staged.refuse("checksum", f"{actual} ≠ {expected}")
