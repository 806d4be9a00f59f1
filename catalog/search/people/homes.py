"""Mentions by their home: by its words, and a province also under the other names its land had and has."""

from django.db.models import Q

from catalog.rules.provinces import PROVINCES, expand, find_provinces
from catalog.rules.text import fold


def at_home(text: str) -> Q:
    """The condition for mentions whose home contains these words. Where they are the name of a province, also those
    whose home is in another province that has or had land of it.

    Source: docs/field/places.md, Rules, rule 3.
    """
    wanted = fold(text)
    home = Q(home_key__contains=wanted)
    names = {province.slug: fold(province.name) for province in PROVINCES}
    for province in find_provinces(text):
        if wanted.removeprefix("tinh ").removeprefix("thanh pho ") == fold(province.name):
            for slug in expand(province.slug):
                home |= Q(home_key__contains=names[slug])
    return home
