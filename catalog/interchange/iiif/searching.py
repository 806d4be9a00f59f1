"""The answers of Content Search: 2.0 (annotation pages) and 1.0 (annotation lists with hits), and their autocomplete.

Words are found as everywhere in this catalogue: without marks where none are typed, whatever the spelling of the tones.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from catalog.engines.tree import Node
from catalog.interchange.iiif.addresses import Addresses
from catalog.interchange.iiif.annotations import on_canvas
from catalog.records.models import Page, Record
from catalog.rules.geometry import Box
from catalog.rules.text import fold, tokens
from catalog.search.hits import places_on_page
from catalog.texts.queries import ShownText

CONTEXT_2 = "http://iiif.io/api/search/2/context.json"
CONTEXT_1 = ["http://iiif.io/api/presentation/2/context.json", "http://iiif.io/api/search/1/context.json"]
AROUND = 50
MOST_HITS = 500
MOST_TERMS = 20


@dataclass(frozen=True)
class Hit:
    """Words found on a page: the words, what stands before and behind, and their boxes (a line each)."""

    page: Page
    words: str
    before: str
    after: str
    boxes: list[Box]


def hits_in(texts: Iterable[tuple[Page, ShownText]], node: Node | None) -> list[Hit]:
    """Every place in the texts where what was asked for stands, on pages that answer it; at most MOST_HITS."""
    hits: list[Hit] = []
    for page, text in texts:
        for start, end, boxes in places_on_page(text, node):
            before = text.text[max(0, start - AROUND) : start].replace("\n", " ")
            after = text.text[end : end + AROUND].replace("\n", " ")
            hits.append(Hit(page, text.text[start:end].replace("\n", " "), before, after, boxes))
            if len(hits) == MOST_HITS:
                return hits
    return hits


def answer_2(own: str, hits: Sequence[Hit], ignored: Sequence[str], at: Addresses) -> dict[str, Any]:
    """Content Search 2.0, sections 3.2 and 4.2. own: the address asked; ignored: its parameters that were not looked
    at."""
    items, quotes = [], []
    for number, hit in enumerate(hits, start=1):
        for line, box in enumerate(_places(hit), start=1):
            name = f"{own}#hit-{number}-{line}"
            items.append(
                {
                    "id": name,
                    "type": "Annotation",
                    "motivation": "highlighting",
                    "body": {"type": "TextualBody", "value": hit.words, "format": "text/plain"},
                    "target": on_canvas(at.canvas(hit.page), box),
                }
            )
            if line == 1:
                quotes.append(
                    {
                        "id": f"{name}-match",
                        "type": "Annotation",
                        "motivation": "contextualizing",
                        "target": {
                            "type": "SpecificResource",
                            "source": name,
                            "selector": [
                                {
                                    "type": "TextQuoteSelector",
                                    "prefix": hit.before,
                                    "exact": hit.words,
                                    "suffix": hit.after,
                                }
                            ],
                        },
                    }
                )
    made: dict[str, Any] = {"@context": CONTEXT_2, "id": own, "type": "AnnotationPage", "items": items}
    if ignored:
        made["ignored"] = list(ignored)
    if quotes:
        made["annotations"] = [{"type": "AnnotationPage", "items": quotes}]
    return made


def answer_1(own: str, hits: Sequence[Hit], ignored: Sequence[str], at: Addresses) -> dict[str, Any]:
    """Content Search 1.0, sections 3.3 and 3.4."""
    resources, found = [], []
    for number, hit in enumerate(hits, start=1):
        names = [f"{own}#hit-{number}-{line}" for line in range(1, max(1, len(hit.boxes)) + 1)]
        for name, box in zip(names, _places(hit), strict=True):
            resources.append(
                {
                    "@id": name,
                    "@type": "oa:Annotation",
                    "motivation": "sc:painting",
                    "resource": {"@type": "cnt:ContentAsText", "chars": hit.words},
                    "on": on_canvas(at.canvas(hit.page), box),
                }
            )
        found.append(
            {
                "@type": "search:Hit",
                "annotations": names,
                "match": hit.words,
                "before": hit.before,
                "after": hit.after,
                "selectors": [
                    {"@type": "oa:TextQuoteSelector", "exact": hit.words, "prefix": hit.before, "suffix": hit.after}
                ],
            }
        )
    layer: dict[str, Any] = {"@type": "sc:Layer", "total": len(resources)}
    if ignored:
        layer["ignored"] = list(ignored)
    return {
        "@context": CONTEXT_1,
        "@id": own,
        "@type": "sc:AnnotationList",
        "within": layer,
        "resources": resources,
        "hits": found,
    }


def terms_in(texts: Iterable[tuple[Page, ShownText]], begun: str) -> list[tuple[str, int]]:
    """Words of the texts that begin as `begun` does (marks off where none are typed), the most frequent first, with
    counts."""
    beginning = fold(begun.strip())
    if not beginning:
        return []
    marked = beginning != begun.strip().lower()
    counted: Counter[str] = Counter()
    for _page, text in texts:
        for token in tokens(text.text):
            if token.folded.startswith(beginning) and (not marked or token.exact.startswith(begun.strip().lower())):
                counted[token.exact] += 1
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TERMS]


def terms_2(own: str, record: Record, terms: Sequence[tuple[str, int]], at: Addresses) -> dict[str, Any]:
    """Autocomplete 2.0, section 5."""
    return {
        "@context": CONTEXT_2,
        "id": own,
        "type": "TermPage",
        "items": [
            {
                "value": word,
                "total": count,
                "service": [{"id": f"{at.searching(record, 2)}?{urlencode({'q': word})}", "type": "SearchService2"}],
            }
            for word, count in terms
        ],
    }


def terms_1(own: str, record: Record, terms: Sequence[tuple[str, int]], at: Addresses) -> dict[str, Any]:
    """Autocomplete 1.0, section 4.2."""
    return {
        "@context": CONTEXT_1[1],
        "@id": own,
        "@type": "search:TermList",
        "terms": [
            {"match": word, "url": f"{at.searching(record, 1)}?{urlencode({'q': word})}", "count": count}
            for word, count in terms
        ],
    }


def _places(hit: Hit) -> list[Box | None]:
    """Its boxes; the whole page where there are none."""
    return list(hit.boxes) or [None]
