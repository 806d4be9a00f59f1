"""Reading an uploaded list of names, CSV or XLSX: it is read completely or refused with a message; rows that cannot be
searched are reported."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.cell import range_boundaries

from catalog.interchange.csv_tables import (
    UnreadableTable,
    column_of_heading,
    fold_heading,
    guess_delimiter,
    missing_name_column,
    read_rows,
)
from catalog.name_lists.answers import MOST_NAMES
from catalog.rules.dates import read_date
from catalog.rules.text import canonical
from catalog.search.people.person_query import FIELDS, LONGEST, PersonQuery, person_query_from

MOST_LIST_BYTES = 5 * 1024 * 1024
MOST_COLUMNS = 100
# A workbook is a ZIP, and a small one may be a bomb; one of 5,000 rows rarely unpacks to more than 10 MB.
MOST_UNPACKED = 40 * 1024 * 1024
MOST_PARTS = 500
# openpyxl creates each cell of a merged or linked area when it opens a workbook for writing.
MOST_MERGED_CELLS = 200_000
DATES = ("born", "enlisted", "died")
# Headings of associations' lists, in addition to those of the archive's own tables.
MORE_HEADINGS = {
    "full name": "name", "ho ten liet si": "name", "ho va ten liet si": "name", "ten liet si": "name",
    "nguyen quan": "home", "ngay sinh": "born", "ngay nhap ngu": "enlisted", "nam nhap ngu": "enlisted",
    "ngay hy sinh": "died", "nam hy sinh": "died", "ngay mat": "died", "nam mat": "died",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Why a row was not searched, or not with all its fields: its line, the heading of the column, and a code."""

    line: int
    heading: str
    code: str


@dataclass(frozen=True)
class QueryRow:
    """A row with its query (None if it cannot be searched) and its faults."""

    line: int
    query: PersonQuery | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class ListTable:
    """A table that was read. lines: (line number, cells as text) without the header; columns: our fields, '' for
    unknown headings."""

    is_workbook: bool
    delimiter: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return max(len(self.header), max((len(values) for _line, values in self.lines), default=0))

    def rows(self) -> Iterator[QueryRow]:
        """All rows with their queries."""
        for line, values in self.lines:
            yield self._row(line, values)

    def _row(self, line: int, values: Sequence[str]) -> QueryRow:
        values_by_column: dict[str, str] = {}
        heading_by_column: dict[str, str] = {}
        for heading, column, value in zip(self.header, self.columns, values, strict=False):
            if column and column not in values_by_column:
                values_by_column[column] = " ".join(canonical(value).replace("\0", " ").split())
                heading_by_column[column] = heading
        too_long = [
            Fault(line, heading_by_column[column], "long")
            for column in values_by_column
            if len(values_by_column[column]) > LONGEST
        ]
        if not any(letter.isalpha() for letter in values_by_column.get("name", "")):
            return QueryRow(line, None, (Fault(line, self.header[self.columns.index("name")], "no_name"), *too_long))
        if too_long:
            return QueryRow(line, None, tuple(too_long))
        unread_dates = [
            column
            for column in DATES
            if values_by_column.get(column) and "not_read" in read_date(values_by_column[column]).flags
        ]
        for column in unread_dates:
            del values_by_column[column]
        return QueryRow(
            line,
            person_query_from(values_by_column),
            tuple(Fault(line, heading_by_column[column], "date") for column in unread_dates),
        )


def fault_in_words(heading: str, code: str) -> str:
    """What is wrong with a row, and how to correct it."""
    parameters = {"column": heading}
    sentences = {
        "no_name": _("Column “%(column)s”: there is no name in this row. Write the name, or leave the row out."),
        "long": _(
            "Column “%(column)s”: the text is longer than 200 letters, so the row was not looked for. Shorten it to "
            "what is asked."
        ),
        "date": _(
            "Column “%(column)s”: the date could not be read and was left out of the search. Write 1967, 7/1967, "
            "5/7/1967 (5 July 1967) or “không rõ”."
        ),
        "common": _(
            "Column “%(column)s”: this name alone is borne by too many. Write the whole name, or add a unit, a home "
            "or a year in columns of their own."
        ),
    }
    return sentences[code] % parameters


