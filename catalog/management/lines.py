"""Lines in and out of the commands that programs use: UTF-8 whatever the terminal says, nothing typed can break
them."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO


def typed_lines() -> Iterator[str]:
    """The lines of standard input without their ends; bytes that are no UTF-8 become U+FFFD, a byte order mark is
    dropped.

    Lines end at line feeds alone (or at carriage returns): what else looks like an end stands within a line.
    """
    for line in _input():
        yield line.rstrip("\r\n")


def typed_bytes(warn: Callable[[str], object]) -> bytes:
    """All of standard input as UTF-8; UTF-16 with its mark, as spreadsheets save it, is turned into it.

    `warn` is told where bytes were no UTF-8: they become U+FFFD and the rest is read.
    """
    stream: Any = getattr(sys.stdin, "buffer", None)
    data: bytes = stream.read() if stream is not None else sys.stdin.read().encode("utf-8", "replace")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    try:
        return data.decode("utf-8-sig").encode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        warn(
            f"Line {line} is not in UTF-8; what cannot be read there is left out. Save the list as UTF-8 for better "
            "answers."
        )
        return data.decode("utf-8-sig", "replace").encode()


def said_as_json(stream: Any, line: dict[str, Any]) -> None:
    """Write one object on a line of its own. Where the terminal cannot show a letter it is escaped, as JSON allows."""
    text = json.dumps(line, ensure_ascii=False)
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        text = json.dumps(line)
    stream.write(text)


def _input() -> TextIO:
    buffer = getattr(sys.stdin, "buffer", None)
    return io.TextIOWrapper(buffer, encoding="utf-8-sig", errors="replace") if buffer is not None else sys.stdin
