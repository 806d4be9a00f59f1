"""Reading persons and units: which units a name covers, and what a code may mean."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from catalog.people.models import Person, Unit, UnitAlias
from catalog.rules.text import fold
from catalog.rules.units import base_number, parse_unit

LEVELS = ("a", "b", "c", "d", "e", "f")


def units_covered(text: str) -> tuple[str, list[int], tuple[str, ...]]:
    """The normal form that `text` names; the primary keys of every unit that it covers (itself, those below it, its
    family, those of an alias); and the other divisions of its family that are included (324B for 324)."""
    reading = parse_unit(text)
    condition = Q(pk__in=[])
    for levels in _level_sets(reading.readings):
        condition |= _covered_by(levels)
    units_with_division = list(Unit.objects.filter(condition).values_list("pk", "f")) if condition else []
    named_divisions = {levels["f"] for levels in _level_sets(reading.readings) if levels.get("f")}
    family = sorted(
        {division for _, division in units_with_division if division and division not in named_divisions}
        if named_divisions
        else ()
    )
    units = [pk for pk, _ in units_with_division]
    if not reading.levels:
        units += [alias.unit_id for alias in aliases_of(text)]
    return reading.normal, units, tuple(family)


def aliases_of(text: str) -> list[UnitAlias]:
    """Every dated meaning of a code or cover name in the catalogue; none is preferred."""
    code = _letters_and_digits(text)
    return [alias for alias in unit_aliases() if _letters_and_digits(alias.value) == code]


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


def _letters_and_digits(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())


def _level_sets(readings: Iterable[str]) -> list[dict[str, str]]:
    return [levels for reading in readings if (levels := parse_unit(reading).levels)]


def _covered_by(levels: dict[str, str]) -> Q:
    condition = Q()
    for level, value in levels.items():
        if level == "f":
            number = base_number(value)
            # 324, 324A, 324B are one family; 32 is not part of it.
            condition &= Q(f=number) | Q(f__regex=rf"^{number}[a-z]+$")
        elif level == "upper":
            # A provincial unit may be stored with the region it belongs to: tinhdoi:quang-ngai/qk5.
            condition &= Q(upper=value) | Q(upper__startswith=f"{value}/") | Q(upper__endswith=f"/{value}")
        elif level in LEVELS:
            condition &= Q(**{level: value})
    return condition
