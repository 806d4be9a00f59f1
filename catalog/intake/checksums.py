"""Checksum lists delivered with files: `sha256sum` and `md5sum` format (GNU coreutils), BagIt manifests (RFC 8493,
2.1.3)."""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

LINE = re.compile(r"\\?(?P<sum>[0-9a-fA-F]{32}|[0-9a-fA-F]{64})[ \t]+[* ]?(?P<name>.+)")
LISTS = re.compile(
    r"(manifest-(md5|sha256)\.txt|(md5|sha256)sums?(\.txt)?|.*\.(md5|sha256|md5sums?|sha256sums?))", re.IGNORECASE
)
BAG_TAGS = {"bagit.txt", "bag-info.txt", "fetch.txt"}
ESCAPES = {"%0A": "\n", "%0a": "\n", "%0D": "\r", "%0d": "\r", "%25": "%"}
MOST_BYTES = 64 * 1024 * 1024


@dataclass
class Checksums:
    """Delivered sums by path relative to where the list lies; `unread`: numbers of lines that are none."""

    by_name: dict[str, str] = field(default_factory=dict)
    unread: list[int] = field(default_factory=list)

    def of(self, relative: str) -> str | None:
        """The sum (lower case; MD5 or SHA-256 by its length) of a file by its path; None where it is not in the
        list."""
        return self.by_name.get(_key(relative)) or self.by_name.get(PurePosixPath(_key(relative)).name)


def read_checksums(path: Path, name: str = "") -> Checksums:
    """Read a list. name: what it is called, where it lies under another name. Raises OSError."""
    found = Checksums()
    bag = (name or path.name).lower().startswith("manifest-")
    text = path.open("rb").read(MOST_BYTES).decode("utf-8-sig", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        read = LINE.fullmatch(line.strip())
        if read is None:
            found.unread.append(number)
            continue
        listed = read["name"]
        if bag:
            for coded, plain in ESCAPES.items():
                listed = listed.replace(coded, plain)
        elif line.startswith("\\"):
            listed = listed.replace("\\n", "\n").replace("\\r", "\r").replace("\\\\", "\\")
        found.by_name[_key(listed)] = read["sum"].lower()
    return found


def is_list(name: str) -> bool:
    """Whether a file of this name is a checksum list or a tag file of a bag, and no scan."""
    return bool(LISTS.fullmatch(name)) or name in BAG_TAGS or name.lower().startswith("tagmanifest-")


def _key(name: str) -> str:
    return str(PurePosixPath(name.replace("\\", "/").removeprefix("./")))
