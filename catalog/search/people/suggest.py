"""Suggestions while somebody types: names, units, places and numbers that the asker may see, with their counts."""

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db import connection
from django.db.models import Count, Q

from catalog.people.models import NameForm, Unit
from catalog.people.queries import units_covered
from catalog.places.models import Place
from catalog.records.models import Identifier, MentionForm
from catalog.records.queries import Asker, address_code, visible_mentions, visible_to
from catalog.rules.identifiers import clean_identifier
from catalog.rules.names import read_name
from catalog.rules.text import canonical, fold
from catalog.rules.units import is_unit_query
from catalog.search.people.candidates import Candidates

# Letters that must be typed, and letters that are read.
LEAST_TEXT, MOST_TEXT = 2, 80
# Suggestions of one kind.
MOST_OF_A_KIND = 6
# Name forms or places of which mentions are counted.
MOST_COUNTED = 60
MOST_LINKS = 5000
BATCH = 500
# The least score of a name that is offered instead of one that was not found.
NEAR_ENOUGH = 0.3


@dataclass(frozen=True)
class Suggestion:
    """kind: name, unit, place or number; text: what to search for; key: of its page (normal form of a unit, primary key
    of a place, code of a record, the text of a name); count: number of visible mentions (1 for a number)."""

    kind: str
    text: str
    key: str
    count: int


def suggest(text: str, asker: Asker) -> list[Suggestion]:
    """At most six suggestions of each kind, from the second letter on. What the asker may not see is neither suggested
    nor counted."""
    typed = " ".join(canonical(text[:MOST_TEXT]).split())
    if len(typed) < LEAST_TEXT:
        return []
    return [*_numbers(typed, asker), *_units(typed, asker), *_names(typed, asker), *_places(typed, asker)]


def names_like(text: str, asker: Asker, most: int = MOST_OF_A_KIND) -> list[tuple[str, int]]:
    """Visible names nearest to one that was not found, each with its number of visible mentions; nearest first, at most
    `most`. Their given names are like the one asked for."""
    name = read_name(text)
    if not name.readings:
        return []
    forms = Candidates(name, asker, least=NEAR_ENOUGH).all()[: MOST_COUNTED * 2]
    counts = _counts([form.pk for form in forms], asker)
    texts = dict(NameForm.objects.filter(pk__in=list(counts)).values_list("pk", "text"))
    ranked = [(texts[form.pk], counts[form.pk]) for form in forms if form.pk in counts]
    return list(dict(ranked).items())[:most]


def _numbers(typed: str, asker: Asker) -> list[Suggestion]:
    if not any(letter.isdigit() for letter in typed):
        return []
    start = clean_identifier(typed).value.upper()
    without_spaces = "".join(start.split())
    numbers = (
        Identifier.objects.filter(Q(matched__startswith=start) | Q(matched__startswith=without_spaces))
        .filter(record__in=visible_to(asker))
        .select_related("record")
        .prefetch_related("record__identifiers")
        .order_by("matched")[:MOST_OF_A_KIND]
    )
    return [Suggestion("number", number.value, address_code(number.record), 1) for number in numbers]


def _units(typed: str, asker: Asker) -> list[Suggestion]:
    if not (is_unit_query(typed) or any(letter.isdigit() for letter in typed)):
        return []
    _normal, keys, _family = units_covered(typed)
    if not keys:
        return []
    counted = (
        visible_mentions(asker)
        .filter(unit__in=keys[:200])
        .order_by()
        .values("unit")
        .annotate(total=Count("pk"))
        .order_by("-total")
    )
    totals = {row["unit"]: row["total"] for row in counted[:MOST_OF_A_KIND]}
    units = Unit.objects.in_bulk(list(totals))
    return [Suggestion("unit", units[pk].normal_form, units[pk].normal_form, total) for pk, total in totals.items()]


def _names(typed: str, asker: Asker) -> list[Suggestion]:
    forms = NameForm.objects.filter(_starts_with(fold(typed))).order_by("folded")
    counts = _counts(list(forms.values_list("pk", flat=True)[:MOST_COUNTED]), asker)
    texts = dict(NameForm.objects.filter(pk__in=list(counts)).values_list("pk", "text"))
    by_text: dict[str, int] = defaultdict(int)
    for pk, count in counts.items():
        by_text[texts[pk]] += count
    # Where tone marks were typed, only names with the same marks are offered; without any, every spelling is.
    fitting = [text for text in by_text if typed.isascii() or text.lower().startswith(typed.lower())]
    ranked = sorted(fitting, key=lambda text: (-by_text[text], text))
    return [Suggestion("name", text, text, by_text[text]) for text in ranked[:MOST_OF_A_KIND]]


def _places(typed: str, asker: Asker) -> list[Suggestion]:
    start = fold(typed)
    names = Place.objects.values_list("pk", "name_vi")
    keys = [key for key, name in names if fold(name).startswith(start)][:MOST_COUNTED]
    if not keys:
        return []
    mentions = visible_mentions(asker).filter(home__in=keys).order_by()
    counts = dict(mentions.values_list("home").annotate(total=Count("pk")))
    places = Place.objects.in_bulk(keys)
    ranked = sorted(places.values(), key=lambda place: (-counts.get(place.pk, 0), place.name_vi))
    return [
        Suggestion("place", place.name_vi, str(place.pk), counts.get(place.pk, 0)) for place in ranked[:MOST_OF_A_KIND]
    ]


def _counts(forms: list[int], asker: Asker) -> dict[int, int]:
    """The number of visible mentions of each form; forms without any are left out."""
    links = MentionForm.objects.filter(form__in=forms).order_by().values_list("form_id", "mention_id")[:MOST_LINKS]
    by_form: dict[int, set[int]] = defaultdict(set)
    for form, mention in links:
        by_form[form].add(mention)
    keys = [mention for mentions in by_form.values() for mention in mentions]
    visible: set[int] = set()
    for start in range(0, len(keys), BATCH):
        batch = visible_mentions(asker).order_by().filter(pk__in=keys[start : start + BATCH])
        visible.update(batch.values_list("pk", flat=True))
    return {form: total for form, mentions in by_form.items() if (total := len(mentions & visible))}


def _starts_with(start: str) -> Q:
    """Names that start with `start`, in the form for which each database uses its index: LIKE on PostgreSQL, a range on
    SQLite."""
    if connection.vendor == "postgresql":
        return Q(folded__startswith=start)
    return Q(folded__gte=start, folded__lt=start + "\U0010ffff")


def did_you_mean(text: str, asker: Asker) -> list[tuple[str, int]]:
    """Names and places of the catalogue nearest to words that found nothing, each with its number of visible mentions
    (0 for places, whose mentions are not counted)."""
    wanted = fold(text)
    places = Place.objects.values_list("name_vi", flat=True).distinct()
    near = [place for place in places if _is_similar(wanted, fold(place))]
    return [*names_like(text, asker, 3), *((place, 0) for place in near[:2])]


def _is_similar(typed: str, name: str) -> bool:
    return typed != name and SequenceMatcher(None, typed, name).ratio() > 0.8
