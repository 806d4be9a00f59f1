"""What stands in a record, a repository or an exhibition, as a collection (Presentation API 3.0, section 5.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.exhibitions.models import Exhibition, Part
from catalog.images.models import Scan
from catalog.interchange.iiif.addresses import Addresses, both, of_field
from catalog.interchange.iiif.manifests import CONTEXT, provider, thumbnail
from catalog.records.models import Record, Repository


def reference(record: Record, scan: Scan | None, holds: bool, at: Addresses) -> dict[str, Any]:
    """A record within a collection. holds: whether others stand in it, so that it is a collection itself. scan: its
    first."""
    made: dict[str, Any] = {
        "id": at.collection(record) if holds else at.manifest(record),
        "type": "Collection" if holds else "Manifest",
        "label": of_field(record, "title"),
    }
    if scan is not None:
        made["thumbnail"] = [thumbnail(scan, at)]
    return made


def collection_of_record(
    record: Record, above: Sequence[Record], children: Sequence[dict[str, Any]], own_pages: bool, at: Addresses
) -> dict[str, Any]:
    """What stands in a record; its own pages first, where it has some."""
    made = _collection(at.collection(record), record, children, at)
    if own_pages:
        made["items"].insert(0, reference(record, None, False, at))
    if record.description_vi or record.description_en:
        made["summary"] = of_field(record, "description")
    made["provider"] = [provider(record.repository)]
    parent = at.collection(above[-1]) if above else at.repository(record.repository)
    made["partOf"] = [{"id": parent, "type": "Collection"}]
    return made


def collection_of_repository(
    repository: Repository, children: Sequence[dict[str, Any]], at: Addresses
) -> dict[str, Any]:
    """What a repository keeps, from the top."""
    return {
        "@context": CONTEXT,
        "id": at.repository(repository),
        "type": "Collection",
        "label": of_field(repository, "name"),
        "provider": [provider(repository)],
        "partOf": [{"id": at.top(), "type": "Collection"}],
        "items": list(children),
    }


def collection_of_everything(
    repositories: Sequence[Repository], exhibitions: Sequence[Exhibition], at: Addresses
) -> dict[str, Any]:
    """The way in: repositories, then exhibitions."""
    items = [{"id": at.repository(one), "type": "Collection", "label": of_field(one, "name")} for one in repositories]
    items += [{"id": at.exhibition(one), "type": "Collection", "label": of_field(one, "title")} for one in exhibitions]
    return {
        "@context": CONTEXT,
        "id": at.top(),
        "type": "Collection",
        "label": both("Ký Ức", "Ký Ức"),
        "items": items,
    }


def collection_of_exhibition(
    exhibition: Exhibition, parts: Sequence[tuple[Part, Sequence[dict[str, Any]]]], at: Addresses
) -> dict[str, Any]:
    """An exhibition: its parts, each with what hangs in it."""
    own = at.exhibition(exhibition)
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "id": own,
        "type": "Collection",
        "label": of_field(exhibition, "title"),
        "homepage": [
            {
                "id": at.exhibition_page(exhibition, code),
                "type": "Text",
                "label": of_field(exhibition, "title"),
                "format": "text/html",
                "language": [code],
            }
            for code in ("vi", "en")
        ],
        "items": [
            {
                "id": f"{own}/part/{part.number}",
                "type": "Collection",
                "label": of_field(part, "title"),
                "items": list(hung),
            }
            for part, hung in parts
            if hung
        ],
    }
    if exhibition.opening_vi or exhibition.opening_en:
        made["summary"] = of_field(exhibition, "opening")
    if exhibition.organiser:
        made["provider"] = [provider(exhibition.organiser)]
    return made


def _collection(own: str, record: Record, items: Sequence[Mapping[str, Any]], at: Addresses) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": own,
        "type": "Collection",
        "label": of_field(record, "title"),
        "items": list(items),
        "homepage": [
            {
                "id": at.record_page(record, code),
                "type": "Text",
                "label": of_field(record, "title"),
                "format": "text/html",
                "language": [code],
            }
            for code in ("vi", "en")
        ],
    }
