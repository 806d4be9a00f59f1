"""The filters of the catalogue, declared once for the search page, the lists of records, the desk and the API.

A value in an address is a code of the catalogue; with a minus before it, what has it is left out. The engine gets the
values as facets (`split_filters`), the database gets them as conditions (`CatalogueFilters.qs`).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import ExtractYear, Mod
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from catalog.exhibitions.queries import public_loans
from catalog.images.models import Scan
from catalog.records.models import Record
from catalog.records.queries import record_by_identifier
from catalog.rules.dates import LONGEST_SPAN, read_date

MOST_VALUES = 20


class QueryMap(Protocol):
    """What this room uses of Django's QueryDict."""

    def __contains__(self, key: object) -> bool: ...
    def __getitem__(self, key: str) -> Any: ...
    def getlist(self, key: str) -> list[str]: ...


def single_value(data: QueryMap, name: str) -> str:
    """The value of a parameter that has only one (the last where it is repeated); "" where it is missing."""
    return str(data[name]) if name in data else ""


class ValuesField(forms.MultipleChoiceField):
    """Values of any kind: a code that no record has finds nothing, and is no error."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[str]:
        """Distinct values without blanks, the first MOST_VALUES."""
        return list(dict.fromkeys(code.strip()[:100] for code in value or () if code.strip()))[:MOST_VALUES]

    def validate(self, value: Any) -> None:
        """Nothing is refused."""


class FacetFilter(django_filters.Filter):  # type: ignore[misc]
    """Records that have one of the values, and none of the values with a minus before them."""

    field_class = ValuesField

    def filter(self, qs: QuerySet[Record], value: Any) -> QuerySet[Record]:
        """Narrow `qs`."""
        chosen, left_out = split_values(value or ())
        if chosen:
            qs = qs.filter(self.condition(chosen))
        return qs.exclude(self.condition(left_out)) if left_out else qs

    def condition(self, values: tuple[str, ...]) -> Q:
        """The condition for records that have any of `values`."""
        return Q(**{f"{self.field_name}__in": values})


class DecadeFilter(FacetFilter):
    """Decades that a record's dates touch. Dates that span more than LONGEST_SPAN years are in no decade."""

    def condition(self, values: tuple[str, ...]) -> Q:
        """See FacetFilter."""
        touches = Q(pk__in=[])
        for value in values:
            # No database has dates outside these years, and some raise an error for them.
            if value.isascii() and value.isdigit() and len(value) == 4 and 10 <= (first := int(value)) <= 9980:
                touches |= Q(date_earliest__year__lt=first + 10, date_latest__year__gte=first)
        first_decade, last_decade = (_decade(column) for column in ("date_earliest", "date_latest"))
        return touches & Q(LessThanOrEqual(last_decade - first_decade, LONGEST_SPAN))


def _decade(column: str) -> CombinedExpression:
    """The first year of the decade of a date, by the same rule as `rules.dates.decades_of`."""
    return ExtractYear(column) - Mod(ExtractYear(column), 10)


class LanguageFilter(FacetFilter):
    """Languages, which a record has in one column, separated by commas."""

    def condition(self, values: tuple[str, ...]) -> Q:
        """See FacetFilter."""
        any_language = Q(pk__in=[])
        for value in values:
            any_language |= Q(languages__regex=rf"(^|,)\s*{value}\s*(,|$)") if value.isalpha() else Q(pk__in=[])
        return any_language


class ScansFilter(FacetFilter):
    """Whether a record has images: `yes` or `no`."""

    def condition(self, values: tuple[str, ...]) -> Q:
        """See FacetFilter."""
        has_scans = Q(Exists(Scan.objects.filter(page__record=OuterRef("pk"))))
        return (has_scans if "yes" in values else Q(pk__in=[])) | (~has_scans if "no" in values else Q(pk__in=[]))


class LenderFilter(FacetFilter):
    """The repositories that lent a record to an exhibition, by their slugs."""

    def condition(self, values: tuple[str, ...]) -> Q:
        """See FacetFilter."""
        return Q(Exists(public_loans().filter(record=OuterRef("pk"), lender__slug__in=values)))


class CatalogueFilters(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of records. Those that are FacetFilters are counted by the engine too (`FACETS`)."""

    kind = FacetFilter(label=_("Kind of document"))
    level = FacetFilter(label=_("Level"))
    repository = FacetFilter(field_name="repository__slug", label=_("Kept at"))
    lender = LenderFilter(label=_("Lent by"))
    decade = DecadeFilter(label=_("Decade"))
    language = LanguageFilter(label=_("Language"))
    scans = ScansFilter(label=_("Images"))

    parent = django_filters.CharFilter(label=_("within"), method="within")

    class Meta:
        model = Record
        fields: list[str] = []

    def within(self, qs: QuerySet[Record], _name: str, value: str) -> QuerySet[Record]:
        """Records directly below the record with this number."""
        parent = record_by_identifier(value)
        return qs.filter(parent=parent) if parent else qs.none()

    def dated_from(self, qs: QuerySet[Record], _name: str, value: str) -> QuerySet[Record]:
        """Records that may be from that day or later."""
        day = read_date(value).earliest
        return qs.filter(date_latest__gte=day) if day else qs

    def dated_to(self, qs: QuerySet[Record], _name: str, value: str) -> QuerySet[Record]:
        """Records that may be from that day or earlier."""
        day = read_date(value).latest
        return qs.filter(date_earliest__lte=day) if day else qs


# Named as in addresses. They cannot be attributes of the class: `from` is a keyword of Python.
CatalogueFilters.base_filters["from"] = django_filters.CharFilter(label=_("from"), method="dated_from")
CatalogueFilters.base_filters["to"] = django_filters.CharFilter(label=_("to"), method="dated_to")

FACETS: tuple[str, ...] = tuple(
    name for name, declared in CatalogueFilters.base_filters.items() if isinstance(declared, FacetFilter)
)


def read_filters(data: QueryMap) -> dict[str, tuple[str, ...]]:
    """The values of each facet in an address, as they are there (a minus before a value stays)."""
    values_of = {name: CatalogueFilters.base_filters[name].field.clean(data.getlist(name)) for name in FACETS}
    return {name: tuple(values) for name, values in values_of.items() if values}


def split_values(values: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(values to have, values to leave out)."""
    values = tuple(values)
    return (
        tuple(value for value in values if not value.startswith("-")),
        tuple(value[1:] for value in values if value.startswith("-") and len(value) > 1),
    )


def split_filters(
    filters: Mapping[str, tuple[str, ...]],
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """(values to have, values to leave out), each by facet, for the engine."""
    split = {name: split_values(values) for name, values in filters.items()}
    return (
        {name: chosen for name, (chosen, _left_out) in split.items() if chosen},
        {name: left_out for name, (_chosen, left_out) in split.items() if left_out},
    )
