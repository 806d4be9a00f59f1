"""CSV tables that people upload: with a header in English or Vietnamese, separated by commas, semicolons or tabs."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import IO

from django.utils.translation import gettext as _

from catalog.rules.text import fold

# Columns of the archive's own tables by their Vietnamese (or other English) headings, folded.
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
    """The table cannot be read. The message says why, and what to do about it."""


def read_table(stream: IO[bytes], known: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(number of the line, values by column) of each row below the header, of the columns that are `known`. UTF-8, with
    or without a byte order mark.

    Raises UnreadableTable where it cannot be read as CSV, or where the header lacks the column `name`.
    """
    rows = read_rows(stream)
    header = next(rows)[1]
    columns = [column_of_heading(heading, known) for heading in header]
    if "name" not in columns:
        raise missing_name_column(header)
    for line, values in rows:
        yield line, {column: value for column, value in zip(columns, values, strict=False) if column}


def read_rows(stream: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """(number of the line, values) of a CSV: the header first, then every row that is not empty. Raises
    UnreadableTable."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        first_line = text.readline()
    except UnicodeDecodeError:
        raise UnreadableTable(_("The table is not in UTF-8. Save it as “CSV UTF-8” and try again.")) from None
    delimiter = guess_delimiter(first_line)
    try:
        header = next(csv.reader([first_line], delimiter=delimiter), [])
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


def guess_delimiter(first_line: str) -> str:
    """The character that separates columns: the one of comma, semicolon and tab that the first line has most of."""
    return max(",;\t", key=first_line.count)


def missing_name_column(header: Sequence[str]) -> UnreadableTable:
    """The error for a header without the column `name`."""
    return UnreadableTable(
        _("The first line must name the columns, and one must be “name”. Found: %(found)s")
        % {"found": ", ".join(header)[:200] or _("nothing")}
    )


def column_of_heading(heading: str, known: Sequence[str]) -> str:
    """The column that a heading means, in English or Vietnamese; "" where that is not among the `known` ones."""
    folded = fold_heading(heading)
    column = HEADINGS.get(folded, folded)
    return column if column in known else ""


def fold_heading(heading: str) -> str:
    """A heading in the form in which headings are compared: folded, underscores as spaces, single spaces."""
    return " ".join(fold(heading).replace("_", " ").split())
