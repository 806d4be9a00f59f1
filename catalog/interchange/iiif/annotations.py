"""The text and the names of a page as annotations on its canvas (Presentation 3.0, 5.4 and 5.5; Web Annotation
model)."""

from collections.abc import Iterable, Iterator
from typing import Any

from catalog.interchange.iiif.addresses import Addresses
from catalog.interchange.language_maps import language_map
from catalog.records.models import Mention, Page
from catalog.rules.geometry import Box
from catalog.rules.transcription import without_marks
from catalog.texts.packing import line_boxes
from catalog.texts.queries import ShownText

CONTEXT = "http://iiif.io/api/presentation/3/context.json"


def text_annotations(page: Page, text: ShownText, addresses: Addresses) -> dict[str, Any]:
    """The page's text: one annotation for each line, with its place."""
    address, canvas = addresses.text(page), addresses.canvas(page)
    return {
        "@context": CONTEXT,
        "id": address,
        "type": "AnnotationPage",
        "label": language_map("Chữ trên trang", "Words on the page"),
        "items": [
            {
                "id": f"{address}#line-{number}",
                "type": "Annotation",
                "motivation": "supplementing",
                "body": {"type": "TextualBody", "value": words, "format": "text/plain", "language": text.language},
                "target": canvas_part(canvas, box),
            }
            for number, (words, box) in enumerate(lines_of(text), start=1)
        ],
    }


def name_annotations(page: Page, mentions: Iterable[Mention], addresses: Addresses) -> dict[str, Any]:
    """The names on the page as written, with their places."""
    address, canvas = addresses.names(page), addresses.canvas(page)
    return {
        "@context": CONTEXT,
        "id": address,
        "type": "AnnotationPage",
        "label": language_map("Tên trên trang", "Names on the page"),
        "items": [
            {
                "id": f"{address}#name-{mention.pk}",
                "type": "Annotation",
                "motivation": "identifying",
                "body": {"type": "TextualBody", "value": mention.name, "format": "text/plain"},
                "target": canvas_part(canvas, mention.box),
            }
            for mention in mentions
        ],
    }


def lines_of(text: ShownText) -> Iterator[tuple[str, Box | None]]:
    """Each line of a text with the box around its words; None if no word has a box."""
    plain = without_marks(text.text)
    for line, box in zip(plain.split("\n"), line_boxes(plain, text.boxes), strict=True):
        if line.strip():
            yield line.strip(), box


def canvas_part(canvas: str, box: Box | None) -> str:
    """The address of a part of a canvas (Media Fragments URI 1.0, 4.2.2); of the whole canvas if `box` is None."""
    return f"{canvas}#xywh={','.join(map(str, box))}" if box else canvas
