"""Names: every way a typed name can be read, keys for candidates, and comparison with reasons as data.

Source: domain notes, section 5 (pipeline 5.1, weights 5.2).
"""

from catalog.rules.names.compare import (
    NameComparison,
    Query,
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
    arrangements_asked,
    arrangements_stored,
    read_name,
)
from catalog.rules.names.syllables import asked_keys, stored_keys

__all__ = [
    "Arrangement",
    "NameComparison",
    "NameReading",
    "NameText",
    "Query",
    "Rarity",
    "Reason",
    "arrangements_asked",
    "arrangements_stored",
    "asked_keys",
    "band_of",
    "compare_names",
    "compare_tokens",
    "read_name",
    "stored_keys",
]
