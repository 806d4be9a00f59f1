"""Reading places. They are authorities, which everybody sees."""

from collections.abc import Iterable

from django.db.models import QuerySet

from catalog.places.models import Place


def places_with_names() -> QuerySet[Place]:
    """Places with what their pages show: where they lie, their source, their other names."""
    return Place.objects.select_related("within", "source").prefetch_related("names__source")


def provinces() -> QuerySet[Place]:
    """The provinces and cities of every period."""
    return Place.objects.filter(kind=Place.Kind.PROVINCE)


def keys_within(keys: Iterable[int]) -> set[int]:
    """The primary keys of these places and of everything that lies within them."""
    keys_found = set(keys)
    new_keys = keys_found
    while new_keys:
        new_keys = set(Place.objects.filter(within__in=new_keys).values_list("pk", flat=True)) - keys_found
        keys_found |= new_keys
    return keys_found
