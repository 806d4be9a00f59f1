"""Shared by the engines that store word positions: how fields are distinguished, and where a title ends."""

from collections.abc import Iterable

from catalog.engines.interface import Document
from catalog.rules.text import exact_and_folded

# Put between title and body, so that no phrase continues from one into the other. It is never a token.
GAP = "\u0001"
# Undated documents come last in the order of date.
UNDATED = 10**9


def fielded(document: Document) -> list[str]:
    """The words of the named fields, title first, as `field=word` and `field==word` (exact), in their order."""
    terms: list[str] = []
    for name, text in (("title", document.title), *document.fields.items()):
        exact, folded = exact_and_folded(text)
        terms += [*(f"{name}={word}" for word in folded), GAP, *(f"{name}=={word}" for word in exact), GAP]
    return terms


def facet_terms(name: str, values: Iterable[str]) -> list[str]:
    """The values of a facet as terms of the index."""
    return [f"{name}={value}" for value in values]
