"""Finding a record by its numbers, the code in its address, and the records above and below it."""

from catalog.records.models import (
    Identifier,
    Record,
)
from catalog.records.queries.visibility import Asker, visible_to
from catalog.rules.identifiers import clean_identifier, has_address, key_in_address, reference_key


def record_by_identifier(text: str) -> Record | None:
    """The record with this number, reference code or address code without a number (R262). The caller must check
    whether the asker may see it."""
    record = record_by_number(text)
    if record is None and (key := key_in_address(text)) is not None:
        record = Record.objects.kept().filter(pk=key).select_related("repository").first()
    return record


def visible_record(text: str, asker: Asker) -> Record | None:
    """As `record_by_identifier`, if the record exists for `asker`."""
    record = record_by_identifier(text)
    return record if record and visible_to(asker).filter(pk=record.pk).exists() else None


def record_by_number(text: str) -> Record | None:
    """As `record_by_identifier`, but only by numbers and reference codes: in file names R262 may be a film reel."""
    if "\0" in text:
        # No database stores a NUL character, and PostgreSQL raises an error for one in a query.
        return None
    matched = clean_identifier(text).value.upper()
    identifier = Identifier.objects.filter(matched=matched).select_related("record__repository").first()
    if identifier:
        return identifier.record
    if not (key := reference_key(text)):
        return None
    records = Record.objects.kept().filter(reference_key=key).select_related("repository")
    # Of two that differ only in case, prefer the one written exactly like this.
    return records.filter(reference_code=text).first() or records.order_by("pk").first()


def address_code(record: Record) -> str:
    """The code in the record's permanent address: its primary number, else its first, else R and its primary key."""
    # Primary first, by Meta.ordering. Numbers that no address can hold came with older archives.
    numbers = (str(identifier.matched) for identifier in record.identifiers.all())
    return next((number for number in numbers if has_address(number)), f"R{record.pk}")


def ancestors(record: Record) -> list[Record]:
    """The records above this one, from the top."""
    rows = Record.objects.raw(
        "WITH RECURSIVE above(id, parent_id, depth) AS ("
        " SELECT id, parent_id, 0 FROM catalog_record WHERE id = %s"
        " UNION ALL SELECT r.id, r.parent_id, above.depth + 1 FROM catalog_record r JOIN above ON r.id = "
        "above.parent_id"
        ") SELECT r.* FROM catalog_record r JOIN above ON above.id = r.id WHERE above.depth > 0 ORDER BY above.depth "
        "DESC",
        [record.pk],
    )
    return list(rows)


def descendant_ids(record: Record) -> list[int]:
    """Primary keys of the record and everything below it."""
    rows = Record.objects.raw(
        "WITH RECURSIVE below(id) AS (SELECT id FROM catalog_record WHERE id = %s"
        " UNION ALL SELECT r.id FROM catalog_record r JOIN below ON r.parent_id = below.id)"
        " SELECT id FROM below",
        [record.pk],
    )
    return [row.pk for row in rows]
