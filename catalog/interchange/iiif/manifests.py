"""A record as a manifest (Presentation API 3.0, section 5.2): a canvas a page, with its image, its words and its
names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy, override

from catalog.images.models import Scan
from catalog.interchange.citations import Citation
from catalog.interchange.iiif.addresses import Addresses, Words, both, of_field
from catalog.records.models import Page, Record, Repository

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
# What `rights` may hold (Presentation 3.0, 3.2); anything else a viewer would refuse.
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
    """A page to be shown: `texts`: whether words were read on it; `names`: whether somebody is named on it."""

    page: Page
    scan: Scan
    texts: bool = False
    names: bool = False


@dataclass(frozen=True)
class ManifestRecord:
    """A record and as much of it as the asker may see."""

    record: Record
    above: Sequence[Record]
    pages: Sequence[ManifestPage]
    citation: Citation


def manifest_of(given: ManifestRecord, at: Addresses) -> dict[str, Any]:
    """The manifest."""
    record = given.record
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "id": at.manifest(record),
        "type": "Manifest",
        "label": of_field(record, "title"),
        "metadata": _metadata(record, given.above),
        "requiredStatement": {
            "label": said(CITE),
            "value": both(given.citation.line_vi, given.citation.line_en),
        },
        "provider": [provider(record.repository)],
        "homepage": [
            {
                "id": at.record_page(record, code),
                "type": "Text",
                "label": of_field(record, "title"),
                "format": "text/html",
                "language": [code],
            }
            for code, _name in settings.LANGUAGES
        ],
        "seeAlso": [
            {
                "id": at.as_json(record),
                "type": "Dataset",
                "format": "application/json",
                "label": both("Mô tả", "Description"),
            }
        ],
        "service": searching_services(record, at),
        "items": [canvas_of(one, record, at) for one in given.pages],
    }
    if record.description_vi or record.description_en:
        made["summary"] = of_field(record, "description")
    if record.rights_uri.startswith(RIGHTS):
        made["rights"] = record.rights_uri.replace("https://", "http://", 1)
    if record.date_earliest and record.date_earliest == record.date_latest:
        made["navDate"] = f"{record.date_earliest.isoformat()}T00:00:00Z"
    if given.above:
        made["partOf"] = [{"id": at.collection(given.above[-1]), "type": "Collection"}]
    if given.pages:
        made["thumbnail"] = [thumbnail(given.pages[0].scan, at)]
    made["rendering"] = _renderings(given, at)
    structures = _structures(given, at)
    if structures:
        made["structures"] = structures
    return made


def canvas_of(one: ManifestPage, record: Record, at: Addresses) -> dict[str, Any]:
    """A page as a canvas (5.3), as large as its image upright."""
    page, scan = one.page, one.scan
    canvas = at.canvas(page)
    service = image_service(scan, at)
    made: dict[str, Any] = {
        "id": canvas,
        "type": "Canvas",
        "label": page_label(page),
        "width": scan.width,
        "height": scan.height,
        "thumbnail": [thumbnail(scan, at)],
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
                            "id": f"{at.image(scan)}/full/max/0/default.jpg",
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
    if one.texts:
        made["rendering"] = [_rendering(at.page_text(record, page, "txt"), WORDS, "text/plain")]
        made["seeAlso"] = [
            {
                "id": at.page_text(record, page, "alto.xml"),
                "type": "Dataset",
                "format": "application/xml",
                "profile": "http://www.loc.gov/standards/alto/ns-v4#",
                "label": {"none": ["ALTO"]},
            }
        ]
    if scan.illustration:
        made["requiredStatement"] = {"label": said(PAGE), "value": said(ILLUSTRATION)}
    annotations = [(one.texts, at.text(page)), (one.names, at.names(page))]
    if any(wanted for wanted, _address in annotations):
        made["annotations"] = [{"id": address, "type": "AnnotationPage"} for wanted, address in annotations if wanted]
    return made


def page_label(page: Page) -> Words:
    """ "trang 3, Giấy chứng minh"."""
    number = page.label or str(page.number)
    titles = {"vi": page.title_vi or page.title_en, "en": page.title_en or page.title_vi}
    words = {}
    for code, title in titles.items():
        with override(code):
            words[code] = f"{PAGE} {number}" + (f", {title}" if title else "")
    return both(words["vi"], words["en"])


def image_service(scan: Scan, at: Addresses) -> dict[str, Any]:
    """The reference to an image's service (Image API 3.0, 5.1)."""
    return {"id": at.image(scan), "type": "ImageService3", "profile": "level2"}


