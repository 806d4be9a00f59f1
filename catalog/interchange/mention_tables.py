"""Importing tables of names that volunteers index in spreadsheets: bad rows are reported, good rows are imported.

Each row is a mention; importing a table twice changes nothing.
"""

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.changes.writing import HOUSE
from catalog.interchange.csv_tables import UnreadableTable, read_table
from catalog.records.actions import MentionRow, add_mentions, create_file_records, make_pages
from catalog.records.models import Identifier, Mention, MentionReading, Page, Record, Repository
from catalog.records.numbering import refusal_of_number
from catalog.rules.dates import read_date
from catalog.rules.identifiers import clean_identifier, key_in_address
from catalog.rules.text import canonical

__all__ = ["COLUMNS", "BadRow", "ImportSummary", "UnreadableTable", "import_mentions"]

COLUMNS = (
    "record",
    "page",
    "name",
    "alternates",
    "aliases",
    "rank",
    "post",
    "unit",
    "home",
    "born",
    "enlisted",
    "died",
    "kin",
    "number",
    "note",
)
# The field of a mention that each column fills.
FIELDS = {
    "rank": "rank",
    "post": "post",
    "unit": "unit_text",
    "home": "home_text",
    "born": "born_text",
    "enlisted": "enlisted_text",
    "died": "died_text",
    "kin": "kin",
    "number": "number",
    "note": "note_vi",
}
LONGEST_PAGE = 100_000
BATCH = 5000


@dataclass(frozen=True)
class BadRow:
    """A row that was not imported: its line in the file (the header is line 1), the column, and the reason."""

    line: int
    column: str
    reason: str


@dataclass
class ImportSummary:
    """The result for a table. rows: read; created: mentions; existing: rows that were imported before; bad: refused
    rows."""

    rows: int = 0
    created: int = 0
    existing: int = 0
    records_created: int = 0
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    line: int
    record: str
    page: int | None
    name: str
    alternates: tuple[str, ...]
    aliases: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]


def import_mentions(
    *,
    table: IO[bytes],
    create_records: bool = False,
    publish: bool = False,
    on_progress: Callable[[ImportSummary], None] = lambda _done: None,
) -> ImportSummary:
    """Import a table. create_records: create missing records as drafts, with `publish` as published ones; on_progress:
    called after each batch. Each batch is one transaction. Returns the summary. Raises UnreadableTable.
    """
    summary = ImportSummary()
    # All objects of a batch live until it is written; garbage collection would take a quarter of the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        _import_rows(table, summary, create_records=create_records, publish=publish, on_progress=on_progress)
    finally:
        if was_enabled:
            gc.enable()
    summary.bad.sort(key=lambda bad: bad.line)
    return summary


def _import_rows(
    table: IO[bytes],
    summary: ImportSummary,
    *,
    create_records: bool,
    publish: bool,
    on_progress: Callable[[ImportSummary], None],
) -> None:
    batch: list[_Row] = []
    for line, values in read_table(table, COLUMNS):
        summary.rows += 1
        row = _check_row(line, values, summary.bad)
        if row is not None:
            batch.append(row)
        if len(batch) >= BATCH:
            _import_batch(batch, summary, create_records=create_records, publish=publish)
            gc.collect()
            on_progress(summary)
            batch = []
    if batch:
        _import_batch(batch, summary, create_records=create_records, publish=publish)
    on_progress(summary)


def _check_row(line: int, values: dict[str, str], bad: list[BadRow]) -> _Row | None:
    cells = {column: " ".join(canonical(value).replace("\0", " ").split()) for column, value in values.items()}
    faults = list(_faults(cells))
    if faults:
        bad += [BadRow(line, column, reason) for column, reason in faults]
        return None
    page = cells.get("page", "")
    return _Row(
        line=line,
        record=clean_identifier(cells["record"]).value,
        page=int(page) if page else None,
        name=cells["name"],
        alternates=_split_names(cells.get("alternates", "")),
        aliases=_split_names(cells.get("aliases", "")),
        fields=tuple((FIELDS[column], cells.get(column, "")) for column in FIELDS),
    )


def _faults(cells: dict[str, str]) -> Iterator[tuple[str, str]]:
    if not cells.get("record"):
        yield "record", _("The number of the file is missing.")
    if not any(letter.isalpha() for letter in cells.get("name", "")):
        yield "name", _("There is no name. Write it as it stands on the page, or leave the whole row out.")
    page = cells.get("page", "")
    if page and not (page.isascii() and page.isdigit() and 1 <= int(page[:9]) <= LONGEST_PAGE):
        yield (
            "page",
            _("“%(page)s” is no page number. Write a whole number from 1 on, or leave it empty.") % {"page": page},
        )
    for column in ("born", "enlisted", "died"):
        flags = read_date(cells[column]).flags if cells.get(column) else ()
        if "not_read" in flags:
            yield (
                column,
                _("“%(date)s” could not be read as a date. Write 1967, 7/1967, 5/7/1967 (5 July 1967) or “không rõ”.")
                % {"date": cells[column]},
            )
    for column in cells:
        longest = 200 if column in ("name", "record") else _longest_cell(column)
        if len(cells[column]) > longest:
            yield (
                column,
                _("The text has %(found)s letters; at most %(most)s fit. Shorten it, or put the rest into the note.")
                % {
                    "found": len(cells[column]),
                    "most": longest,
                },
            )