def read_list(data: bytes) -> ListTable:
    """Read a list. Raises UnreadableTable with a message that says what is wrong with the file and how to correct
    it."""
    if len(data) > MOST_LIST_BYTES:
        raise UnreadableTable(
            _("The file is larger than 5 MB. Leave out pictures and other sheets, or split the list.")
        )
    if not data.strip():
        raise UnreadableTable(_("The file is empty. Save the table once more and choose it again."))
    if data.startswith(b"PK"):
        return _read_table(_workbook_lines(data), ",", is_workbook=True)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableTable(
            _("This is an old Excel file, or one with a password. Save it as .xlsx without a password and try again.")
        )
    if data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8", b"{\\rtf")) or b"\0" in data[:4096]:
        raise UnreadableTable(
            _(
                "This is neither a CSV nor an XLSX table. Open the list in a spreadsheet and save it as .xlsx or as "
                "“CSV UTF-8”."
            )
        )
    first = data[:100_000].splitlines()[0].decode("utf-8", "replace")
    return _read_table(read_rows(io.BytesIO(data)), guess_delimiter(first), is_workbook=False)


def _read_table(lines: Iterator[tuple[int, list[str]]], delimiter: str, *, is_workbook: bool) -> ListTable:
    header = [" ".join(heading.split())[:LONGEST] for heading in next(lines, (1, []))[1]]
    columns = [list_column(heading) for heading in header]
    if "name" not in columns:
        raise missing_name_column(header)
    rows: list[tuple[int, tuple[str, ...]]] = []
    for line, values in lines:
        if len(values) > MOST_COLUMNS or len(header) > MOST_COLUMNS:
            raise _too_many_columns()
        rows.append((line, tuple(values)))
        if len(rows) > MOST_NAMES:
            raise UnreadableTable(
                _("The list has more than 5,000 rows. Split it into several files and send them one after another.")
            )
    if not rows:
        raise UnreadableTable(_("Below the header there is no row. Write one name a row and try again."))
    return ListTable(is_workbook, delimiter, tuple(header), tuple(columns), tuple(rows))


def list_column(heading: str) -> str:
    """The field for a heading in English or Vietnamese; '' for an unknown heading."""
    return MORE_HEADINGS.get(fold_heading(heading)) or column_of_heading(heading, FIELDS)


def _too_many_columns() -> UnreadableTable:
    return UnreadableTable(
        _("The table has more than 100 columns. Copy the columns with names into a new table and try again.")
    )


def _damaged() -> UnreadableTable:
    return UnreadableTable(
        _(
            "The workbook cannot be opened; it seems damaged. Open it in a spreadsheet, save it once more as .xlsx "
            "and try again."
        )
    )


def _workbook_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells as text) of the first sheet: row 1, then each row that is not empty."""
    try:
        _refuse_bombs(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # The size stated in a sheet may be wrong, and rows would be padded to it.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            if len(cells) > 20 * MOST_COLUMNS:
                raise _too_many_columns()
            values = [cell_in_words(value) for value in cells]
            while values and not values[-1]:
                values.pop()
            if number == 1 or values:
                yield number, values
    except UnreadableTable:
        raise
    except Exception as error:
        # For a damaged workbook openpyxl may raise nearly any exception.
        raise _damaged() from error


def cell_in_words(value: object) -> str:
    """A cell as text: 1944, not 1944.0; days as 1967-07-05; '' for error values of the spreadsheet."""
    if value is None or value in ERROR_CODES:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return re.sub(r"\s+", " ", str(value)).strip()


def _refuse_bombs(data: bytes) -> None:
    """Refuse a workbook that unpacks to far more than a list of names needs, or that has huge areas. The stated sizes
    can be trusted, since zipfile never reads more than the stated size."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise UnreadableTable(
                _(
                    "Unpacked, this workbook is far larger than a list of names. Copy the rows into a new workbook "
                    "and try again."
                )
            )
        for part in parts:
            if _has_huge_area(archive, part):
                raise UnreadableTable(
                    _(
                        "In this workbook a very large area is merged or one link. Copy the rows into a new workbook "
                        "and try again."
                    )
                )


def _has_huge_area(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    cells = 0
    try:
        with archive.open(part) as stream:
            events = ElementTree.iterparse(stream, events=("start", "end"))  # noqa: S314 — expat caps what entities grow to
            for index, (event, element) in enumerate(events):
                kind = element.tag.rpartition("}")[2]
                if index == 0 and kind != "worksheet":
                    return False
                if event == "start" and kind in ("mergeCell", "hyperlink") and ":" in element.get("ref", ""):
                    left, top, right, bottom = range_boundaries(element.get("ref", ""))
                    columns, rows = (right or 16_384) - (left or 1) + 1, (bottom or 1_048_576) - (top or 1) + 1
                    cells += columns * rows
                    if cells > MOST_MERGED_CELLS or (right or 16_384) > 20 * MOST_COLUMNS:
                        return True
                if event == "end":
                    element.clear()
    except ElementTree.ParseError:
        # An image, or a damaged part for which opening the workbook will fail too.
        return False
    return False
