"""What else is known of the one looked for, held against what a mention says: contradiction lowers, absence does not.

Source: domain notes 5.1 step 6 and section 4 (ranking by unit).
"""

from dataclasses import dataclass
from functools import lru_cache
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
    """What came of it: the factor on the name's score, how many facts agreed, and the reasons."""

    factor: float = 1.0
    agreed: int = 0
    reasons: tuple[Reason, ...] = ()


def compare_facts(query: PersonQuery, said: dict[str, Any], *, with_kin: bool) -> Evidence | None:
    """Hold `asked` against the columns of a mention; None where service numbers contradict.

    Kin are compared only `with_kin`: they are for staff.
    """
    found: list[tuple[float, Reason]] = []
    if query.number_key and said["number_key"]:
        if query.number_key != said["number_key"]:
            return None
        found.append((1.1, Reason("number", "number_equal", query.number, said["number_key"])))
    written_unit = said["unit_text"] or said["unit__normal_form"] or ""
    if query.unit and written_unit:
        unit = _unit(query.unit, written_unit)
        found.append((unit[0], Reason("unit", unit[1], query.unit, written_unit)))
    if query.home and said["home_text"]:
        home = _home(query.home, said["home_text"])
        found.append((home[0], Reason("home", home[1], query.home, said["home_text"])))
    for name in YEARS:
        typed = getattr(query, name)
        if typed and (said[f"{name}_from"] or said[f"{name}_to"]):
            first, last = years_of(typed)
            factor, code = _years((first, last), (said[f"{name}_from"], said[f"{name}_to"]))
            if code:
                found.append(
                    (factor, Reason(name, f"{name}_{code}", typed, _span(said[f"{name}_from"], said[f"{name}_to"])))
                )
    if with_kin and query.kin and said["kin"]:
        words, kin = fold(query.kin).split(), fold(said["kin"])
        if words and " ".join(words) in " ".join(kin.split()):
            found.append((1.08, Reason("kin", "kin_named", query.kin, said["kin"])))
    factor = 1.0
    for one, _ in found:
        factor *= one
    kept = tuple(reason for _, reason in found if reason.code != "not_comparable")
    return Evidence(factor, sum(one > 1.0 for one, _ in found), kept)


@lru_cache(maxsize=50_000)
def _unit(query: str, written: str) -> tuple[float, str]:
    found = compare_units(parse_unit(query), parse_unit(written))
    return found.factor, found.reason


@lru_cache(maxsize=50_000)
def _home(query: str, written: str) -> tuple[float, str]:
    found = compare_homes(query, written)
    return found.factor, found.reason


def _years(query: tuple[int | None, int | None], written: tuple[int | None, int | None]) -> tuple[float, str]:
    if query == (None, None):
        return 1.0, ""
    low, high = query[0] or 0, query[1] or 9999
    first, last = written[0] or 0, written[1] or 9999
    gap = max(first - high, low - last, 0)
    if gap == 0:
        return 1.05, "same"
    # A year more or less comes of counting age the East Asian way.
    if gap == 1:
        return 1.0, "near"
    return (0.95, "apart") if gap <= 3 else (0.85, "other")


def _span(first: int | None, last: int | None) -> str:
    return str(first or last) if first == last or not (first and last) else f"{first}–{last}"
