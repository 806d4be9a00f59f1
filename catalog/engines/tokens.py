"""What the engines that keep where words stand have in common: how fields are told apart, and where a title ends."""

from collections.abc import Iterable

from catalog.engines.interface import Document
from catalog.rules.text import exact_and_folded

# Stands between title and body, so that no phrase runs from one into the other; no token is this.
GAP = "\u0001"
# Undated things come last in order of date.
UNDATED = 10**9


def fielded(document: Document) -> list[str]:
    """The words of the named fields, title first, as `field=word` and `field==word` (exact), in their order."""
    said: list[str] = []
    for name, text in (("title", document.title), *document.fields.items()):
        exact, folded = exact_and_folded(text)
        said += [*(f"{name}={word}" for word in folded), GAP, *(f"{name}=={word}" for word in exact), GAP]
    return said


def facet_terms(name: str, values: Iterable[str]) -> list[str]:
    """A facet's values as they stand in the index."""
    return [f"{name}={value}" for value in values]
