"""Input and output of commands that programs use: UTF-8 whatever the locale says; no input makes them fail."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO


def input_lines() -> Iterator[str]:
    """The lines of standard input without their ends. Bytes that are not UTF-8 become U+FFFD; a byte order mark is
    dropped.

    Only line feeds and carriage returns end a line; other Unicode line separators are part of it.
    """
    for line in _input_stream():
        yield line.rstrip("\r\n")


def input_bytes(warn: Callable[[str], object]) -> bytes:
    """All of standard input as UTF-8. UTF-16 with a byte order mark, as spreadsheets save it, is converted.

    warn: called with a sentence if some bytes are not UTF-8; they become U+FFFD.
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


def write_json_line(stream: Any, line: dict[str, Any]) -> None:
    """Write an object as a line of JSON. Letters that the encoding of the stream does not have are escaped."""
    text = json.dumps(line, ensure_ascii=False)
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        text = json.dumps(line)
    stream.write(text)


def _input_stream() -> TextIO:
    buffer = getattr(sys.stdin, "buffer", None)
    return io.TextIOWrapper(buffer, encoding="utf-8-sig", errors="replace") if buffer is not None else sys.stdin
