"""Listing the files of a delivery from folders, ZIPs or uploads, in natural order."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from natsort import natsort_keygen, ns

from catalog.intake.checksums import Checksums, is_list, read_checksums
from catalog.upkeep.failures import is_disk_full

NATURAL = natsort_keygen(alg=ns.PATH | ns.IGNORECASE)
IGNORED = {"thumbs.db", ".ds_store", "desktop.ini"}
MOST_UNPACKED = 200 * 1024**3
# A ZIP that grows more than MOST_RATIO times is a bomb, unless it is small: blank pages compress well.
MOST_RATIO, RATIO_FROM = 200, 10_000_000


class BadZip(ValueError):
    """The ZIP cannot be used; the message says why."""


@dataclass(frozen=True)
class Source:
    """A file to be taken in. name: its path below the given folder, as printable text; fault: a code why it cannot be
    taken in, '' if it can; detail: of the fault."""

    path: Path
    name: str
    fault: str = ""
    detail: str = ""


@dataclass(frozen=True)
class NamedFiles:
    """Files of a delivery stored under our own names, each with its delivered name. Delivered names may be longer than
    a file system allows (255 bytes are 85 Vietnamese letters), or occur twice in one ZIP."""

    files: list[tuple[Path, str]]


@dataclass(frozen=True)
class Delivery:
    """Files in natural order, the checksums of the lists among them, and names in the lists that were not delivered."""

    sources: list[Source]
    checksums: Checksums | None
    missing: list[str]


def printable_name(name: str) -> str:
    """A file name as printable text: bytes that are not UTF-8 as \\xNN, control and direction characters escaped."""
    text = os.fsencode(name).decode("utf-8", errors="backslashreplace")
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def read_delivery(paths: Iterable[Path | NamedFiles], checksums: Path | None = None) -> Delivery:
    """All files below the given files and folders, and those from a ZIP or a browser. checksums: a list in addition to
    those among the files. Raises OSError if a given path cannot be read."""
    lists = Checksums()
    sources: list[Source] = []
    if checksums is not None:
        _add_checksums(lists, read_checksums(checksums))
    for item in paths:
        if isinstance(item, NamedFiles):
            files = [
                Source(path, printable_name(name), _fault(path)) for path, name in item.files if not _ignored(name)
            ]
        else:
            files = list(_files_below(item, item if item.is_dir() else item.parent))
        if isinstance(item, NamedFiles) or item.is_dir():
            files = _without_lists(files, lists)
        sources += files
    sources.sort(key=lambda source: NATURAL(source.name))
    names = {source.name for source in sources} | {PurePosixPath(source.name).name for source in sources}
    missing = [name for name in lists.by_name if name not in names and not is_list(PurePosixPath(name).name)]
    return Delivery(sources, lists if lists.by_name or lists.unread_lines else None, missing)


def unpack(path: Path, folder: Path) -> NamedFiles:
    """Unpack a ZIP into `folder`, each file under a number; returns the files with their names. Raises BadZip; OSError
    if the disk is full, which is not the ZIP's fault."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[tuple[Path, str]] = []
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_bomb(path, entries)
            for number, entry in enumerate(entries):
                if entry.flag_bits & 1:
                    raise BadZip("it is locked with a password; unpack it and give the folder")
                target = folder / f"{number}"
                with archive.open(entry) as packed, target.open("wb") as output:
                    while chunk := packed.read(1 << 20):
                        output.write(chunk)
                files.append((target, _entry_name(entry.filename)))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error) as error:
        if isinstance(error, BadZip) or is_disk_full(error):
            raise
        # The message of an OSError contains a path, which users must not see: use only its reason.
        message = error.strerror if isinstance(error, OSError) and error.strerror else f"{error}"
        raise BadZip(f"it is damaged ({message})") from error
    return NamedFiles(files)


def _refuse_bomb(path: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > MOST_UNPACKED:
        raise BadZip("unpacked it would be larger than 200 GB")
    for entry in entries:
        if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
            raise BadZip(f"{printable_name(entry.filename)} grows more than {MOST_RATIO} times when unpacked")
    if total > RATIO_FROM and total > MOST_RATIO * path.stat().st_size:
        raise BadZip(f"it grows more than {MOST_RATIO} times when unpacked")


def _entry_name(entry_name: str) -> str:
    """The name of a ZIP entry as a relative path that leads to no parent folder."""
    parts = [part for part in PurePosixPath(entry_name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return "/".join(part.replace("\0", "") or "_" for part in parts) or "_"


def _without_lists(files: list[Source], lists: Checksums) -> list[Source]:
    """The files without checksum lists, which are read into `lists`; of a BagIt bag only its content."""
    for source in files:
        name = PurePosixPath(source.name)
        if is_list(name.name) and not source.fault:
            _add_checksums(lists, read_checksums(source.path, name.name), str(name.parent))
    is_bag = any(source.name == "bagit.txt" for source in files) and any(
        source.name.startswith("data/") for source in files
    )
    return [
        source
        for source in files
        if not is_list(PurePosixPath(source.name).name) and (not is_bag or source.name.startswith("data/"))
    ]


def _ignored(name: str) -> bool:
    """Whether a part of the path is a file or folder that operating systems create."""
    return any(part.lower() in IGNORED or part.startswith("._") for part in PurePosixPath(name).parts)


def _files_below(path: Path, root: Path) -> Iterator[Source]:
    if path.is_dir() and not path.is_symlink():
        for child in sorted(path.iterdir(), key=lambda child: os.fsencode(child.name)):
            if not _ignored(child.name):
                yield from _files_below(child, root)
        return
    yield Source(path, printable_name(str(path.relative_to(root))), _fault(path))


def _fault(path: Path) -> str:
    try:
        file_stat = path.lstat()
    except OSError:
        return "unreadable"
    if stat.S_ISLNK(file_stat.st_mode):
        return "link"
    if not stat.S_ISREG(file_stat.st_mode):
        return "no_file"
    return "" if os.access(path, os.R_OK) else "unreadable"


def _add_checksums(target: Checksums, added: Checksums, folder: str = ".") -> None:
    prefix = "" if folder in (".", "") else f"{folder}/"
    target.by_name.update({f"{prefix}{name}": value for name, value in added.by_name.items()})
    target.unread_lines += added.unread_lines
