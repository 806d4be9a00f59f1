"""What a place was called when: its own names, what it was made of and became, and what its land was called."""

from dataclasses import dataclass, replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.places.models import Place
from catalog.places.queries import provinces
from catalog.rules.provinces import BY_SLUG, PROVINCES, Province, expand, find_provinces, today_of
from catalog.rules.text import fold
from catalog.sources.models import Source

MERGER = 2025
ALWAYS = 9999


@dataclass(frozen=True)
class NameThen:
    """One name in one period. note: how it stands to the place; place: its own page, if it has one; own: this place."""

    name: str
    from_year: int | None
    to_year: int | None
    note: str = ""
    place: Place | None = None
    source: Source | None = None
    own: bool = False

    @property
    def dated(self) -> bool:
        """Whether any year is known."""
        return bool(self.from_year or self.to_year)

    @property
    def since_merger(self) -> bool:
        """Whether it is a name of 1 July 2025, which never stands without what was there before."""
        return self.from_year == MERGER and self.to_year is None


def bare_name(place: Place) -> str:
    """The name without what was added to tell periods apart: Ninh Bình of "Ninh Bình (từ 1/7/2025)"."""
    return place.name_vi.partition("(")[0].strip()


def province_of(place: Place) -> Province | None:
    """The dated province that the place is, by its name and years."""
    if place.kind != Place.Kind.PROVINCE:
        return None
    wanted = fold(bare_name(place))
    same = [one for one in find_provinces(bare_name(place)) if fold(one.name) == wanted]
    return max(same, key=lambda one: _shared_years(place, one), default=None)


def now_and_before(place: Place) -> str:
    """For a province: what its land belongs to now; for one of 2025: what it was made of; else ''."""
    province = province_of(place)
    if province is None:
        return ""
    if province.from_year == MERGER:
        before = [one.name for one in PROVINCES if one.slug in expand(province.slug) and one.to_year == MERGER]
        return _("before 1 July 2025: %(names)s") % {"names": ", ".join(before)} if before else ""
    today = today_of(province.slug)
    names = {"names": ", ".join(today)}
    if bare_name(place) not in today:
        return _("now part of %(names)s") % names if today else ""
    # The same name, but not the same land: Quảng Trị before and since.
    return _("now part of %(names)s as it is since 1 July 2025") % names if place.to_year else ""


def names_over_time(place: Place) -> list[NameThen]:
    """The names in order of time, each once."""
    own = NameThen(_shown(place), place.from_year, place.to_year, place=place, source=place.source, own=True)
    found = [own, *_predecessors(place), *_successors(place)]
    found += [NameThen(one.value, one.from_year, one.to_year, "", None, one.source) for one in place.names.all()]
    province = province_of(place)
    if province:
        others = provinces().exclude(pk=place.pk)
        pages = [NameThen(bare_name(one), one.from_year, one.to_year, place=one) for one in others]
        for row in _land(province):
            if not any(_same_then(row, other) for other in found):
                page = next((one.place for one in pages if _same_then(row, one)), None)
                found.append(replace(row, place=page))
    return sorted(found, key=lambda one: (one.from_year or 0, one.to_year or ALWAYS, not one.own))


def _predecessors(place: Place) -> list[NameThen]:
    rows = place.came_from.select_related("predecessor", "source")
    return [
        NameThen(
            _shown(row.predecessor),
            row.predecessor.from_year,
            row.predecessor.to_year or row.year,
            _("a part of it came here") if row.partial else _("before"),
            row.predecessor,
            row.source,
        )
        for row in rows
    ]


def _successors(place: Place) -> list[NameThen]:
    rows = place.became.select_related("successor", "source")
    return [
        NameThen(
            _shown(row.successor),
            row.successor.from_year or row.year,
            row.successor.to_year,
            _("a part went there") if row.partial else _("after"),
            row.successor,
            row.source,
        )
        for row in rows
    ]


def _land(province: Province) -> list[NameThen]:
    """What the same land was called, in whole or part, by the table of provinces."""
    rows: list[NameThen] = []
    for one in sorted((BY_SLUG[slug] for slug in expand(province.slug)), key=PROVINCES.index):
        spans = [(one.from_year, one.to_year)]
        if one.away:
            spans = [(one.from_year, one.away[0]), (one.away[1], one.to_year)]
        for first, last in spans:
            before = next((row for row in rows if row.name == one.name and row.to_year == first != MERGER), None)
            if before:
                rows[rows.index(before)] = replace(before, to_year=last)
            else:
                rows.append(NameThen(one.name, first, last))
    return rows


def _same_then(one: NameThen, other: NameThen) -> bool:
    """The same name in years that overlap by more than the year of a change."""
    if fold(_compared(one)) != fold(_compared(other)):
        return False
    return min(one.to_year or ALWAYS, other.to_year or ALWAYS) > max(one.from_year or 0, other.from_year or 0)


def _compared(one: NameThen) -> str:
    return bare_name(one.place) if one.place else one.name


def _shared_years(place: Place, one: Province) -> tuple[bool, bool, int]:
    first = max(place.from_year or 0, one.from_year or 0)
    last = min(place.to_year or ALWAYS, one.to_year or ALWAYS)
    return place.from_year == one.from_year, place.to_year == one.to_year, last - first


def _shown(place: Place) -> str:
    return (place.name_en or place.name_vi) if get_language() == "en" else place.name_vi
