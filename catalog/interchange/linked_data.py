"""A record as plain JSON, and as JSON-LD in the words of schema.org (ArchiveComponent)."""

from typing import Any

from catalog.records.models import Record
from catalog.records.queries import RecordView


def record_as_json(view: RecordView, code: str, address: str, pages: list[dict[str, Any]]) -> dict[str, Any]:
    """What the record's page shows, for programs. Staff's notes and kin are no part of it, whoever asks."""
    record = view.record
    return {
        "id": address,
        "code": code,
        "reference_code": record.reference_code,
        "identifiers": [{"scheme": one.scheme, "value": one.value} for one in view.identifiers],
        "level": record.level,
        "isad_level": record.isad_level,
        "kind": record.kind or None,
        "title": _both(record, "title"),
        "description": _both(record, "description"),
        "creator": _both(record, "creator"),
        "date": {
            "text": record.date_text,
            "edtf": record.date_edtf,
            "earliest": record.date_earliest,
            "latest": record.date_latest,
        },
        "repository": {"code": record.repository.code, "name": record.repository.name_vi},
        "part_of": [{"title": one.title_vi, "reference_code": one.reference_code} for one in view.above],
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
        "mentions": _named(view),
        "pages": pages,
        "source": record.source.citation_vi if record.source else None,
    }


def _named(view: RecordView) -> list[dict[str, Any]]:
    """Everybody named in the record: columns alone, since a roster may name tens of thousands."""
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
    """schema.org ArchiveComponent."""
    record = view.record
    linked: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "ArchiveComponent",
        "@id": address,
        "url": address,
        "identifier": [one.value for one in view.identifiers] or [code],
        "name": {"@value": record.title_vi, "@language": "vi"},
        "alternateName": record.title_en or None,
        "description": record.description_vi or None,
        "temporalCoverage": record.date_edtf or None,
        "inLanguage": [one.strip() for one in record.languages.split(",") if one.strip()] or None,
        "license": record.rights_uri or None,
        "holdingArchive": {"@type": "ArchiveOrganization", "name": record.repository.name_vi},
        "isPartOf": {"@type": "ArchiveComponent", "name": view.above[-1].title_vi} if view.above else None,
    }
    return {key: value for key, value in linked.items() if value is not None}


def _both(record: Record, name: str) -> dict[str, str]:
    return {"vi": getattr(record, f"{name}_vi"), "en": getattr(record, f"{name}_en")}
