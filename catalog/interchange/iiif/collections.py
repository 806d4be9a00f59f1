"""The content of a record, a repository or an exhibition as a collection (Presentation API 3.0, section 5.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.exhibitions.models import Exhibition, Part
from catalog.images.models import Scan
from catalog.interchange.iiif.addresses import Addresses
from catalog.interchange.iiif.manifests import CONTEXT, provider, thumbnail
from catalog.interchange.language_maps import field_language_map, language_map
from catalog.records.models import Record, Repository


def reference(record: Record, scan: Scan | None, has_children: bool, addresses: Addresses) -> dict[str, Any]:
    """A record as an item of a collection. scan: its first image; has_children: whether it is a collection itself."""
    item: dict[str, Any] = {
        "id": addresses.collection(record) if has_children else addresses.manifest(record),
        "type": "Collection" if has_children else "Manifest",
        "label": field_language_map(record, "title"),
    }
    if scan is not None:
        item["thumbnail"] = [thumbnail(scan, addresses)]
    return item


def collection_of_record(
    record: Record, above: Sequence[Record], children: Sequence[dict[str, Any]], own_pages: bool, addresses: Addresses
) -> dict[str, Any]:
    """The collection of the records in a record; its own manifest comes first if it has pages."""
    collection = _collection(addresses.collection(record), record, children, addresses)
    if own_pages:
        collection["items"].insert(0, reference(record, None, False, addresses))
    if record.description_vi or record.description_en:
        collection["summary"] = field_language_map(record, "description")
    collection["provider"] = [provider(record.repository)]
    parent = addresses.collection(above[-1]) if above else addresses.repository(record.repository)
    collection["partOf"] = [{"id": parent, "type": "Collection"}]
    return collection


def collection_of_repository(
    repository: Repository, children: Sequence[dict[str, Any]], addresses: Addresses
) -> dict[str, Any]:
    """The collection of a repository's top records."""
    return {
        "@context": CONTEXT,
        "id": addresses.repository(repository),
        "type": "Collection",
        "label": field_language_map(repository, "name"),
        "provider": [provider(repository)],
        "partOf": [{"id": addresses.top(), "type": "Collection"}],
        "items": list(children),
    }


def top_collection(
    repositories: Sequence[Repository], exhibitions: Sequence[Exhibition], addresses: Addresses
) -> dict[str, Any]:
    """The top collection: repositories, then exhibitions."""
    items = [
        {"id": addresses.repository(row), "type": "Collection", "label": field_language_map(row, "name")}
        for row in repositories
    ]
    items += [
        {"id": addresses.exhibition(row), "type": "Collection", "label": field_language_map(row, "title")}
        for row in exhibitions
    ]
    return {
        "@context": CONTEXT,
        "id": addresses.top(),
        "type": "Collection",
        "label": language_map("Ký Ức", "Ký Ức"),
        "items": items,
    }


def collection_of_exhibition(
    exhibition: Exhibition, parts: Sequence[tuple[Part, Sequence[dict[str, Any]]]], addresses: Addresses
) -> dict[str, Any]:
    """The collection of an exhibition: its parts, each with the placed records."""
    address = addresses.exhibition(exhibition)
    collection: dict[str, Any] = {
        "@context": CONTEXT,
        "id": address,
        "type": "Collection",
        "label": field_language_map(exhibition, "title"),
        "homepage": [
            {
                "id": addresses.exhibition_page(exhibition, code),
                "type": "Text",
                "label": field_language_map(exhibition, "title"),
                "format": "text/html",
                "language": [code],
            }
            for code in ("vi", "en")
        ],
        "items": [
            {
                "id": f"{address}/part/{part.number}",
                "type": "Collection",
                "label": field_language_map(part, "title"),
                "items": list(placed),
            }
            for part, placed in parts
            if placed
        ],
    }
    if exhibition.opening_vi or exhibition.opening_en:
        collection["summary"] = field_language_map(exhibition, "opening")
    if exhibition.organiser:
        collection["provider"] = [provider(exhibition.organiser)]
    return collection


def _collection(
    address: str, record: Record, items: Sequence[Mapping[str, Any]], addresses: Addresses
) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": address,
        "type": "Collection",
        "label": field_language_map(record, "title"),
        "items": list(items),
        "homepage": [
            {
                "id": addresses.record_page(record, code),
                "type": "Text",
                "label": field_language_map(record, "title"),
                "format": "text/html",
                "language": [code],
            }
            for code in ("vi", "en")
        ],
    }
