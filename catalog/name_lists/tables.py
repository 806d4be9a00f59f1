"""A list of names as it comes: CSV or XLSX, read whole or refused with a sentence; each row that cannot be asked is
named."""

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

from catalog.name_lists.answers import MOST_NAMES
from catalog.rules.dates import read_date
from catalog.rules.text import canonical, fold
from catalog.search.people.person_query import FIELDS, LONGEST, PersonQuery, person_query_from
from catalog.search.tables import UnreadableTable, column_named, delimiter_of, read_lines, without_names

MOST_BYTES = 5 * 1024 * 1024
MOST_COLUMNS = 100
# A workbook is a zip, and a small one may unpack to anything; one of 5,000 rows seldom passes 10 MB.
MOST_UNPACKED = 40 * 1024 * 1024
MOST_PARTS = 500
# A merged area or a link over an area is unfolded cell by cell when a workbook is opened to be written.
MOST_MERGED = 200_000
DATES = ("born", "enlisted", "died")
# Headings that associations' lists bear beside those of the archive's own tables.
MORE_HEADINGS = {
    "full name": "name", "ho ten liet si": "name", "ho va ten liet si": "name", "ten liet si": "name",
    "nguyen quan": "home", "ngay sinh": "born", "ngay nhap ngu": "enlisted", "nam nhap ngu": "enlisted",
    "ngay hy sinh": "died", "nam hy sinh": "died", "ngay mat": "died", "nam mat": "died",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Why a row was not asked, or not asked whole: its line, the heading of the column, and a code for the words."""

    line: int
    heading: str
    code: str


@dataclass(frozen=True)
class AskedRow:
    """A row: the question in it (None where there is none to ask), and what is wrong with it."""

    line: int
    query: PersonQuery | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class ListTable:
    """A table as read: `lines` holds (line, every cell as text) without the header; `columns` ours, '' for others."""

    is_workbook: bool
    delimiter: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def width(self) -> int:
        """How many columns something stands in."""
        return max(len(self.header), max((len(values) for _line, values in self.lines), default=0))

    def rows(self) -> Iterator[AskedRow]:
        """Every row with its question."""
        for line, values in self.lines:
            yield self._row(line, values)

    def _row(self, line: int, values: Sequence[str]) -> AskedRow:
        said: dict[str, str] = {}
        heading: dict[str, str] = {}
        for title, column, value in zip(self.header, self.columns, values, strict=False):
            if column and column not in said:
                said[column] = " ".join(canonical(value).replace("\0", " ").split())
                heading[column] = title
        long = [Fault(line, heading[column], "long") for column in said if len(said[column]) > LONGEST]
        if not any(letter.isalpha() for letter in said.get("name", "")):
            return AskedRow(line, None, (Fault(line, self.header[self.columns.index("name")], "no_name"), *long))
        if long:
            return AskedRow(line, None, tuple(long))
        unread = [column for column in DATES if said.get(column) and "not_read" in read_date(said[column]).flags]
        for column in unread:
            del said[column]
        return AskedRow(line, person_query_from(said), tuple(Fault(line, heading[column], "date") for column in unread))


def fault_in_words(heading: str, code: str) -> str:
    """What is wrong with a row and how to mend it."""
    where = {"column": heading}
    words = {
        "no_name": _("Column “%(column)s”: there is no name in this row. Write the name, or leave the row out."),
        "long": _(
            "Column “%(column)s”: the text is longer than 200 letters, so the row was not looked for. Shorten it to "
            "what is asked."
        ),
        "date": _(
            "Column “%(column)s”: the date could not be read and was left out of the search. Write 1967, 7/1967, "
            "5/7/1967 or “không rõ”."
        ),
        "common": _(
            "Column “%(column)s”: this name alone is borne by too many. Write the whole name, or add a unit, a home "
            "or a year in columns of their own."
        ),
    }
    return words[code] % where


def read_list(data: bytes) -> ListTable:
    """Read a whole list. Raises UnreadableTable, saying what is wrong with the file and how to mend it."""
    if len(data) > MOST_BYTES:
        raise UnreadableTable(
            _("The file is larger than 5 MB. Leave out pictures and other sheets, or split the list.")
        )
    if not data.strip():
        raise UnreadableTable(_("The file is empty. Save the table once more and choose it again."))
    if data.startswith(b"PK"):
        return _taken(_workbook_lines(data), ",", is_workbook=True)
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
    return _taken(read_lines(io.BytesIO(data)), delimiter_of(first), is_workbook=False)


def _taken(lines: Iterator[tuple[int, list[str]]], delimiter: str, *, is_workbook: bool) -> ListTable:
    header = [" ".join(heading.split())[:LONGEST] for heading in next(lines, (1, []))[1]]
    columns = [list_column(heading) for heading in header]
    if "name" not in columns:
        raise without_names(header)
    kept: list[tuple[int, tuple[str, ...]]] = []
    for line, values in lines:
        if len(values) > MOST_COLUMNS or len(header) > MOST_COLUMNS:
            raise _too_wide()
        kept.append((line, tuple(values)))
        if len(kept) > MOST_NAMES:
            raise UnreadableTable(
                _("The list has more than 5,000 rows. Split it into several files and send them one after another.")
            )
    if not kept:
        raise UnreadableTable(_("Below the header there is no row. Write one name a row and try again."))
    return ListTable(is_workbook, delimiter, tuple(header), tuple(columns), tuple(kept))


def list_column(heading: str) -> str:
    """The field that a list's heading means, in English or Vietnamese; '' for one that is not ours."""
    plain = " ".join(fold(heading).replace("_", " ").split())
    return MORE_HEADINGS.get(plain) or column_named(heading, FIELDS)


def _too_wide() -> UnreadableTable:
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
    """(row, cells as text) of the first sheet: row 1 first, then every row on which something stands."""
    try:
        _refuse_bombs(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What a sheet says of its own size may be wrong, and rows would be padded to it.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            if len(cells) > 20 * MOST_COLUMNS:
                raise _too_wide()
            values = [cell_in_words(value) for value in cells]
            while values and not values[-1]:
                values.pop()
            if number == 1 or values:
                yield number, values
    except UnreadableTable:
        raise
    except Exception as error:
        # openpyxl meets a damaged workbook with whatever its readers happen to raise.
        raise _damaged() from error


def cell_in_words(value: object) -> str:
    """A cell as a person reads it: 1944, not 1944.0; days as 1967-07-05; nothing for the spreadsheet's own errors."""
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
    """Refuse what would unpack or unfold into far more than a list of names ever needs. zipfile reads no further than
    the sizes it is told, so that those may be believed."""
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
            if _unfolds_too_far(archive, part):
                raise UnreadableTable(
                    _(
                        "In this workbook a very large area is merged or one link. Copy the rows into a new workbook "
                        "and try again."
                    )
                )


def _unfolds_too_far(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    unfolded = 0
    try:
        with archive.open(part) as stream:
            events = ElementTree.iterparse(stream, events=("start", "end"))  # noqa: S314 — expat caps what entities grow to
            for at, (event, element) in enumerate(events):
                kind = element.tag.rpartition("}")[2]
                if at == 0 and kind != "worksheet":
                    return False
                if event == "start" and kind in ("mergeCell", "hyperlink") and ":" in element.get("ref", ""):
                    left, top, right, bottom = range_boundaries(element.get("ref", ""))
                    wide, high = (right or 16_384) - (left or 1) + 1, (bottom or 1_048_576) - (top or 1) + 1
                    unfolded += wide * high
                    if unfolded > MOST_MERGED or (right or 16_384) > 20 * MOST_COLUMNS:
                        return True
                if event == "end":
                    element.clear()
    except ElementTree.ParseError:
        # A picture, or damage that opening the workbook will meet as well.
        return False
    return False
