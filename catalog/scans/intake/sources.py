"""What lies in a folder (or a ZIP) to be taken in, in the order in which a person would read it."""

import os
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from natsort import natsort_keygen, ns

from catalog.scans.intake.checksums import Checksums, is_list, read_checksums

NATURAL = natsort_keygen(alg=ns.PATH | ns.IGNORECASE)
IGNORED = {"thumbs.db", ".ds_store", "desktop.ini"}
MOST_UNPACKED = 200 * 1024**3
MOST_RATIO = 200


class BadZip(ValueError):
    """The ZIP cannot be taken; the message says why."""


@dataclass(frozen=True)
class Source:
    """A file to be taken in. name: its path below what was given, as text that can be shown. fault: why it cannot be one
    ('' if it can), and the detail of that."""

    path: Path
    name: str
    fault: str = ""
    detail: str = ""


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


def deliver(given: Iterable[Path], checksums: Path | None = None) -> Delivery:
    """Everything below the given files and folders. Raises OSError where what was given cannot be read at all."""
    lists = Checksums()
    sources: list[Source] = []
    if checksums is not None:
        _join(lists, read_checksums(checksums))
    for one in given:
        root = one if one.is_dir() else one.parent
        found = list(_below(one, root))
        if one.is_dir():
            for source in found:
                if is_list(source.path.name) and not source.fault:
                    _join(lists, read_checksums(source.path), str(PurePosixPath(source.name).parent))
            bag = (one / "bagit.txt").is_file() and (one / "data").is_dir()
            found = [
                source for source in found
                if not is_list(source.path.name) and (not bag or source.name.startswith("data/"))
            ]  # fmt: skip
        sources += found
    sources.sort(key=lambda source: NATURAL(source.name))
    names = {source.name for source in sources} | {PurePosixPath(source.name).name for source in sources}
    missing = [name for name in lists.by_name if name not in names and not is_list(PurePosixPath(name).name)]
    return Delivery(sources, lists if lists.by_name or lists.unread else None, missing)


def unpack(path: Path, folder: Path) -> None:
    """Unpack a ZIP into `folder`, file by file. Raises BadZip."""
    try:
        with zipfile.ZipFile(path) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise BadZip("unpacked it would be larger than 200 GB")
            for entry in entries:
                if entry.flag_bits & 1:
                    raise BadZip("it is locked with a password; unpack it and give the folder")
                if entry.file_size > 10_000_000 and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
                    raise BadZip(f"{shown(entry.filename)} grows more than {MOST_RATIO} times when unpacked")
                parts = [
                    part
                    for part in PurePosixPath(entry.filename.replace("\\", "/")).parts
                    if part not in ("/", "..", ".")
                ]
                target = folder.joinpath(*[part.replace("\0", "")[:200] or "_" for part in parts] or ["_"])
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as packed, target.open("wb") as plain:
                    while piece := packed.read(1 << 20):
                        plain.write(piece)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        if isinstance(error, BadZip):
            raise
        raise BadZip(f"it is damaged ({error})") from error


def _below(one: Path, root: Path) -> Iterator[Source]:
    if one.is_dir() and not one.is_symlink():
        for path in sorted(one.iterdir(), key=lambda path: os.fsencode(path.name)):
            if path.name.lower() not in IGNORED and not path.name.startswith("._"):
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
