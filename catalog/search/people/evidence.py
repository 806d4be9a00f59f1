"""What else is known of the person, compared with what a mention says. A contradiction lowers the score; what the paper
does not say has no effect.

Sources: docs/field/names.md, Pipeline, step 6; docs/field/units.md, Ranking.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

from catalog.rules.dates import years_of
from catalog.rules.names import Reason
from catalog.rules.provinces import compare_homes
from catalog.rules.text import fold
from catalog.rules.units import compare_units, parse_unit
from catalog.search.people.person_query import PersonQuery

YEARS = ("born", "enlisted", "died")
# The columns of a mention that are compared, in this order.
COLUMNS = (
    "unit_text",
    "unit__normal_form",
    "home_text",
    "number_key",
    "kin",
    "born_from",
    "born_to",
    "enlisted_from",
    "enlisted_to",
    "died_from",
    "died_to",
)


@dataclass(frozen=True)
class Evidence:
    """factor: multiplies the score of the name (1.0 changes nothing); agreed: how many facts agree; reasons: one for
    each fact that could be compared."""

    factor: float = 1.0
    agreed: int = 0
    reasons: tuple[Reason, ...] = ()


def compare_facts(query: PersonQuery, mention: dict[str, Any], *, with_kin: bool) -> Evidence | None:
    """Compare `query` with a mention (its values, by the names in `COLUMNS`). None where both have a service number and
    the numbers differ: then it is another person.

    with_kin: whether kin are compared; only staff may see them.
    """
    compared: list[tuple[float, Reason]] = []
    if query.number_key and mention["number_key"]:
        if query.number_key != mention["number_key"]:
            return None
        compared.append((1.1, Reason("number", "number_equal", query.number, mention["number_key"])))
    written_unit = mention["unit_text"] or mention["unit__normal_form"] or ""
    if query.unit and written_unit:
        unit = _unit(query.unit, written_unit)
        compared.append((unit[0], Reason("unit", unit[1], query.unit, written_unit)))
    if query.home and mention["home_text"]:
        home = _home(query.home, mention["home_text"])
        compared.append((home[0], Reason("home", home[1], query.home, mention["home_text"])))
    for name in YEARS:
        typed, written = getattr(query, name), (mention[f"{name}_from"], mention[f"{name}_to"])
        if typed and any(written):
            factor, code = _years(years_of(typed), written)
            if code:
                compared.append((factor, Reason(name, f"{name}_{code}", typed, _span(*written))))
    if with_kin and query.kin and mention["kin"]:
        words, kin = fold(query.kin).split(), fold(mention["kin"])
        if words and " ".join(words) in " ".join(kin.split()):
            compared.append((1.08, Reason("kin", "kin_named", query.kin, mention["kin"])))
    factors = [factor for factor, _ in compared]
    reasons = tuple(reason for _, reason in compared if reason.code != "not_comparable")
    return Evidence(prod(factors, start=1.0), sum(factor > 1.0 for factor in factors), reasons)


@lru_cache(maxsize=50_000)
def _unit(query: str, written: str) -> tuple[float, str]:
    comparison = compare_units(parse_unit(query), parse_unit(written))
    return comparison.factor, comparison.reason


@lru_cache(maxsize=50_000)
def _home(query: str, written: str) -> tuple[float, str]:
    comparison = compare_homes(query, written)
    return comparison.factor, comparison.reason


def _years(query: tuple[int | None, int | None], written: tuple[int | None, int | None]) -> tuple[float, str]:
    if query == (None, None):
        return 1.0, ""
    low, high = query[0] or 0, query[1] or 9999
    first, last = written[0] or 0, written[1] or 9999
    gap = max(first - high, low - last, 0)
    if gap == 0:
        return 1.05, "same"
    # Counting age the East Asian way (a child is one year old at birth) makes a difference of one year.
    if gap == 1:
        return 1.0, "near"
    return (0.95, "apart") if gap <= 3 else (0.85, "other")


def _span(first: int | None, last: int | None) -> str:
    return str(first or last) if first == last or not (first and last) else f"{first}–{last}"
