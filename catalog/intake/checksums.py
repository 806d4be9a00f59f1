"""Checksum lists delivered with files: `sha256sum` and `md5sum` format (GNU coreutils), BagIt manifests (RFC 8493,
2.1.3).

Our own and not `bagit`: version 1.9 reads only complete bags in a folder, and no lists of other formats.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

LINE = re.compile(r"\\?(?P<sum>[0-9a-fA-F]{32}|[0-9a-fA-F]{64})[ \t]+[* ]?(?P<name>.+)")
LISTS = re.compile(
    r"(manifest-(md5|sha256)\.txt|(md5|sha256)sums?(\.txt)?|.*\.(md5|sha256|md5sums?|sha256sums?))", re.IGNORECASE
)
BAG_TAG_FILES = {"bagit.txt", "bag-info.txt", "fetch.txt"}
BAG_ESCAPES = {"%0A": "\n", "%0a": "\n", "%0D": "\r", "%0d": "\r", "%25": "%"}
MOST_BYTES = 64 * 1024 * 1024


@dataclass
class Checksums:
    """Delivered checksums by path relative to the list; `unread_lines`: numbers of lines that could not be read."""

    by_name: dict[str, str] = field(default_factory=dict)
    unread_lines: list[int] = field(default_factory=list)

    def of(self, relative: str) -> str | None:
        """The checksum of a file by its path, in lower case, MD5 or SHA-256 by its length; None if it is not in the
        list."""
        return self.by_name.get(_normalize_path(relative)) or self.by_name.get(
            PurePosixPath(_normalize_path(relative)).name
        )


def read_checksums(path: Path, name: str = "") -> Checksums:
    """Read a list. name: its delivered name, if it is stored under another one. Raises OSError."""
    checksums = Checksums()
    is_bag = (name or path.name).lower().startswith("manifest-")
    text = path.open("rb").read(MOST_BYTES).decode("utf-8-sig", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            checksums.unread_lines.append(number)
            continue
        listed_name = match["name"]
        if is_bag:
            for coded, plain in BAG_ESCAPES.items():
                listed_name = listed_name.replace(coded, plain)
        elif line.startswith("\\"):
            listed_name = listed_name.replace("\\n", "\n").replace("\\r", "\r").replace("\\\\", "\\")
        checksums.by_name[_normalize_path(listed_name)] = match["sum"].lower()
    return checksums


def is_list(name: str) -> bool:
    """Whether a file with this name is a checksum list or a tag file of a bag, and not a scan."""
    return bool(LISTS.fullmatch(name)) or name in BAG_TAG_FILES or name.lower().startswith("tagmanifest-")


def _normalize_path(name: str) -> str:
    return str(PurePosixPath(name.replace("\\", "/").removeprefix("./")))
