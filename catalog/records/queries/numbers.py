"""Finding a record by its numbers, the code in its address, and what stands above and below it."""

from catalog.records.models import (
    Identifier,
    Record,
)
from catalog.records.queries.visibility import Asker, visible_to
from catalog.rules.identifiers import clean_identifier, has_address, key_in_address, reference_key


def record_by_identifier(text: str) -> Record | None:
    """The record that a number, a reference code or the address of one without a number (R262) names; whoever asks. The
    caller checks visibility."""
    found = record_by_number(text)
    if found is None and (key := key_in_address(text)) is not None:
        found = Record.objects.kept().filter(pk=key).select_related("repository").first()
    return found


def visible_record(text: str, asker: Asker) -> Record | None:
    """As `record_by_identifier`, if the record exists for `asker`."""
    record = record_by_identifier(text)
    return record if record and visible_to(asker).filter(pk=record.pk).exists() else None


def record_by_number(text: str) -> Record | None:
    """As `record_by_identifier`, by numbers and reference codes alone: for names of files, where R262 may be a reel."""
    if "\0" in text:
        # No database keeps such a text, and one of ours will not even be asked for it.
        return None
    matched = clean_identifier(text).value.upper()
    found = Identifier.objects.filter(matched=matched).select_related("record__repository").first()
    if found:
        return found.record
    if not (key := reference_key(text)):
        return None
    records = Record.objects.kept().filter(reference_key=key).select_related("repository")
    # Two that differ in case alone: the one written as asked is meant.
    return records.filter(reference_code=text).first() or records.order_by("pk").first()


def address_code(record: Record) -> str:
    """The code that stands in the record's address for ever: its primary number, else its first, else its pk."""
    # Primary first, by Meta.ordering. One that no address can hold came with an older archive.
    numbers = (str(one.matched) for one in record.identifiers.all())
    return next((one for one in numbers if has_address(one)), f"R{record.pk}")


def ancestors(record: Record) -> list[Record]:
    """What the record stands in, from the top."""
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
    """Primary keys of everything below the record, itself included."""
    rows = Record.objects.raw(
        "WITH RECURSIVE below(id) AS (SELECT id FROM catalog_record WHERE id = %s"
        " UNION ALL SELECT r.id FROM catalog_record r JOIN below ON r.parent_id = below.id)"
        " SELECT id FROM below",
        [record.pk],
    )
    return [row.pk for row in rows]
