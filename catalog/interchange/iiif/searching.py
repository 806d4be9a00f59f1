"""Responses of Content Search 2.0 (annotation pages) and 1.0 (annotation lists with hits), and their autocomplete.

Words are matched as everywhere in this catalogue: marks are ignored if none are typed, and all spellings of tones
match.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from catalog.engines.tree import Node
from catalog.interchange.iiif.addresses import Addresses
from catalog.interchange.iiif.annotations import canvas_part
from catalog.records.models import Page, Record
from catalog.rules.geometry import Box
from catalog.rules.text import fold, tokens
from catalog.search.hits import match_positions
from catalog.texts.queries import ShownText

CONTEXT_2 = "http://iiif.io/api/search/2/context.json"
CONTEXT_1 = ["http://iiif.io/api/presentation/2/context.json", "http://iiif.io/api/search/1/context.json"]
CONTEXT_LETTERS = 50
MOST_HITS = 500
MOST_TERMS = 20


@dataclass(frozen=True)
class Hit:
    """A hit on a page: the words, the text before and after, and their boxes (one for each line)."""

    page: Page
    words: str
    before: str
    after: str
    boxes: list[Box]


def hits_in(texts: Iterable[tuple[Page, ShownText]], node: Node | None) -> list[Hit]:
    """All hits for a query in the texts, only on pages that match the full query; at most MOST_HITS."""
    hits: list[Hit] = []
    for page, text in texts:
        for start, end, boxes in match_positions(text, node):
            before = text.text[max(0, start - CONTEXT_LETTERS) : start].replace("\n", " ")
            after = text.text[end : end + CONTEXT_LETTERS].replace("\n", " ")
            hits.append(Hit(page, text.text[start:end].replace("\n", " "), before, after, boxes))
            if len(hits) == MOST_HITS:
                return hits
    return hits


def answer_2(address: str, hits: Sequence[Hit], ignored: Sequence[str], addresses: Addresses) -> dict[str, Any]:
    """Content Search 2.0, sections 3.2 and 4.2. own: the address asked; ignored: its parameters that were not looked
    addresses."""
    items, quotes = [], []
    for number, hit in enumerate(hits, start=1):
        for line, box in enumerate(_boxes_or_page(hit), start=1):
            name = f"{address}#hit-{number}-{line}"
            items.append(
                {
                    "id": name,
                    "type": "Annotation",
                    "motivation": "highlighting",
                    "body": {"type": "TextualBody", "value": hit.words, "format": "text/plain"},
                    "target": canvas_part(addresses.canvas(hit.page), box),
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
    response: dict[str, Any] = {"@context": CONTEXT_2, "id": address, "type": "AnnotationPage", "items": items}
    if ignored:
        response["ignored"] = list(ignored)
    if quotes:
        response["annotations"] = [{"type": "AnnotationPage", "items": quotes}]
    return response


def answer_1(address: str, hits: Sequence[Hit], ignored: Sequence[str], addresses: Addresses) -> dict[str, Any]:
    """Content Search 1.0, sections 3.3 and 3.4."""
    resources, hit_items = [], []
    for number, hit in enumerate(hits, start=1):
        names = [f"{address}#hit-{number}-{line}" for line in range(1, max(1, len(hit.boxes)) + 1)]
        for name, box in zip(names, _boxes_or_page(hit), strict=True):
            resources.append(
                {
                    "@id": name,
                    "@type": "oa:Annotation",
                    "motivation": "sc:painting",
                    "resource": {"@type": "cnt:ContentAsText", "chars": hit.words},
                    "on": canvas_part(addresses.canvas(hit.page), box),
                }
            )
        hit_items.append(
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
        "@id": address,
        "@type": "sc:AnnotationList",
        "within": layer,
        "resources": resources,
        "hits": hit_items,
    }


def terms_in(texts: Iterable[tuple[Page, ShownText]], prefix: str) -> list[tuple[str, int]]:
    """Words of the texts that begin as `begun` does (marks off where none are typed), the most frequent first, with
    counts."""
    folded_prefix = fold(prefix.strip())
    if not folded_prefix:
        return []
    has_marks = folded_prefix != prefix.strip().lower()
    counts: Counter[str] = Counter()
    for _page, text in texts:
        for token in tokens(text.text):
            if token.folded.startswith(folded_prefix) and (
                not has_marks or token.exact.startswith(prefix.strip().lower())
            ):
                counts[token.exact] += 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TERMS]


def terms_2(address: str, record: Record, terms: Sequence[tuple[str, int]], addresses: Addresses) -> dict[str, Any]:
    """Autocomplete 2.0, section 5."""
    return {
        "@context": CONTEXT_2,
        "id": address,
        "type": "TermPage",
        "items": [
            {
                "value": word,
                "total": count,
                "service": [
                    {"id": f"{addresses.searching(record, 2)}?{urlencode({'q': word})}", "type": "SearchService2"}
                ],
            }
            for word, count in terms
        ],
    }


def terms_1(address: str, record: Record, terms: Sequence[tuple[str, int]], addresses: Addresses) -> dict[str, Any]:
    """Autocomplete 1.0, section 4.2."""
    return {
        "@context": CONTEXT_1[1],
        "@id": address,
        "@type": "search:TermList",
        "terms": [
            {"match": word, "url": f"{addresses.searching(record, 1)}?{urlencode({'q': word})}", "count": count}
            for word, count in terms
        ],
    }


def _boxes_or_page(hit: Hit) -> list[Box | None]:
    """The boxes of a hit; [None] for the whole page if there are none."""
    return list(hit.boxes) or [None]
