"""Writing answers: columns after those of the list, and a sheet with all results. Our cells are never formulas."""

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
class ResultLine:
    """One result in words. page: None if the page of the mention is not known."""

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
    results: tuple[ResultLine, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


def as_workbook(table: ListTable, data: bytes, answered: Sequence[AnsweredRow]) -> bytes:
    """The list as a workbook: its own cells unchanged, the best result after each row, and all results and errors on
    separate sheets."""
    book = load_workbook(io.BytesIO(data), keep_links=False) if table.is_workbook else _workbook_from_csv(table)
    sheet = _first_sheet(book)
    last_column = max([table.width, *(area.max_col or 0 for area in sheet.merged_cells.ranges)])
    columns = _answer_columns()
    for column, (key, heading) in enumerate(columns, start=last_column + 1):
        cell = _write_text(sheet, 1, column, heading)
        if key in WIDTHS:
            sheet.column_dimensions[get_column_letter(column)].width = WIDTHS[key]
        for style in ("font", "fill", "border", "alignment"):
            setattr(cell, style, copy(getattr(sheet.cell(1, 1), style)))
    for row in answered:
        for column, (key, _heading) in enumerate(columns, start=last_column + 1):
            _write_value(sheet, row.line, column, key, _answer_value(row, key))
    _add_results_sheet(book, answered)
    if any(row.faults for row in answered):
        _add_errors_sheet(book, answered)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def as_csv(table: ListTable, answered: Sequence[AnsweredRow]) -> bytes:
    """The list as CSV with the best result after each row. Cells that look like a formula get a leading apostrophe."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=table.delimiter)
    columns = _answer_columns()
    width = table.width
    writer.writerow(map(spreadsheet_text, [*_pad(table.header, width), *(heading for _key, heading in columns)]))
    by_line = {row.line: row for row in answered}
    for line, values in table.lines:
        answers = [_answer_value(by_line[line], key) for key, _heading in columns]
        cells = [*_pad(values, width), *("" if value is None else str(value) for value in answers)]
        writer.writerow(map(spreadsheet_text, cells))
    return output.getvalue().encode("utf-8-sig")


def _answer_columns() -> list[tuple[str, str]]:
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


def _answer_value(row: AnsweredRow, key: str) -> str | float | None:
    if key == "error":
        return " ".join(fault_in_words(heading, code) for heading, code in row.faults)
    if not row.results:
        return _("nothing found") if key == "band" and not row.faults else None
    return _result_value(row.results[0], key)


def _result_value(result: ResultLine, key: str) -> str | float | None:
    values: dict[str, str | float | None] = {
        "band": _("match") if result.band == "match" else _("possible"),
        "score": result.score,
        "found": result.name,
        "reasons": result.reasons,
        "file": result.file,
        "page": result.page,
        "link": result.link,
    }
    return values[key]


def _add_results_sheet(book: Workbook, answered: Iterable[AnsweredRow]) -> None:
    columns = [(key, heading) for key, heading in _answer_columns() if key != "error"]
    sheet = _add_sheet(book, _("Results"), [("line", _("Row")), ("asked", _("Name asked for")), *columns])
    line = 2
    for row in answered:
        for result in row.results:
            _write_value(sheet, line, 1, "line", row.line)
            _write_value(sheet, line, 2, "asked", row.name)
            for column, (key, _heading) in enumerate(columns, start=3):
                _write_value(sheet, line, column, key, _result_value(result, key))
            line += 1


def _add_errors_sheet(book: Workbook, answered: Iterable[AnsweredRow]) -> None:
    headings = [("line", _("Row")), ("column", _("Column")), ("error", _("Why, and how to correct it"))]
    sheet = _add_sheet(book, _("Errors"), headings)
    line = 2
    for row in answered:
        for heading, code in row.faults:
            _write_value(sheet, line, 1, "line", row.line)
            _write_value(sheet, line, 2, "column", heading)
            _write_value(sheet, line, 3, "error", fault_in_words(heading, code))
            line += 1


def _add_sheet(book: Workbook, title: str, headings: Sequence[tuple[str, str]]) -> Worksheet:
    sheet: Worksheet = book.create_sheet(title)
    for column, (key, heading) in enumerate(headings, start=1):
        _write_text(sheet, 1, column, heading).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = WIDTHS.get(key, 13)
    sheet.freeze_panes = "A2"
    return sheet


def _first_sheet(book: Workbook) -> Worksheet:
    sheet: Worksheet = book.worksheets[0]
    return sheet


def _workbook_from_csv(table: ListTable) -> Workbook:
    book = Workbook()
    sheet = _first_sheet(book)
    sheet.title = _("List")
    for column, heading in enumerate(table.header, start=1):
        _write_text(sheet, 1, column, heading).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = 22
    for line, values in table.lines:
        for column, value in enumerate(values, start=1):
            _write_text(sheet, line, column, value)
    sheet.freeze_panes = "A2"
    return book


def _write_value(sheet: Worksheet, row: int, column: int, key: str, value: str | float | None) -> None:
    if value is None or value == "":
        return
    if not isinstance(value, str):
        cell = sheet.cell(row, column)
        cell.value = value
        if key == "score":
            cell.number_format = "0%"
        return
    cell = _write_text(sheet, row, column, value)
    if key == "link":
        cell.hyperlink = value
        cell.font = Font(underline="single")
        # Setting a link changes the type of the cell.
        cell.data_type = "s"
    elif key in ("reasons", "error"):
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _write_text(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write text as text, also if it looks like a formula: the quote prefix keeps it text when the cell is edited."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise TypeError("A merged cell stands where an answer belongs.")
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    return cell


def _pad(values: Sequence[str], width: int) -> list[str]:
    return [*values, *[""] * (width - len(values))]
