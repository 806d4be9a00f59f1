"""What a person may be about to type: names, units, places, numbers, of what the asker may see, with their counts."""

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db import connection
from django.db.models import Count, Q

from catalog.people.models import NameForm, Unit
from catalog.people.queries import units_asked
from catalog.places.models import Place
from catalog.records.models import Identifier, MentionForm
from catalog.records.queries import Asker, address_code, visible_mentions, visible_to
from catalog.rules.identifiers import clean_identifier
from catalog.rules.names import read_name
from catalog.rules.text import canonical, fold
from catalog.rules.units import is_unit_query
from catalog.search.people.candidates import Candidates

LEAST, MOST_TEXT = 2, 80
A_KIND = 6
LOOKED_AT = 60


@dataclass(frozen=True)
class Suggestion:
    """kind: name, unit, place or number; text: what to search for; key: of its page (normal form, pk, number); count:
    of
    visible mentions (of a number: 1)."""

    kind: str
    text: str
    key: str
    count: int


def suggest(text: str, asker: Asker) -> list[Suggestion]:
    """At most six of a kind, from the second letter on; nothing that the asker may not see is in them or counted."""
    typed = " ".join(canonical(text[:MOST_TEXT]).split())
    if len(typed) < LEAST:
        return []
    return [*_numbers(typed, asker), *_units(typed, asker), *_names(typed, asker), *_places(typed, asker)]


def names_like(text: str, asker: Asker, most: int = A_KIND) -> list[tuple[str, int]]:
    """Visible names nearest to one that was not found, with how many mentions each has; the given name is like it."""
    name = read_name(text)
    if not name.readings:
        return []
    candidates = Candidates(name, asker)
    candidates.least = 0.3
    forms = candidates.all()[: LOOKED_AT * 2]
    counts = _counts([form.pk for form in forms], asker)
    texts = dict(NameForm.objects.filter(pk__in=list(counts)).values_list("pk", "text"))
    ranked = [(texts[form.pk], counts[form.pk]) for form in forms if form.pk in counts]
    return list(dict(ranked).items())[:most]


def _numbers(typed: str, asker: Asker) -> list[Suggestion]:
    if not any(letter.isdigit() for letter in typed):
        return []
    begun = clean_identifier(typed).value.upper()
    squeezed = "".join(begun.split())
    found = (
        Identifier.objects.filter(Q(matched__startswith=begun) | Q(matched__startswith=squeezed))
        .filter(record__in=visible_to(asker))
        .select_related("record")
        .prefetch_related("record__identifiers")
        .order_by("matched")[:A_KIND]
    )
    return [Suggestion("number", one.value, address_code(one.record), 1) for one in found]


def _units(typed: str, asker: Asker) -> list[Suggestion]:
    if not (is_unit_query(typed) or any(letter.isdigit() for letter in typed)):
        return []
    _normal, keys, _family = units_asked(typed)
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
    totals = {row["unit"]: row["total"] for row in counted[:A_KIND]}
    units = Unit.objects.in_bulk(list(totals))
    return [Suggestion("unit", units[pk].normal_form, units[pk].normal_form, total) for pk, total in totals.items()]


def _names(typed: str, asker: Asker) -> list[Suggestion]:
    begun = fold(typed)
    forms = NameForm.objects.filter(_beginning(begun)).order_by("folded")
    exact = [pk for pk, text in forms.values_list("pk", "text")[:LOOKED_AT]]
    counts = _counts(exact, asker)
    texts = dict(NameForm.objects.filter(pk__in=list(counts)).values_list("pk", "text"))
    spelled: dict[str, int] = defaultdict(int)
    for pk, count in counts.items():
        spelled[texts[pk]] += count
    # Marks typed so far are kept to; without any, every spelling is offered.
    kept = [text for text in spelled if typed.isascii() or text.lower().startswith(typed.lower())]
    ranked = sorted(kept, key=lambda text: (-spelled[text], text))
    return [Suggestion("name", text, text, spelled[text]) for text in ranked[:A_KIND]]


def _places(typed: str, asker: Asker) -> list[Suggestion]:
    begun = fold(typed)
    found = [pk for pk, name in Place.objects.values_list("pk", "name_vi") if fold(name).startswith(begun)][:LOOKED_AT]
    if not found:
        return []
    counted = dict(
        visible_mentions(asker).filter(home__in=found).order_by().values_list("home").annotate(total=Count("pk"))
    )
    places = Place.objects.in_bulk(found)
    ranked = sorted(places.values(), key=lambda place: (-counted.get(place.pk, 0), place.name_vi))
    return [Suggestion("place", place.name_vi, str(place.pk), counted.get(place.pk, 0)) for place in ranked[:A_KIND]]


def _counts(forms: list[int], asker: Asker) -> dict[int, int]:
    """Visible mentions by form; forms without any are left out."""
    links = MentionForm.objects.filter(form__in=forms).order_by().values_list("form_id", "mention_id")[:5000]
    by_form: dict[int, set[int]] = defaultdict(set)
    for form, mention in links:
        by_form[form].add(mention)
    every = [mention for mentions in by_form.values() for mention in mentions]
    visible: set[int] = set()
    for at in range(0, len(every), 500):
        visible.update(
            visible_mentions(asker).order_by().filter(pk__in=every[at : at + 500]).values_list("pk", flat=True)
        )
    return {form: total for form, mentions in by_form.items() if (total := len(mentions & visible))}


def _beginning(begun: str) -> Q:
    """Names that begin so, by the index of each database: LIKE on PostgreSQL, a range on SQLite."""
    if connection.vendor == "postgresql":
        return Q(folded__startswith=begun)
    return Q(folded__gte=begun, folded__lt=begun + "\U0010ffff")


def did_you_mean(text: str, asker: Asker) -> list[tuple[str, int]]:
    """Our own names and places nearest to words that found nothing, with how many visible mentions each has."""
    names = names_like(text, asker, 3)
    wanted = fold(text)
    near = [name for name in Place.objects.values_list("name_vi", flat=True).distinct() if _near(wanted, fold(name))]
    return [*names, *((place, 0) for place in near[:2])]


def _near(one: str, other: str) -> bool:
    return one != other and SequenceMatcher(None, one, other).ratio() > 0.8
