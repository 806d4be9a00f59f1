"""Homes looked for by their words, a province also under the names its land had and has."""

from django.db.models import Q

from catalog.rules.provinces import PROVINCES, expand, find_provinces
from catalog.rules.text import fold


def at_home(text: str) -> Q:
    """Mentions whose home has these words; for a province alone also those of every province that held or holds its
    land.

    Source: domain notes, section 3, rule 3.
    """
    wanted = fold(text)
    home = Q(home_key__contains=wanted)
    names = {one.slug: fold(one.name) for one in PROVINCES}
    for province in find_provinces(text):
        if wanted.removeprefix("tinh ").removeprefix("thanh pho ") == fold(province.name):
            for slug in expand(province.slug):
                home |= Q(home_key__contains=names[slug])
    return home
