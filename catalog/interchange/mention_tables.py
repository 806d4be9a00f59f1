"""Tables of names that volunteers index in spreadsheets, taken in: checked whole, each bad row named, the good ones
kept.

One row a mention; running a table twice changes nothing.
"""

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.changes.writing import HOUSE
from catalog.records.actions import MentionRow, add_mentions, make_files, make_pages
from catalog.records.models import Identifier, Mention, MentionReading, Page, Record, Repository
from catalog.records.numbering import refusal_of_number
from catalog.rules.dates import read_date
from catalog.rules.identifiers import clean_identifier, key_in_address
from catalog.rules.text import canonical
from catalog.search.tables import UnreadableTable, read_table

__all__ = ["COLUMNS", "BadRow", "Imported", "UnreadableTable", "import_mentions"]

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
    """A row that was not taken: its line in the file (the header is line 1), the column, and why."""

    line: int
    column: str
    reason: str


@dataclass
class Imported:
    """What came of a table: rows read, mentions made, rows that stood already, records made, bad rows."""

    rows: int = 0
    made: int = 0
    standing: int = 0
    records_made: int = 0
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
    said: Callable[[Imported], None] = lambda _done: None,
) -> Imported:
    """Take the table in. Missing records are made as drafts with `create_records`, public ones with `publish` too.

    `said` is told after every batch. Each batch is one transaction. Raises UnreadableTable.
    """
    done = Imported()
    # What is made here lives until the batch is written; looking through it for rubbish takes a quarter of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _take_all(table, done, create_records=create_records, publish=publish, said=said)
    finally:
        if collecting:
            gc.enable()
    done.bad.sort(key=lambda bad: bad.line)
    return done


def _take_all(
    table: IO[bytes], done: Imported, *, create_records: bool, publish: bool, said: Callable[[Imported], None]
) -> None:
    batch: list[_Row] = []
    for line, values in read_table(table, COLUMNS):
        done.rows += 1
        row = _checked(line, values, done.bad)
        if row is not None:
            batch.append(row)
        if len(batch) >= BATCH:
            _take(batch, done, create_records=create_records, publish=publish)
            gc.collect()
            said(done)
            batch = []
    if batch:
        _take(batch, done, create_records=create_records, publish=publish)
    said(done)


def _checked(line: int, values: dict[str, str], bad: list[BadRow]) -> _Row | None:
    said = {column: " ".join(canonical(value).replace("\0", " ").split()) for column, value in values.items()}
    wrong = list(_faults(said))
    if wrong:
        bad += [BadRow(line, column, reason) for column, reason in wrong]
        return None
    page = said.get("page", "")
    return _Row(
        line=line,
        record=clean_identifier(said["record"]).value,
        page=int(page) if page else None,
        name=said["name"],
        alternates=_several(said.get("alternates", "")),
        aliases=_several(said.get("aliases", "")),
        fields=tuple((FIELDS[column], said.get(column, "")) for column in FIELDS),
    )


def _faults(said: dict[str, str]) -> Iterator[tuple[str, str]]:
    if not said.get("record"):
        yield "record", _("The number of the file is missing.")
    if not any(letter.isalpha() for letter in said.get("name", "")):
        yield "name", _("There is no name. Write it as it stands on the page, or leave the whole row out.")
    page = said.get("page", "")
    if page and not (page.isascii() and page.isdigit() and 1 <= int(page[:9]) <= LONGEST_PAGE):
        yield (
            "page",
            _("“%(page)s” is no page number. Write a whole number from 1 on, or leave it empty.") % {"page": page},
        )
    for column in ("born", "enlisted", "died"):
        flags = read_date(said[column]).flags if said.get(column) else ()
        if "not_read" in flags:
            yield (
                column,
                _("“%(date)s” could not be read as a date. Write 1967, 7/1967, 5/7/1967 or “không rõ”.")
                % {"date": said[column]},
            )
    for column in said:
        most = 200 if column in ("name", "record") else _longest(column)
        if len(said[column]) > most:
            yield (
                column,
                _("The text has %(found)s letters; at most %(most)s fit. Shorten it, or put the rest into the note.")
                % {
                    "found": len(said[column]),
                    "most": most,
                },
            )


def _longest(column: str) -> int:
    name = FIELDS.get(column)
    found = getattr(Mention._meta.get_field(name), "max_length", None) if name else 1000
    return found or 5000


def _several(text: str) -> tuple[str, ...]:
    parts = (part.strip()[:200] for part in text.replace("|", ";").split(";"))
    return tuple(dict.fromkeys(part for part in parts if any(letter.isalpha() for letter in part)))


