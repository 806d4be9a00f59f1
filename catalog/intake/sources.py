"""What lies in a folder (or a ZIP) to be taken in, in the order in which a person would read it."""

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
# A ZIP that grows more than so many times is a bomb; small ones may, as blank pages pack well.
MOST_RATIO, RATIO_FROM = 200, 10_000_000


class BadZip(ValueError):
    """The ZIP cannot be taken; the message says why."""


@dataclass(frozen=True)
class Source:
    """A file to be taken in. name: its path below what was given, as text that can be shown. fault: why it cannot be
    one ('' if it can), and the detail of that."""

    path: Path
    name: str
    fault: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Laid:
    """Files of one delivery that lie somewhere under names of ours, each with the name it came by. Names that people
    give may be longer than a disk takes (255 bytes are 85 Vietnamese letters), or stand twice in one ZIP."""

    files: list[tuple[Path, str]]


@dataclass(frozen=True)
class Delivery:
    """Files in natural order, the checksum lists found among them, and what the lists name and was not delivered."""

    sources: list[Source]
    checksums: Checksums | None
    missing: list[str]


def shown(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 as \\xNN, control and direction marks escaped."""
    text = os.fsencode(name).decode("utf-8", errors="backslashreplace")
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def deliver(given: Iterable[Path | Laid], checksums: Path | None = None) -> Delivery:
    """Everything below the given files and folders, and what was laid out from a ZIP or a browser. Raises OSError where
    what was given cannot be read at all."""
    lists = Checksums()
    sources: list[Source] = []
    if checksums is not None:
        _join(lists, read_checksums(checksums))
    for one in given:
        if isinstance(one, Laid):
            found = [Source(path, shown(name), _fault(path)) for path, name in one.files if not _ignored(name)]
        else:
            found = list(_below(one, one if one.is_dir() else one.parent))
        if isinstance(one, Laid) or one.is_dir():
            found = _without_lists(found, lists)
        sources += found
    sources.sort(key=lambda source: NATURAL(source.name))
    names = {source.name for source in sources} | {PurePosixPath(source.name).name for source in sources}
    missing = [name for name in lists.by_name if name not in names and not is_list(PurePosixPath(name).name)]
    return Delivery(sources, lists if lists.by_name or lists.unread else None, missing)


def unpack(path: Path, folder: Path) -> Laid:
    """Unpack a ZIP into `folder`, file by file, each under a number; the names come back beside them. Raises BadZip,
    and OSError where the disk is full, which says nothing about the ZIP."""
    folder.mkdir(parents=True, exist_ok=True)
    laid: list[tuple[Path, str]] = []
    try:
        with zipfile.ZipFile(path) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            _refuse_bomb(path, entries)
            for number, entry in enumerate(entries):
                if entry.flag_bits & 1:
                    raise BadZip("it is locked with a password; unpack it and give the folder")
                target = folder / f"{number}"
                with opened.open(entry) as packed, target.open("wb") as plain:
                    while piece := packed.read(1 << 20):
                        plain.write(piece)
                laid.append((target, _entry_name(entry.filename)))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error) as error:
        if isinstance(error, BadZip) or is_disk_full(error):
            raise
        # An error of the system names the place where it happened, which is nobody's business.
        said = error.strerror if isinstance(error, OSError) and error.strerror else f"{error}"
        raise BadZip(f"it is damaged ({said})") from error
    return Laid(laid)


def _refuse_bomb(path: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    whole = sum(entry.file_size for entry in entries)
    if whole > MOST_UNPACKED:
        raise BadZip("unpacked it would be larger than 200 GB")
    for entry in entries:
        if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
            raise BadZip(f"{shown(entry.filename)} grows more than {MOST_RATIO} times when unpacked")
    if whole > RATIO_FROM and whole > MOST_RATIO * path.stat().st_size:
        raise BadZip(f"it grows more than {MOST_RATIO} times when unpacked")


def _entry_name(said: str) -> str:
    """The name of a ZIP's entry as a path that climbs nowhere."""
    parts = [part for part in PurePosixPath(said.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return "/".join(part.replace("\0", "") or "_" for part in parts) or "_"


def _without_lists(found: list[Source], lists: Checksums) -> list[Source]:
    """Take the checksum lists out of a folder's files, and of a bag everything that is not its content."""
    for source in found:
        name = PurePosixPath(source.name)
        if is_list(name.name) and not source.fault:
            _join(lists, read_checksums(source.path, name.name), str(name.parent))
    bag = any(source.name == "bagit.txt" for source in found) and any(one.name.startswith("data/") for one in found)
    return [
        source
        for source in found
        if not is_list(PurePosixPath(source.name).name) and (not bag or source.name.startswith("data/"))
    ]


def _ignored(name: str) -> bool:
    """Whether some part of a path is what systems leave behind."""
    return any(part.lower() in IGNORED or part.startswith("._") for part in PurePosixPath(name).parts)


def _below(one: Path, root: Path) -> Iterator[Source]:
    if one.is_dir() and not one.is_symlink():
        for path in sorted(one.iterdir(), key=lambda path: os.fsencode(path.name)):
            if not _ignored(path.name):
                yield from _below(path, root)
        return
    yield Source(one, shown(str(one.relative_to(root))), _fault(one))


def _fault(path: Path) -> str:
    try:
        found = path.lstat()
    except OSError:
        return "unreadable"
    if stat.S_ISLNK(found.st_mode):
        return "link"
    if not stat.S_ISREG(found.st_mode):
        return "no_file"
    return "" if os.access(path, os.R_OK) else "unreadable"


def _join(to: Checksums, more: Checksums, below: str = ".") -> None:
    prefix = "" if below in (".", "") else f"{below}/"
    to.by_name.update({f"{prefix}{name}": value for name, value in more.by_name.items()})
    to.unread += more.unread
