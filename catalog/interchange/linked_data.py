"""A record as plain JSON, and as JSON-LD with schema.org's ArchiveComponent."""

from typing import Any

from catalog.interchange.language_maps import field_texts
from catalog.records.queries import RecordView


def record_as_json(view: RecordView, code: str, address: str, pages: list[dict[str, Any]]) -> dict[str, Any]:
    """The content of the record's page, for programs. Notes for staff and kin are never included.

    code: the number in its address; address: absolute URL; pages: already as JSON.
    """
    record = view.record
    return {
        "id": address,
        "code": code,
        "reference_code": record.reference_code,
        "identifiers": [{"scheme": number.scheme, "value": number.value} for number in view.identifiers],
        "level": record.level,
        "isad_level": record.isad_level,
        "kind": record.kind or None,
        "title": field_texts(record, "title"),
        "description": field_texts(record, "description"),
        "creator": field_texts(record, "creator"),
        "date": {
            "text": record.date_text,
            "edtf": record.date_edtf,
            "earliest": record.date_earliest,
            "latest": record.date_latest,
        },
        "repository": {"code": record.repository.code, "name": record.repository.name_vi},
        "part_of": [{"title": ancestor.title_vi, "reference_code": ancestor.reference_code} for ancestor in view.above],
        "rights": record.rights_uri or None,
        "invented": record.invented,
        "custody": [
            {
                "kind": event.kind,
                "date": event.date_edtf or event.date_text,
                "place": event.place_text,
                "vi": event.description_vi,
                "en": event.description_en,
            }
            for event in view.custody
        ],
        "mentions": _mentions_as_json(view),
        "pages": pages,
        "source": record.source.citation_vi if record.source else None,
    }


def _mentions_as_json(view: RecordView) -> list[dict[str, Any]]:
    """The mentions of the record. Only columns are loaded, since a roster may have tens of thousands."""
    rows = view.mentions.select_related(None).prefetch_related(None)
    return [
        {
            "name": name,
            "rank": rank,
            "post": post,
            "unit": unit,
            "page": page,
            "box": None if x is None else (x, y, w, h),
        }
        for name, rank, post, unit, page, x, y, w, h in rows.values_list(
            "name", "rank", "post", "unit__normal_form", "page__number", "box_x", "box_y", "box_w", "box_h"
        )
    ]


def record_as_linked_data(view: RecordView, code: str, address: str) -> dict[str, Any]:
    """The record as schema.org ArchiveComponent. code: its number, if it has no identifier; address: absolute URL."""
    record = view.record
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "ArchiveComponent",
        "@id": address,
        "url": address,
        "identifier": [identifier.value for identifier in view.identifiers] or [code],
        "name": {"@value": record.title_vi, "@language": "vi"},
        "alternateName": record.title_en or None,
        "description": record.description_vi or None,
        "temporalCoverage": record.date_edtf or None,
        "inLanguage": [code.strip() for code in record.languages.split(",") if code.strip()] or None,
        "license": record.rights_uri or None,
        "holdingArchive": {"@type": "ArchiveOrganization", "name": record.repository.name_vi},
        "isPartOf": {"@type": "ArchiveComponent", "name": view.above[-1].title_vi} if view.above else None,
    }
    return {key: value for key, value in data.items() if value is not None}
