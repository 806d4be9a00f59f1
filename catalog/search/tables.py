"""Tables that people bring: a CSV of theirs with a header, whatever it separates by and whichever language it is headed
in."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import IO

from django.utils.translation import gettext as _

from catalog.rules.text import fold

HEADINGS = {
    "ho so": "record",
    "so ho so": "record",
    "file": "record",
    "trang": "page",
    "ten": "name",
    "ho ten": "name",
    "ho va ten": "name",
    "cach doc khac": "alternates",
    "bi danh": "aliases",
    "cap bac": "rank",
    "chuc vu": "post",
    "don vi": "unit",
    "que": "home",
    "que quan": "home",
    "sinh": "born",
    "nam sinh": "born",
    "nhap ngu": "enlisted",
    "hy sinh": "died",
    "mat": "died",
    "than nhan": "kin",
    "so hieu": "number",
    "ghi chu": "note",
}


class UnreadableTable(ValueError):
    """The table as a whole cannot be read; the message says why and how to mend it."""


def read_table(stream: IO[bytes], named: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values by column) of a CSV with a header; commas, semicolons or tabs; UTF-8 with or without its mark.

    Raises UnreadableTable where it is no such table or the header lacks the column `name`.
    """
    lines = read_lines(stream)
    header = next(lines)[1]
    columns = [column_named(heading, named) for heading in header]
    if "name" not in columns:
        raise without_names(header)
    for line, values in lines:
        yield line, {column: value for column, value in zip(columns, values, strict=False) if column}


def read_lines(stream: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """(line, values) of a CSV: its header first, then every line on which something stands. Raises UnreadableTable."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        first = text.readline()
    except UnicodeDecodeError:
        raise UnreadableTable(_("The table is not in UTF-8. Save it as “CSV UTF-8” and try again.")) from None
    delimiter = delimiter_of(first)
    try:
        header = next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error as error:
        raise UnreadableTable(
            _("Line %(line)s cannot be read as CSV: %(error)s") % {"line": 1, "error": error}
        ) from None
    yield 1, header
    reader = csv.reader(text, delimiter=delimiter)
    try:
        for values in reader:
            line = reader.line_num + 1
            if any(value.strip() for value in values):
                yield line, values
    except UnicodeDecodeError:
        raise UnreadableTable(
            _("Line %(line)s is not in UTF-8. Save the table as “CSV UTF-8” and try again.")
            % {"line": reader.line_num + 2}
        ) from None
    except csv.Error as error:
        raise UnreadableTable(
            _("Line %(line)s cannot be read as CSV: %(error)s") % {"line": reader.line_num + 1, "error": error}
        ) from None


def delimiter_of(first: str) -> str:
    """What a table separates its columns by, from its first line."""
    return max(",;\t", key=first.count)


def without_names(header: Sequence[str]) -> UnreadableTable:
    """The complaint about a header that names no column of names."""
    return UnreadableTable(
        _("The first line must name the columns, and one must be “name”. Found: %(found)s")
        % {"found": ", ".join(header)[:200] or _("nothing")}
    )


def column_named(heading: str, named: Sequence[str]) -> str:
    """The column that a heading means, in English or Vietnamese; '' for one that is not ours."""
    plain = " ".join(fold(heading).replace("_", " ").split())
    plain = HEADINGS.get(plain, plain)
    return plain if plain in named else ""
