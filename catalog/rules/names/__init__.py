"""Names (first thin version)."""

from dataclasses import dataclass
from typing import Any

from catalog.rules.text import fold


@dataclass(frozen=True)
class NameComparison:
    """How alike two names are."""

    score: float
    band: str
    reasons: tuple[Any, ...] = ()


def name_keys(text: str) -> tuple[str, ...]:
    """Candidate keys."""
    words = fold(text).split()
    return (" ".join(sorted(words)),) if len(words) > 1 else ()


def compare_names(query: str, candidate: str, rarity: Any = None) -> NameComparison:
    """Compare."""
    same = fold(query).split() == fold(candidate).split()
    return NameComparison(0.95, "match") if same else NameComparison(0.0, "none")
