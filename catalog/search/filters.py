"""Every way of narrowing the catalogue, declared once: the search page, the lists of records, the desk and the API use
these.

A value in an address is a code of the catalogue; with a minus before it, it is left out. The engine is told the same
values as facets (`narrowing`), the database as conditions (`CatalogueFilters.qs`).
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
    """What Django's QueryDict is to this module."""

    def __contains__(self, key: object) -> bool: ...
    def __getitem__(self, key: str) -> Any: ...
    def getlist(self, key: str) -> list[str]: ...


class ValuesField(forms.MultipleChoiceField):
    """Any values: a code that nothing bears finds nothing, and is no error."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[str]:
        """Distinct values without blanks, the first MOST_VALUES."""
        return list(dict.fromkeys(one.strip()[:100] for one in value or () if one.strip()))[:MOST_VALUES]

    def validate(self, value: Any) -> None:
        """Nothing is refused."""


class FacetFilter(django_filters.Filter):  # type: ignore[misc]
    """Any of the values given, none of those given with a minus before them."""

    field_class = ValuesField

    def filter(self, qs: QuerySet[Record], value: Any) -> QuerySet[Record]:
        """Narrow `qs`."""
        chosen, left_out = parted(value or ())
        if chosen:
            qs = qs.filter(self.condition(chosen))
        return qs.exclude(self.condition(left_out)) if left_out else qs

    def condition(self, values: tuple[str, ...]) -> Q:
        """Records that bear any of `values`."""
        return Q(**{f"{self.field_name}__in": values})


class DecadeFilter(FacetFilter):
    """Decades that a record's dates touch; a span of more than LONGEST_SPAN years tells no decade."""

    def condition(self, values: tuple[str, ...]) -> Q:
        """See FacetFilter."""
        found = Q(pk__in=[])
        for value in values:
            # Beyond these no database has a date, and some raise an error.
            if value.isascii() and value.isdigit() and len(value) == 4 and 10 <= (first := int(value)) <= 9980:
                found |= Q(date_earliest__year__lt=first + 10, date_latest__year__gte=first)
        first_decade, last_decade = (_decade(column) for column in ("date_earliest", "date_latest"))
        return found & Q(LessThanOrEqual(last_decade - first_decade, LONGEST_SPAN))


def _decade(column: str) -> CombinedExpression:
    """The first year of the decade that a date lies in, as `decades_of` counts."""
    return ExtractYear(column) - Mod(ExtractYear(column), 10)


class LanguageFilter(FacetFilter):
    """Languages stand in one column, parted by commas."""

    def condition(self, values: tuple[str, ...]) -> Q:
        """See FacetFilter."""
        found = Q(pk__in=[])
        for value in values:
            found |= Q(languages__regex=rf"(^|,)\s*{value}\s*(,|$)") if value.isalpha() else Q(pk__in=[])
        return found


class ScansFilter(FacetFilter):
    """`yes` or `no`."""

    def condition(self, values: tuple[str, ...]) -> Q:
        """See FacetFilter."""
        has = Q(Exists(Scan.objects.filter(page__record=OuterRef("pk"))))
        return (has if "yes" in values else Q(pk__in=[])) | (~has if "no" in values else Q(pk__in=[]))


class LenderFilter(FacetFilter):
    """Who lent it to an exhibition."""

    def condition(self, values: tuple[str, ...]) -> Q:
        """See FacetFilter."""
        return Q(Exists(public_loans().filter(record=OuterRef("pk"), lender__slug__in=values)))


class CatalogueFilters(django_filters.FilterSet):  # type: ignore[misc]
    """Of records. `facets` names those the engine counts."""

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
        """Records that stand directly in the one of that number."""
        parent = record_by_identifier(value)
        return qs.filter(parent=parent) if parent else qs.none()

    def dated_from(self, qs: QuerySet[Record], _name: str, value: str) -> QuerySet[Record]:
        """Records that may be of that day or later."""
        day = read_date(value).earliest
        return qs.filter(date_latest__gte=day) if day else qs

    def dated_to(self, qs: QuerySet[Record], _name: str, value: str) -> QuerySet[Record]:
        """Records that may be of that day or earlier."""
        day = read_date(value).latest
        return qs.filter(date_earliest__lte=day) if day else qs


# Named as in addresses, where `from` is a word like any other.
CatalogueFilters.base_filters["from"] = django_filters.CharFilter(label=_("from"), method="dated_from")
CatalogueFilters.base_filters["to"] = django_filters.CharFilter(label=_("to"), method="dated_to")

FACETS: tuple[str, ...] = tuple(
    name for name, one in CatalogueFilters.base_filters.items() if isinstance(one, FacetFilter)
)
TITLES = {name: CatalogueFilters.base_filters[name].label for name in FACETS}


def read_filters(data: QueryMap) -> dict[str, tuple[str, ...]]:
    """The values of every facet in an address, as they stand there."""
    read = {name: CatalogueFilters.base_filters[name].field.clean(data.getlist(name)) for name in FACETS}
    return {name: tuple(values) for name, values in read.items() if values}


def parted(values: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(values to have, values to leave out)."""
    values = tuple(values)
    return (
        tuple(value for value in values if not value.startswith("-")),
        tuple(value[1:] for value in values if value.startswith("-") and len(value) > 1),
    )


def narrowing(filters: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """(values to have, values to leave out) of every facet, for the engine."""
    both = {name: parted(values) for name, values in filters.items()}
    return (
        {name: chosen for name, (chosen, _left_out) in both.items() if chosen},
        {name: left_out for name, (_chosen, left_out) in both.items() if left_out},
    )
