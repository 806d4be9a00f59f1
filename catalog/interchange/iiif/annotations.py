"""The words and the names on a page as annotations on its canvas (Presentation 3.0, 5.4, 5.5 and the Web Annotation
model)."""

from collections.abc import Iterable, Iterator
from typing import Any

from catalog.interchange.iiif.addresses import Addresses, both
from catalog.records.models import Mention, Page
from catalog.rules.geometry import Box
from catalog.rules.transcription import without_marks
from catalog.texts.packing import line_boxes
from catalog.texts.queries import ShownText

CONTEXT = "http://iiif.io/api/presentation/3/context.json"


def text_annotations(page: Page, text: ShownText, at: Addresses) -> dict[str, Any]:
    """The page's words, an annotation a line, where the line stands."""
    own, canvas = at.text(page), at.canvas(page)
    return {
        "@context": CONTEXT,
        "id": own,
        "type": "AnnotationPage",
        "label": both("Chữ trên trang", "Words on the page"),
        "items": [
            {
                "id": f"{own}#line-{number}",
                "type": "Annotation",
                "motivation": "supplementing",
                "body": {"type": "TextualBody", "value": words, "format": "text/plain", "language": text.language},
                "target": on_canvas(canvas, box),
            }
            for number, (words, box) in enumerate(lines_of(text), start=1)
        ],
    }


def name_annotations(page: Page, mentions: Iterable[Mention], at: Addresses) -> dict[str, Any]:
    """The names on the page as they are written, where they stand."""
    own, canvas = at.names(page), at.canvas(page)
    return {
        "@context": CONTEXT,
        "id": own,
        "type": "AnnotationPage",
        "label": both("Tên trên trang", "Names on the page"),
        "items": [
            {
                "id": f"{own}#name-{mention.pk}",
                "type": "Annotation",
                "motivation": "identifying",
                "body": {"type": "TextualBody", "value": mention.name, "format": "text/plain"},
                "target": on_canvas(canvas, mention.box),
            }
            for mention in mentions
        ],
    }


def lines_of(text: ShownText) -> Iterator[tuple[str, Box | None]]:
    """Each line of a text with the box around its words; None where no word of it has one."""
    plain = without_marks(text.text)
    for line, box in zip(plain.split("\n"), line_boxes(plain, text.boxes), strict=True):
        if line.strip():
            yield line.strip(), box


def on_canvas(canvas: str, box: Box | None) -> str:
    """A part of a canvas (Media Fragments URI 1.0, 4.2.2), or all of it."""
    return f"{canvas}#xywh={','.join(map(str, box))}" if box else canvas
