"""A record as a manifest (Presentation API 3.0, section 5.2): one canvas for each page, with its image, text and
names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy

from catalog.images.models import Scan
from catalog.interchange.citations import Citation
from catalog.interchange.iiif.addresses import Addresses
from catalog.interchange.language_maps import (
    LanguageMap,
    field_language_map,
    language_map,
    phrase_language_map,
    translations,
)
from catalog.records.models import Page, Record, Repository

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
# Allowed values of `rights` (Presentation 3.0, 3.2); viewers refuse others.
RIGHTS = (
    "http://creativecommons.org/",
    "https://creativecommons.org/",
    "http://rightsstatements.org/",
    "https://rightsstatements.org/",
)
THUMBNAIL = 400

PAGE = gettext_lazy("page")
ILLUSTRATION = gettext_lazy("An illustration drawn for this catalogue, not the original.")
CITE = gettext_lazy("How to cite it")
SLIP = gettext_lazy("Search slip")
WORDS = gettext_lazy("Words on this page")
ALL_WORDS = gettext_lazy("All its words as text")
INVENTED = gettext_lazy("invented for demonstration")


@dataclass(frozen=True)
class ManifestPage:
    """A page with its image. texts: whether it has a text; names: whether it has mentions with a place."""

    page: Page
    scan: Scan
    texts: bool = False
    names: bool = False


@dataclass(frozen=True)
class ManifestRecord:
    """A record with what the asker may see of it."""

    record: Record
    above: Sequence[Record]
    pages: Sequence[ManifestPage]
    citation: Citation


def manifest_of(source: ManifestRecord, addresses: Addresses) -> dict[str, Any]:
    """The manifest of a record."""
    record = source.record
    manifest: dict[str, Any] = {
        "@context": CONTEXT,
        "id": addresses.manifest(record),
        "type": "Manifest",
        "label": field_language_map(record, "title"),
        "metadata": _metadata(record, source.above),
        "requiredStatement": {
            "label": phrase_language_map(CITE),
            "value": language_map(source.citation.line_vi, source.citation.line_en),
        },
        "provider": [provider(record.repository)],
        "homepage": [
            {
                "id": addresses.record_page(record, code),
                "type": "Text",
                "label": field_language_map(record, "title"),
                "format": "text/html",
                "language": [code],
            }
            for code, _name in settings.LANGUAGES
        ],
        "seeAlso": [
            {
                "id": addresses.as_json(record),
                "type": "Dataset",
                "format": "application/json",
                "label": language_map("Mô tả", "Description"),
            }
        ],
        "service": searching_services(record, addresses),
        "items": [canvas_of(page, record, addresses) for page in source.pages],
    }
    if record.description_vi or record.description_en:
        manifest["summary"] = field_language_map(record, "description")
    if record.rights_uri.startswith(RIGHTS):
        manifest["rights"] = record.rights_uri.replace("https://", "http://", 1)
    if record.date_earliest and record.date_earliest == record.date_latest:
        manifest["navDate"] = f"{record.date_earliest.isoformat()}T00:00:00Z"
    if source.above:
        manifest["partOf"] = [{"id": addresses.collection(source.above[-1]), "type": "Collection"}]
    if source.pages:
        manifest["thumbnail"] = [thumbnail(source.pages[0].scan, addresses)]
    manifest["rendering"] = _renderings(source, addresses)
    structures = _structures(source, addresses)
    if structures:
        manifest["structures"] = structures
    return manifest


def canvas_of(manifest_page: ManifestPage, record: Record, addresses: Addresses) -> dict[str, Any]:
    """A page as a canvas (5.3) of the size of its image as shown."""
    page, scan = manifest_page.page, manifest_page.scan
    canvas = addresses.canvas(page)
    service = image_service(scan, addresses)
    result: dict[str, Any] = {
        "id": canvas,
        "type": "Canvas",
        "label": page_label(page),
        "width": scan.width,
        "height": scan.height,
        "thumbnail": [thumbnail(scan, addresses)],
        "items": [
            {
                "id": f"{canvas}/painting",
                "type": "AnnotationPage",
                "items": [
                    {
                        "id": f"{canvas}/painting/image",
                        "type": "Annotation",
                        "motivation": "painting",
                        "target": canvas,
                        "body": {
                            "id": f"{addresses.image(scan)}/full/max/0/default.jpg",
                            "type": "Image",
                            "format": "image/jpeg",
                            "width": scan.width,
                            "height": scan.height,
                            "service": [service],
                        },
                    }
                ],
            }
        ],
    }
    if manifest_page.texts:
        result["rendering"] = [_rendering(addresses.page_text(record, page, "txt"), WORDS, "text/plain")]
        result["seeAlso"] = [
            {
                "id": addresses.page_text(record, page, "alto.xml"),
                "type": "Dataset",
                "format": "application/xml",
                "profile": "http://www.loc.gov/standards/alto/ns-v4#",
                "label": {"none": ["ALTO"]},
            }
        ]
    if scan.illustration:
        result["requiredStatement"] = {"label": phrase_language_map(PAGE), "value": phrase_language_map(ILLUSTRATION)}
    annotations = [(manifest_page.texts, addresses.text(page)), (manifest_page.names, addresses.names(page))]
    if any(is_present for is_present, _address in annotations):
        result["annotations"] = [
            {"id": address, "type": "AnnotationPage"} for is_present, address in annotations if is_present
        ]
    return result


def page_label(page: Page) -> LanguageMap:
    """The label of a page, for example "trang 3, Giấy chứng minh"."""
    number = page.label or str(page.number)
    titles = {"vi": page.title_vi or page.title_en, "en": page.title_en or page.title_vi}
    labels = {code: f"{word} {number}" for code, word in translations(PAGE).items()}
    return language_map(
        **{code: label + (f", {titles[code]}" if titles[code] else "") for code, label in labels.items()}
    )


def image_service(scan: Scan, addresses: Addresses) -> dict[str, Any]:
    """The reference to an image's service (Image API 3.0, 5.1)."""
    return {"id": addresses.image(scan), "type": "ImageService3", "profile": "level2"}