def _longest_cell(column: str) -> int:
    name = FIELDS.get(column)
    length = getattr(Mention._meta.get_field(name), "max_length", None) if name else 1000
    return length or 5000


def _split_names(text: str) -> tuple[str, ...]:
    parts = (part.strip()[:200] for part in text.replace("|", ";").split(";"))
    return tuple(dict.fromkeys(part for part in parts if any(letter.isalpha() for letter in part)))


def _import_batch(rows: Sequence[_Row], summary: ImportSummary, *, create_records: bool, publish: bool) -> None:
    with transaction.atomic():
        records = _find_records(rows, summary, create_records=create_records, publish=publish)
        known_rows = [row for row in rows if row.record in records]
        pages = _find_pages(known_rows, records)
        existing = _existing_mentions(set(records.values()))
        new_mentions: list[MentionRow] = []
        for row in known_rows:
            page = pages.get((records[row.record], row.page)) if row.page else None
            key = _mention_key(records[row.record], page, row.name, row.fields, row.alternates, row.aliases)
            if existing[key]:
                existing[key] -= 1
                summary.existing += 1
                continue
            new_mentions.append(
                MentionRow(
                    records[row.record],
                    page,
                    row.name,
                    {name: text for name, text in row.fields if text},
                    row.alternates,
                    row.aliases,
                )
            )
        add_mentions(actor=HOUSE, rows=new_mentions)
        summary.created += len(new_mentions)


def _find_records(
    rows: Sequence[_Row], summary: ImportSummary, *, create_records: bool, publish: bool
) -> dict[str, int]:
    numbers = list(dict.fromkeys(row.record for row in rows))
    keys_by_number: dict[str, int] = {}
    for start in range(0, len(numbers), 500):
        batch = {number.upper(): number for number in numbers[start : start + 500]}
        for matched, record_key in Identifier.objects.filter(matched__in=list(batch)).values_list(
            "matched", "record_id"
        ):
            keys_by_number[batch[matched]] = record_key
    keys_by_number |= _records_by_address([number for number in numbers if number not in keys_by_number])
    missing = [number for number in numbers if number not in keys_by_number]
    refused = {number: refusal for number in missing if create_records and (refusal := refusal_of_number(number))}
    summary.bad += [BadRow(row.line, "record", refused[row.record]) for row in rows if row.record in refused]
    missing = [number for number in missing if number not in refused]
    if create_records and missing:
        repository = Repository.objects.order_by("pk").first() or Repository.objects.create(
            code="VN", slug="luu-tru", name_vi="Lưu trữ", name_en="Archive"
        )
        created = create_file_records(
            actor=HOUSE,
            repository=repository,
            numbers=missing,
            status=Record.Status.PUBLISHED if publish else Record.Status.DRAFT,
        )
        keys_by_number |= created
        summary.records_created += len(created)
    unknown = set(missing) - keys_by_number.keys()
    reason = _("There is no file of this number. Correct it, or have missing files made with --create-records.")
    summary.bad += [BadRow(row.line, "record", f"{row.record}: {reason}") for row in rows if row.record in unknown]
    return keys_by_number


def _records_by_address(numbers: Sequence[str]) -> dict[str, int]:
    """Records without a number, by the code in their address (R262)."""
    keys = {key: number for number in numbers if (key := key_in_address(number)) is not None}
    existing = Record.objects.kept().filter(pk__in=list(keys)).values_list("pk", flat=True)
    return {keys[key]: key for key in existing}


def _find_pages(rows: Sequence[_Row], records: dict[str, int]) -> dict[tuple[int, int | None], int]:
    needed = dict.fromkeys((records[row.record], row.page) for row in rows if row.page)
    page_keys: dict[tuple[int, int | None], int] = {}
    keys = list(dict.fromkeys(record for record, _page in needed))
    for start in range(0, len(keys), 500):
        for pk, record, number in Page.objects.filter(record__in=keys[start : start + 500]).values_list(
            "pk", "record_id", "number"
        ):
            page_keys[record, number] = pk
    new_pages = [
        Page(record_id=record, number=number)
        for record, number in needed
        if (record, number) not in page_keys and number
    ]
    page_keys |= {(page.record_id, page.number): page.pk for page in make_pages(pages=new_pages)}
    return page_keys


def _existing_mentions(records: set[int]) -> Counter[tuple[object, ...]]:
    """How many equal mentions the records have already, so that no row is imported twice. Two equal rows are two
    people."""
    counts: Counter[tuple[object, ...]] = Counter()
    keys = sorted(records)
    names = list(FIELDS.values())
    for start in range(0, len(keys), 500):
        batch = keys[start : start + 500]
        readings: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for mention, kind, value in MentionReading.objects.filter(mention__record__in=batch).values_list(
            "mention_id", "kind", "value"
        ):
            readings[mention][kind].append(value)
        rows = Mention.objects.filter(record__in=batch).values_list("pk", "record_id", "page_id", "name", *names)
        for pk, record, page, name, *texts in rows:
            counts[
                _mention_key(
                    record, page, name, zip(names, texts, strict=True), readings[pk]["alternate"], readings[pk]["alias"]
                )
            ] += 1
    return counts


def _mention_key(
    record: int,
    page: int | None,
    name: str,
    fields: Iterable[tuple[str, str]],
    alternates: Iterable[str],
    aliases: Iterable[str],
) -> tuple[object, ...]:
    return (
        record,
        page,
        name,
        tuple(text for _name, text in fields),
        tuple(sorted(alternates)),
        tuple(sorted(aliases)),
    )
