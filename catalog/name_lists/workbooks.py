"""Answers written behind the list they belong to, and a sheet with every result; a cell of ours is never a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from catalog.name_lists.tables import ListTable, fault_in_words
from catalog.rules.text import FORMULA_STARTS, spreadsheet_text

WIDTHS = {"found": 26, "reasons": 44, "file": 18, "link": 46, "error": 60, "asked": 26}


@dataclass(frozen=True)
class FoundLine:
    """One result in the person's words; `page` None where the name stands in a file but no page is known."""

    name: str
    band: str
    score: float
    reasons: str
    file: str
    page: int | None
    link: str


@dataclass(frozen=True)
class AnsweredRow:
    """A row of the list with its results, best first, and its faults (heading, code)."""

    line: int
    name: str
    results: tuple[FoundLine, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


def as_workbook(table: ListTable, data: bytes, answered: Sequence[AnsweredRow]) -> bytes:
    """The list as a workbook, its own cells as they came, the best result behind each row; every result, every error on
    sheets of their own."""
    book = load_workbook(io.BytesIO(data), keep_links=False) if table.is_workbook else _of_csv(table)
    sheet = _first(book)
    after = max([table.width, *(area.max_col or 0 for area in sheet.merged_cells.ranges)])
    columns = _columns()
    for at, (key, heading) in enumerate(columns, start=after + 1):
        cell = _put(sheet, 1, at, heading)
        if key in WIDTHS:
            sheet.column_dimensions[get_column_letter(at)].width = WIDTHS[key]
        for part in ("font", "fill", "border", "alignment"):
            setattr(cell, part, copy(getattr(sheet.cell(1, 1), part)))
    for row in answered:
        for at, (key, _heading) in enumerate(columns, start=after + 1):
            _put_value(sheet, row.line, at, key, _value(row, key))
    _results_sheet(book, answered)
    if any(row.faults for row in answered):
        _errors_sheet(book, answered)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(table: ListTable, answered: Sequence[AnsweredRow]) -> bytes:
    """The list as CSV with the best result behind each row; what looks like a formula is led by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=table.delimiter)
    columns = _columns()
    after = table.width
    writer.writerow(map(spreadsheet_text, [*_padded(table.header, after), *(heading for _key, heading in columns)]))
    by_line = {row.line: row for row in answered}
    for line, values in table.lines:
        own = [_value(by_line[line], key) for key, _heading in columns]
        cells = [*_padded(values, after), *("" if value is None else str(value) for value in own)]
        writer.writerow(map(spreadsheet_text, cells))
    return out.getvalue().encode("utf-8-sig")


def _columns() -> list[tuple[str, str]]:
    return [
        ("band", _("Agreement")),
        ("score", _("Score")),
        ("found", _("Name found")),
        ("reasons", _("Why")),
        ("file", _("File")),
        ("page", _("Page")),
        ("link", _("Link")),
        ("error", _("Error")),
    ]


def _value(row: AnsweredRow, key: str) -> str | float | None:
    if key == "error":
        return " ".join(fault_in_words(heading, code) for heading, code in row.faults)
    if not row.results:
        return _("nothing found") if key == "band" and not row.faults else None
    return _of_result(row.results[0], key)


def _of_result(one: FoundLine, key: str) -> str | float | None:
    values: dict[str, str | float | None] = {
        "band": _("match") if one.band == "match" else _("possible"),
        "score": one.score,
        "found": one.name,
        "reasons": one.reasons,
        "file": one.file,
        "page": one.page,
        "link": one.link,
    }
    return values[key]


def _results_sheet(book: Workbook, answered: Iterable[AnsweredRow]) -> None:
    columns = [(key, heading) for key, heading in _columns() if key != "error"]
    sheet = _sheet(book, _("Results"), [("line", _("Row")), ("asked", _("Name asked for")), *columns])
    at = 2
    for row in answered:
        for one in row.results:
            _put_value(sheet, at, 1, "line", row.line)
            _put_value(sheet, at, 2, "asked", row.name)
            for column, (key, _heading) in enumerate(columns, start=3):
                _put_value(sheet, at, column, key, _of_result(one, key))
            at += 1


def _errors_sheet(book: Workbook, answered: Iterable[AnsweredRow]) -> None:
    heads = [("line", _("Row")), ("column", _("Column")), ("error", _("Why, and how to mend it"))]
    sheet = _sheet(book, _("Errors"), heads)
    at = 2
    for row in answered:
        for heading, code in row.faults:
            _put_value(sheet, at, 1, "line", row.line)
            _put_value(sheet, at, 2, "column", heading)
            _put_value(sheet, at, 3, "error", fault_in_words(heading, code))
            at += 1


def _sheet(book: Workbook, title: str, heads: Sequence[tuple[str, str]]) -> Worksheet:
    sheet: Worksheet = book.create_sheet(title)
    for at, (key, heading) in enumerate(heads, start=1):
        _put(sheet, 1, at, heading).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = WIDTHS.get(key, 13)
    sheet.freeze_panes = "A2"
    return sheet


def _first(book: Workbook) -> Worksheet:
    sheet: Worksheet = book.worksheets[0]
    return sheet


def _of_csv(table: ListTable) -> Workbook:
    book = Workbook()
    sheet = _first(book)
    sheet.title = _("List")
    for at, heading in enumerate(table.header, start=1):
        _put(sheet, 1, at, heading).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = 22
    for line, values in table.lines:
        for at, value in enumerate(values, start=1):
            _put(sheet, line, at, value)
    sheet.freeze_panes = "A2"
    return book


def _put_value(sheet: Worksheet, row: int, column: int, key: str, value: str | float | None) -> None:
    if value is None or value == "":
        return
    if not isinstance(value, str):
        cell = sheet.cell(row, column)
        cell.value = value
        if key == "score":
            cell.number_format = "0%"
        return
    cell = _put(sheet, row, column, value)
    if key == "link":
        cell.hyperlink = value
        cell.font = Font(underline="single")
        # Setting a link makes the cell's words anew.
        cell.data_type = "s"
    elif key in ("reasons", "error"):
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write text as text: also what begins like a formula, which the quote prefix keeps text when it is edited."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise TypeError("A merged cell stands where an answer belongs.")
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    return cell


def _padded(values: Sequence[str], width: int) -> list[str]:
    return [*values, *[""] * (width - len(values))]
