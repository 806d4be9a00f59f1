"""A facet is the same thing to the filters, the grammar, the documents and the page."""

from collections.abc import Callable

from catalog.engines.query import FIELDS
from catalog.engines.tree import FACET_FIELDS
from catalog.records.models import Record
from catalog.search.documents import record_documents
from catalog.search.filters import FACETS
from catalog.templatetags.kyuc import facet_title


def test_a_facet_is_named_alike_everywhere(make_record: Callable[..., Record]) -> None:
    """One that is declared in the filters alone would find and count nothing, without a word."""
    (document,) = record_documents([make_record().pk])
    assert set(FACETS) == set(FACET_FIELDS) == set(document.facets)
    assert set(FACETS) < set(FIELDS)
    titles = [facet_title(name) for name in FACETS]
    assert all(titles) and len(set(titles)) == len(titles)