def thumbnail(scan: Scan, at: Addresses) -> dict[str, Any]:
    """A small image of a scan."""
    scale = min(1.0, THUMBNAIL / max(scan.width, scan.height))
    width, height = max(1, round(scan.width * scale)), max(1, round(scan.height * scale))
    return {
        "id": f"{at.image(scan)}/full/{width},{height}/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": width,
        "height": height,
        "service": [image_service(scan, at)],
    }


def provider(repository: Repository) -> dict[str, Any]:
    """Who keeps it, as an Agent (5.6)."""
    made: dict[str, Any] = {
        "id": f"urn:kyuc:repository:{repository.slug}",
        "type": "Agent",
        "label": of_field(repository, "name"),
    }
    if repository.url:
        made["id"] = repository.url
        made["homepage"] = [
            {"id": repository.url, "type": "Text", "label": of_field(repository, "name"), "format": "text/html"}
        ]
    return made


def searching_services(record: Record, at: Addresses) -> list[dict[str, Any]]:
    """Content Search within the record: version 2.0 (section 3), and 1.0 for viewers that know only that."""
    return [
        {
            "id": at.searching(record, 2),
            "type": "SearchService2",
            "service": [{"id": at.completing(record, 2), "type": "AutoCompleteService2"}],
        },
        {
            "@context": "http://iiif.io/api/search/1/context.json",
            "@id": at.searching(record, 1),
            "@type": "SearchService1",
            "profile": "http://iiif.io/api/search/1/search",
            "service": {
                "@id": at.completing(record, 1),
                "@type": "AutoCompleteService1",
                "profile": "http://iiif.io/api/search/1/autocomplete",
            },
        },
    ]


def said(words: Any) -> Words:
    """A phrase of the interface in both languages."""
    both_ways = {}
    for code in ("vi", "en"):
        with override(code):
            both_ways[code] = str(words)
    return both(both_ways["vi"], both_ways["en"])


def _rendering(address: str, label: Any, media_type: str) -> dict[str, Any]:
    return {"id": address, "type": "Text", "label": said(label), "format": media_type}


def _renderings(given: ManifestRecord, at: Addresses) -> list[dict[str, Any]]:
    """The record in forms for people: the sheet to print, and all its words."""
    made = [_rendering(at.slip(given.record), SLIP, "text/html")]
    if any(one.texts for one in given.pages):
        made.append(_rendering(at.record_text(given.record), ALL_WORDS, "text/plain"))
    return made


def _metadata(record: Record, above: Sequence[Record]) -> list[dict[str, Any]]:
    rows: list[tuple[Words, Words]] = [
        (both("Ký hiệu", "Reference code"), {"none": [record.reference_code]}),
        (both("Số", "Number"), {"none": [one.value for one in record.identifiers.all()]}),
        (both("Cấp", "Level"), said(Record.Level(record.level).label)),
        (both("Thời gian", "Date"), {"none": [record.date_text or record.date_edtf]}),
        (both("Người hoặc cơ quan tạo", "Creator"), of_field(record, "creator")),
        (
            both("Thuộc", "Part of"),
            both(" › ".join(one.title_vi for one in above), " › ".join(one.title_en or one.title_vi for one in above)),
        ),
    ]
    if record.invented:
        rows.append((both("Lưu ý", "Note"), said(INVENTED)))
    return [
        {"label": label, "value": value}
        for label, value in rows
        if [words for listed in value.values() for words in listed if words not in ("", "–")]
    ]


def _structures(given: ManifestRecord, at: Addresses) -> list[dict[str, Any]]:
    """The sheets and titled pages as a table of contents (5.5): consecutive pages of one sheet, or of one title, are
    one range."""
    ranges: list[tuple[Words, list[ManifestPage]]] = []
    before: object = None
    for one in given.pages:
        page = one.page
        mark: object = ("sheet", page.sheet) if page.sheet else ("title", page.title_vi, page.title_en)
        if mark == ("title", "", ""):
            before = None
            continue
        if mark != before:
            label = of_field(page, "title")
            if page.sheet:
                sheet = both(f"tờ {page.sheet}", f"sheet {page.sheet}")
                label = (
                    sheet
                    if label == {"none": ["–"]}
                    else {
                        code: [f"{words[0]}, {label[code][0]}"] if code in label else words
                        for code, words in sheet.items()
                    }
                )
            ranges.append((label, []))
        ranges[-1][1].append(one)
        before = mark
    if not ranges:
        return []
    base = at.manifest(given.record)
    return [
        {
            "id": f"{base}/range/top",
            "type": "Range",
            "label": of_field(given.record, "title"),
            "items": [
                {
                    "id": f"{base}/range/{number}",
                    "type": "Range",
                    "label": label,
                    "items": [{"id": at.canvas(one.page), "type": "Canvas"} for one in pages],
                }
                for number, (label, pages) in enumerate(ranges, start=1)
            ],
        }
    ]
