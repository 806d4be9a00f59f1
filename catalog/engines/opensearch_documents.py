"""What OpenSearch keeps of a document, and how (extra `opensearch`).

Our own tokens go in, joined by spaces, so that words are what `rules.text` says they are; the server only splits at
spaces. What stands in the title stands in `folded` too, and pairs of very common words are words of their own
(rules.shortcuts).
"""

import hashlib
from typing import Any

from catalog.engines.interface import Document
from catalog.engines.profiles import COLUMN, profile_of
from catalog.engines.tokens import GAP, UNDATED, facet_terms, fielded
from catalog.rules.shortcuts import pairs_of
from catalog.rules.text import exact_and_folded

Body = dict[str, Any]

# What orders hits that are otherwise equal: a number, since a deep page has ten thousand of them handed over by each
# shard.
TIE = "tie"
WORDS: Body = {"type": "text", "analyzer": "whitespace"}
MAPPING: Body = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        **{name: {"type": "keyword"} for name in ("key", "kind", "audience", "number", "group", "revision")},
        # Counted with every question: made ready when something is written, not when it is asked for.
        COLUMN: {"type": "keyword", "eager_global_ordinals": True},
        **{name: {"type": "keyword", "doc_values": False} for name in ("facet", "above")},
        **dict.fromkeys(("exact", "fielded"), WORDS),
        # The server keeps beginnings of two letters as words of their own: they stand for a hundred words and more.
        **{name: WORDS | {"index_prefixes": {"min_chars": 2, "max_chars": 2}} for name in ("title", "folded")},
        "pairs": WORDS | {"index_options": "docs", "norms": False},
        **{name: {"type": "integer"} for name in ("date_from", "date_to", "by_date")},
        "newest": {"type": "double"},
        TIE: {"type": "long", "index": False},
    },
}


def opensearch_document(document: Document) -> Body:
    """A document in the words of MAPPING."""
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
    """Another number for every key, the same on every host: 63 bits of BLAKE2, so that of millions no two agree."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1