def _take(rows: Sequence[_Row], done: Imported, *, create_records: bool, publish: bool) -> None:
    with transaction.atomic():
        records = _records(rows, done, create_records=create_records, publish=publish)
        kept = [row for row in rows if row.record in records]
        pages = _pages(kept, records)
        standing = _standing(set(records.values()))
        fresh: list[MentionRow] = []
        for row in kept:
            page = pages.get((records[row.record], row.page)) if row.page else None
            mark = _mark(records[row.record], page, row.name, row.fields, row.alternates, row.aliases)
            if standing[mark]:
                standing[mark] -= 1
                done.standing += 1
                continue
            fresh.append(
                MentionRow(
                    records[row.record],
                    page,
                    row.name,
                    {name: text for name, text in row.fields if text},
                    row.alternates,
                    row.aliases,
                )
            )
        add_mentions(actor=HOUSE, rows=fresh)
        done.made += len(fresh)


def _records(rows: Sequence[_Row], done: Imported, *, create_records: bool, publish: bool) -> dict[str, int]:
    numbers = list(dict.fromkeys(row.record for row in rows))
    found: dict[str, int] = {}
    for at in range(0, len(numbers), 500):
        some = {number.upper(): number for number in numbers[at : at + 500]}
        for matched, key in Identifier.objects.filter(matched__in=list(some)).values_list("matched", "record_id"):
            found[some[matched]] = key
    found |= _by_address([number for number in numbers if number not in found])
    missing = [number for number in numbers if number not in found]
    refused = {number: refusal for number in missing if create_records and (refusal := refusal_of_number(number))}
    done.bad += [BadRow(row.line, "record", refused[row.record]) for row in rows if row.record in refused]
    missing = [number for number in missing if number not in refused]
    if create_records and missing:
        repository = Repository.objects.order_by("pk").first() or Repository.objects.create(
            code="VN", slug="luu-tru", name_vi="Lưu trữ", name_en="Archive"
        )
        made = make_files(
            actor=HOUSE,
            repository=repository,
            numbers=missing,
            status=Record.Status.PUBLISHED if publish else Record.Status.DRAFT,
        )
        found |= made
        done.records_made += len(made)
    unknown = set(missing) - found.keys()
    reason = _("There is no file of this number. Correct it, or have missing files made with --create-records.")
    done.bad += [BadRow(row.line, "record", f"{row.record}: {reason}") for row in rows if row.record in unknown]
    return found


def _by_address(numbers: Sequence[str]) -> dict[str, int]:
    """Records without a number, named as their addresses name them."""
    keys = {key: number for number in numbers if (key := key_in_address(number)) is not None}
    standing = Record.objects.kept().filter(pk__in=list(keys)).values_list("pk", flat=True)
    return {keys[key]: key for key in standing}


def _pages(rows: Sequence[_Row], records: dict[str, int]) -> dict[tuple[int, int | None], int]:
    wanted = dict.fromkeys((records[row.record], row.page) for row in rows if row.page)
    found: dict[tuple[int, int | None], int] = {}
    keys = list(dict.fromkeys(record for record, _page in wanted))
    for at in range(0, len(keys), 500):
        for pk, record, number in Page.objects.filter(record__in=keys[at : at + 500]).values_list(
            "pk", "record_id", "number"
        ):
            found[record, number] = pk
    fresh = [
        Page(record_id=record, number=number) for record, number in wanted if (record, number) not in found and number
    ]
    found |= {(page.record_id, page.number): page.pk for page in make_pages(pages=fresh)}
    return found


def _standing(records: set[int]) -> Counter[tuple[object, ...]]:
    """What the records hold already, so that a row is not taken twice; two equal rows are two people."""
    marks: Counter[tuple[object, ...]] = Counter()
    keys = sorted(records)
    names = list(FIELDS.values())
    for at in range(0, len(keys), 500):
        some = keys[at : at + 500]
        others: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for mention, kind, value in MentionReading.objects.filter(mention__record__in=some).values_list(
            "mention_id", "kind", "value"
        ):
            others[mention][kind].append(value)
        rows = Mention.objects.filter(record__in=some).values_list("pk", "record_id", "page_id", "name", *names)
        for pk, record, page, name, *texts in rows:
            marks[
                _mark(record, page, name, zip(names, texts, strict=True), others[pk]["alternate"], others[pk]["alias"])
            ] += 1
    return marks


def _mark(
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
