"""What OpenSearch stores of a document, and how (extra `opensearch`).

It gets our own tokens joined by spaces and only splits at spaces, so that words are those of `rules.text`. Words of the
title are in `folded` too, and pairs of very common words are terms of their own (rules.shortcuts).
"""

import hashlib
from typing import Any

from catalog.engines.interface import Document
from catalog.engines.profiles import COLUMN, profile_of
from catalog.engines.tokens import GAP, UNDATED, facet_terms, fielded
from catalog.rules.shortcuts import pairs_of
from catalog.rules.text import exact_and_folded

Body = dict[str, Any]

# Orders hits that are otherwise equal. A number, since for a deep page each shard sends ten thousand of them.
TIE = "tie"
WORDS: Body = {"type": "text", "analyzer": "whitespace"}
MAPPING: Body = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        **{name: {"type": "keyword"} for name in ("key", "kind", "audience", "number", "group", "revision")},
        # Counted in every search: prepared when something is written, not when it is searched.
        COLUMN: {"type": "keyword", "eager_global_ordinals": True},
        **{name: {"type": "keyword", "doc_values": False} for name in ("facet", "above")},
        **dict.fromkeys(("exact", "fielded"), WORDS),
        # Prefixes of two letters are indexed as terms of their own: each would expand to a hundred words and more.
        **{name: WORDS | {"index_prefixes": {"min_chars": 2, "max_chars": 2}} for name in ("title", "folded")},
        "pairs": WORDS | {"index_options": "docs", "norms": False},
        **{name: {"type": "integer"} for name in ("date_from", "date_to", "by_date")},
        "newest": {"type": "double"},
        TIE: {"type": "long", "index": False},
    },
}


def opensearch_document(document: Document) -> Body:
    """A document in the fields of MAPPING."""
    title_exact, title_folded = exact_and_folded(document.title)
    body_exact, body_folded = exact_and_folded(document.body)
    return {
        "key": document.key,
        "revision": document.revision,
        "kind": document.kind,
        "audience": document.audience,
        "number": document.number,
        "group": document.group,
        "above": list(document.above),
        "newest": document.newest,
        TIE: _tie_of(document.key),
        "title": " ".join(title_folded),
        "folded": " ".join([*title_folded, GAP, *body_folded]),
        "exact": " ".join([*title_exact, GAP, *body_exact]),
        "pairs": " ".join(pairs_of(title_exact, title_folded, body_exact, body_folded)),
        "fielded": " ".join(fielded(document)),
        "facet": [term for name, values in document.facets.items() for term in facet_terms(name, values)],
        COLUMN: profile_of(document),
        "by_date": UNDATED if document.date_from is None else document.date_from,
        **({"date_from": document.date_from} if document.date_from is not None else {}),
        **({"date_to": document.date_to} if document.date_to is not None else {}),
    }


def _tie_of(key: str) -> int:
    """A number for every key, the same on every host: 63 bits of BLAKE2, so that of millions no two are equal."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1
