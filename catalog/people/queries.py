"""Reading persons and units: what a name of a unit covers, and what a code may mean."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from catalog.people.models import Person, Unit, UnitAlias
from catalog.rules.text import fold
from catalog.rules.units import base_number, parse_unit

LEVELS = ("a", "b", "c", "d", "e", "f")


def units_asked(text: str) -> tuple[str, list[int], tuple[str, ...]]:
    """The normal form that `text` names; the keys of every unit it covers (itself, what is below it, its family, what
    an alias stands for); and the other divisions of its family that were taken in (324B for 324)."""
    reading = parse_unit(text)
    covered = Q(pk__in=[])
    for levels in _level_sets(reading.readings):
        covered |= _covering(levels)
    found = list(Unit.objects.filter(covered).values_list("pk", "f")) if covered else []
    asked_divisions = {levels["f"] for levels in _level_sets(reading.readings) if levels.get("f")}
    family = sorted(
        {division for _, division in found if division and division not in asked_divisions} if asked_divisions else ()
    )
    units = [pk for pk, _ in found]
    if not reading.levels:
        units += [alias.unit_id for alias in aliases_of(text)]
    return reading.normal, units, tuple(family)


def aliases_of(text: str) -> list[UnitAlias]:
    """Every dated meaning that the catalogue knows of a code or cover name; none is picked."""
    wanted = _squeezed(text)
    return [alias for alias in unit_aliases() if _squeezed(alias.value) == wanted]


def unit_aliases() -> QuerySet[UnitAlias]:
    """All aliases of units with unit and source, by the year from which they were used."""
    return UnitAlias.objects.select_related("unit", "source").order_by("from_year", "pk")


def units_named(normal_forms: Iterable[str], keys: Iterable[int] = ()) -> QuerySet[Unit]:
    """The units with one of these normal forms or primary keys."""
    return Unit.objects.filter(Q(pk__in=keys) | Q(normal_form__in=normal_forms))


def foreign_units(normal: str) -> QuerySet[Unit]:
    """A unit of another army and those below it: us:3bn/9mar of us:9mar."""
    nation, _colon, rest = normal.partition(":")
    below = Unit.objects.filter(normal_form__startswith=f"{nation}:", normal_form__endswith=f"/{rest}")
    return Unit.objects.filter(normal_form=normal) | below


def merged_person(pk: int) -> Person | None:
    """The person of this key, if it was merged into another. The caller checks the visibility of that other."""
    return Person.objects.kept().filter(pk=pk, merged_into__isnull=False).first()


def _squeezed(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())


def _level_sets(readings: Iterable[str]) -> list[dict[str, str]]:
    return [levels for reading in readings if (levels := parse_unit(reading).levels)]


def _covering(levels: dict[str, str]) -> Q:
    wanted = Q()
    for level, value in levels.items():
        if level == "f":
            bare = base_number(value)
            # 324, 324A, 324B are one family; 32 is not of it.
            wanted &= Q(f=bare) | Q(f__regex=rf"^{bare}[a-z]+$")
        elif level == "upper":
            # A provincial unit may stand beside the region it belongs to: tinhdoi:quang-ngai/qk5.
            wanted &= Q(upper=value) | Q(upper__startswith=f"{value}/") | Q(upper__endswith=f"/{value}")
        elif level in LEVELS:
            wanted &= Q(**{level: value})
    return wanted
