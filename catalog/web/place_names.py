"""What a place was called when: its own names, its predecessors and successors, and the names of its land."""

from dataclasses import dataclass, replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.places.models import Place
from catalog.places.queries import provinces
from catalog.rules.provinces import BY_SLUG, PROVINCES, Province, expand, find_provinces, today_of
from catalog.rules.text import fold
from catalog.sources.models import Source

MERGER = 2025
NO_END = 9999


@dataclass(frozen=True)
class DatedName:
    """One name in one period. note: the relation to the place; place: the place with this name, if it has a page; own:
    whether it is the place itself."""

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
        """Whether it is a name since 1 July 2025, which is never shown without the name before."""
        return self.from_year == MERGER and self.to_year is None


def bare_name(place: Place) -> str:
    """The name without the note that tells periods apart: Ninh Bình of "Ninh Bình (từ 1/7/2025)"."""
    return place.name_vi.partition("(")[0].strip()


def province_of(place: Place) -> Province | None:
    """The province of the table that the place is, found by its name and years; None if it is none."""
    if place.kind != Place.Kind.PROVINCE:
        return None
    name = fold(bare_name(place))
    provinces = [province for province in find_provinces(bare_name(place)) if fold(province.name) == name]
    return max(provinces, key=lambda province: _agreement(place, province), default=None)


def now_and_before(place: Place) -> str:
    """For a province: to which province its land belongs now; for one of 2025: from which it was made; else ''."""
    province = province_of(place)
    if province is None:
        return ""
    if province.from_year == MERGER:
        before = [other.name for other in PROVINCES if other.slug in expand(province.slug) and other.to_year == MERGER]
        return _("before 1 July 2025: %(names)s") % {"names": ", ".join(before)} if before else ""
    today = today_of(province.slug)
    names = {"names": ", ".join(today)}
    if bare_name(place) not in today:
        return _("now part of %(names)s") % names if today else ""
    # The same name, but not the same land: Quảng Trị before and since.
    return _("now part of %(names)s as it is since 1 July 2025") % names if place.to_year else ""


def names_over_time(place: Place) -> list[DatedName]:
    """The names of the place by time, each once."""
    own = DatedName(_shown_name(place), place.from_year, place.to_year, place=place, source=place.source, own=True)
    names = [own, *_predecessors(place), *_successors(place)]
    names += [DatedName(row.value, row.from_year, row.to_year, "", None, row.source) for row in place.names.all()]
    province = province_of(place)
    if province:
        other_places = provinces().exclude(pk=place.pk)
        pages = [DatedName(bare_name(other), other.from_year, other.to_year, place=other) for other in other_places]
        for row in _names_of_land(province):
            if not any(_is_same_name_and_time(row, other) for other in names):
                same = next((page.place for page in pages if _is_same_name_and_time(row, page)), None)
                names.append(replace(row, place=same))
    return sorted(names, key=lambda name: (name.from_year or 0, name.to_year or NO_END, not name.own))


def _predecessors(place: Place) -> list[DatedName]:
    rows = place.came_from.select_related("predecessor", "source")
    return [
        DatedName(
            _shown_name(row.predecessor),
            row.predecessor.from_year,
            row.predecessor.to_year or row.year,
            _("a part of it came here") if row.partial else _("before"),
            row.predecessor,
            row.source,
        )
        for row in rows
    ]


def _successors(place: Place) -> list[DatedName]:
    rows = place.became.select_related("successor", "source")
    return [
        DatedName(
            _shown_name(row.successor),
            row.successor.from_year or row.year,
            row.successor.to_year,
            _("a part went there") if row.partial else _("after"),
            row.successor,
            row.source,
        )
        for row in rows
    ]


def _names_of_land(province: Province) -> list[DatedName]:
    """The names of the same land, or of parts of it, from the table of provinces."""
    rows: list[DatedName] = []
    for part in sorted((BY_SLUG[slug] for slug in expand(province.slug)), key=PROVINCES.index):
        spans = [(part.from_year, part.to_year)]
        if part.away:
            spans = [(part.from_year, part.away[0]), (part.away[1], part.to_year)]
        for first, last in spans:
            before = next((row for row in rows if row.name == part.name and row.to_year == first != MERGER), None)
            if before:
                rows[rows.index(before)] = replace(before, to_year=last)
            else:
                rows.append(DatedName(part.name, first, last))
    return rows


def _is_same_name_and_time(first: DatedName, second: DatedName) -> bool:
    """Whether two names are equal and their years overlap by more than the year of a change."""
    if fold(_compared_name(first)) != fold(_compared_name(second)):
        return False
    return min(first.to_year or NO_END, second.to_year or NO_END) > max(first.from_year or 0, second.from_year or 0)


def _compared_name(name: DatedName) -> str:
    return bare_name(name.place) if name.place else name.name


def _agreement(place: Place, province: Province) -> tuple[bool, bool, int]:
    """How well the years agree: the same first year, the same last year, years in common. Larger is better."""
    first = max(place.from_year or 0, province.from_year or 0)
    last = min(place.to_year or NO_END, province.to_year or NO_END)
    return place.from_year == province.from_year, place.to_year == province.to_year, last - first


def _shown_name(place: Place) -> str:
    return (place.name_en or place.name_vi) if get_language() == "en" else place.name_vi