def thumbnail(scan: Scan, addresses: Addresses) -> dict[str, Any]:
    """The thumbnail of a scan."""
    scale = min(1.0, THUMBNAIL / max(scan.width, scan.height))
    width, height = max(1, round(scan.width * scale)), max(1, round(scan.height * scale))
    return {
        "id": f"{addresses.image(scan)}/full/{width},{height}/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": width,
        "height": height,
        "service": [image_service(scan, addresses)],
    }


def provider(repository: Repository) -> dict[str, Any]:
    """The repository as an Agent (5.6)."""
    agent: dict[str, Any] = {
        "id": f"urn:kyuc:repository:{repository.slug}",
        "type": "Agent",
        "label": field_language_map(repository, "name"),
    }
    if repository.url:
        agent["id"] = repository.url
        agent["homepage"] = [
            {
                "id": repository.url,
                "type": "Text",
                "label": field_language_map(repository, "name"),
                "format": "text/html",
            }
        ]
    return agent


def searching_services(record: Record, addresses: Addresses) -> list[dict[str, Any]]:
    """The search services of a record: Content Search 2.0 (section 3), and 1.0 for older viewers."""
    return [
        {
            "id": addresses.searching(record, 2),
            "type": "SearchService2",
            "service": [{"id": addresses.completing(record, 2), "type": "AutoCompleteService2"}],
        },
        {
            "@context": "http://iiif.io/api/search/1/context.json",
            "@id": addresses.searching(record, 1),
            "@type": "SearchService1",
            "profile": "http://iiif.io/api/search/1/search",
            "service": {
                "@id": addresses.completing(record, 1),
                "@type": "AutoCompleteService1",
                "profile": "http://iiif.io/api/search/1/autocomplete",
            },
        },
    ]


def _rendering(address: str, label: Any, media_type: str) -> dict[str, Any]:
    return {"id": address, "type": "Text", "label": phrase_language_map(label), "format": media_type}


def _renderings(source: ManifestRecord, addresses: Addresses) -> list[dict[str, Any]]:
    """The record in formats for people: the slip for printing, and its text."""
    renderings = [_rendering(addresses.slip(source.record), SLIP, "text/html")]
    if any(page.texts for page in source.pages):
        renderings.append(_rendering(addresses.record_text(source.record), ALL_WORDS, "text/plain"))
    return renderings


def _metadata(record: Record, above: Sequence[Record]) -> list[dict[str, Any]]:
    rows: list[tuple[LanguageMap, LanguageMap]] = [
        (language_map("Ký hiệu", "Reference code"), {"none": [record.reference_code]}),
        (language_map("Số", "Number"), {"none": [identifier.value for identifier in record.identifiers.all()]}),
        (language_map("Cấp", "Level"), phrase_language_map(Record.Level(record.level).label)),
        (language_map("Thời gian", "Date"), {"none": [record.date_text or record.date_edtf]}),
        (language_map("Người hoặc cơ quan tạo", "Creator"), field_language_map(record, "creator")),
        (
            language_map("Thuộc", "Part of"),
            language_map(
                " › ".join(ancestor.title_vi for ancestor in above),
                " › ".join(ancestor.title_en or ancestor.title_vi for ancestor in above),
            ),
        ),
    ]
    if record.invented:
        rows.append((language_map("Lưu ý", "Note"), phrase_language_map(INVENTED)))
    return [
        {"label": label, "value": value}
        for label, value in rows
        if [text for texts in value.values() for text in texts if text not in ("", "–")]
    ]


def _structures(source: ManifestRecord, addresses: Addresses) -> list[dict[str, Any]]:
    """The table of contents (5.5): consecutive pages of one sheet, or with one title, are a range."""
    ranges: list[tuple[LanguageMap, list[ManifestPage]]] = []
    last_mark: object = None
    for manifest_page in source.pages:
        page = manifest_page.page
        mark: object = ("sheet", page.sheet) if page.sheet else ("title", page.title_vi, page.title_en)
        if mark == ("title", "", ""):
            last_mark = None
            continue
        if mark != last_mark:
            label = field_language_map(page, "title")
            if page.sheet:
                sheet = language_map(f"tờ {page.sheet}", f"sheet {page.sheet}")
                label = (
                    sheet
                    if label == {"none": ["–"]}
                    else {
                        code: [f"{text[0]}, {label[code][0]}"] if code in label else text
                        for code, text in sheet.items()
                    }
                )
            ranges.append((label, []))
        ranges[-1][1].append(manifest_page)
        last_mark = mark
    if not ranges:
        return []
    base = addresses.manifest(source.record)
    return [
        {
            "id": f"{base}/range/top",
            "type": "Range",
            "label": field_language_map(source.record, "title"),
            "items": [
                {
                    "id": f"{base}/range/{number}",
                    "type": "Range",
                    "label": label,
                    "items": [
                        {"id": addresses.canvas(manifest_page.page), "type": "Canvas"} for manifest_page in pages
                    ],
                }
                for number, (label, pages) in enumerate(ranges, start=1)
            ],
        }
    ]
