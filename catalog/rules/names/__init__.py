"""Names: every reading of a typed name, keys to find candidates, and comparison with reasons as data.

Source: docs/field/names.md.
"""

from catalog.rules.names.compare import (
    NameComparison,
    NameQuery,
    Rarity,
    Reason,
    band_of,
    compare_names,
    compare_tokens,
)
from catalog.rules.names.reading import (
    Arrangement,
    NameReading,
    NameText,
    query_arrangements,
    read_name,
    stored_arrangements,
)
from catalog.rules.names.syllables import query_keys, stored_keys

__all__ = [
    "Arrangement",
    "NameComparison",
    "NameQuery",
    "NameReading",
    "NameText",
    "Rarity",
    "Reason",
    "band_of",
    "compare_names",
    "compare_tokens",
    "query_arrangements",
    "query_keys",
    "read_name",
    "stored_arrangements",
    "stored_keys",
]
