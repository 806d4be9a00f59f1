"""Finding people: every reading of the typed name → keys → forms → compared and explained → visible mentions.

No text engine is involved: it answers from the database, at once, also while the index is away.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from catalog.people.models import NameForm, Person, Unit, UnitAlias
from catalog.records.models import Mention, MentionForm
from catalog.records.queries import (
    Asker,
    unit_mentions,
    visible_mentions,
    visible_persons,
    with_standing_identifications,
)
from catalog.rules.names import NameComparison, compare_names, name_keys
from catalog.rules.units import is_unit_query, parse_unit, unit_contains, unit_family

MOST_FORMS = 4000


@dataclass(frozen=True)
class FoundMention:
    """A mention, why it was found, and by which of its names (`form`, of kind name, alternate or alias)."""

    mention: Mention
    comparison: NameComparison | None
    form: str
    kind: str


@dataclass
class FoundPerson:
    """Mentions thought to name one person, best first; `person` None for a mention nobody has identified yet."""

    person: Person | None
    mentions: list[FoundMention] = field(default_factory=list)
    comparison: NameComparison | None = None

    @property
    def band(self) -> str:
        """match or possible."""
        return self.comparison.band if self.comparison else "match"

    @property
    def score(self) -> float:
        """Of its best mention, 0 to 1."""
        return self.comparison.score if self.comparison else 1.0


@dataclass(frozen=True)
class PeopleFound:
    """Persons and unidentified mentions: matches, and apart from them the merely possible."""

    matches: list[FoundPerson]
    possible: list[FoundPerson]
    unit: str = ""

    @property
    def total(self) -> int:
        """How many entries in both lists."""
        return len(self.matches) + len(self.possible)


def units_asked(text: str) -> tuple[str, list[Unit]]:
    """The normal form that `text` names and every unit it covers: itself, what is below it, its family, its aliases."""
    normal = parse_unit(text).normal
    family = set(unit_family(normal)) | {normal}
    covered = [unit for unit in Unit.objects.all() if any(unit_contains(one, unit.normal_form) for one in family)]
    if not covered:
        alias = UnitAlias.objects.filter(value__iexact=text.strip()).select_related("unit")
        covered = [one.unit for one in alias]
    return normal, covered


def find_people(text: str, asker: Asker, limit: int = 200) -> PeopleFound:
    """Who is meant by `text`, a name or a unit, as far as `asker` may see."""
    if is_unit_query(text):
        normal, units = units_asked(text)
        mentions = list(unit_mentions([unit.pk for unit in units], asker)[:limit])
        found = [FoundMention(mention, None, mention.name, "unit") for mention in mentions]
        return PeopleFound(_gathered(found, []), [], normal)
    compared = _compared_forms(text)
    links = list(
        MentionForm.objects.filter(form__in=compared, mention__in=visible_mentions(asker)).select_related("form")
    )
    best: dict[int, MentionForm] = {}
    for link in links:
        standing = best.get(link.mention_id)
        if standing is None or compared[link.form_id].score > compared[standing.form_id].score:
            best[link.mention_id] = link
    ranked = sorted(best.values(), key=lambda link: -compared[link.form_id].score)[:limit]
    loaded = with_standing_identifications(visible_mentions(asker)).in_bulk([link.mention_id for link in ranked])
    found = [
        FoundMention(loaded[link.mention_id], compared[link.form_id], link.form.text, link.kind)
        for link in ranked
        if link.mention_id in loaded
    ]
    persons = []
    for person in visible_persons(asker).filter(names__form__in=compared).distinct().prefetch_related("names__form"):
        of_person = [compared[name.form_id] for name in person.names.all() if name.form_id in compared]
        persons.append((person, max(of_person, key=lambda comparison: comparison.score)))
    entries = _gathered(found, persons)
    return PeopleFound(
        [entry for entry in entries if entry.band == "match"], [entry for entry in entries if entry.band != "match"]
    )


def _compared_forms(text: str) -> dict[int, NameComparison]:
    keys = list(name_keys(text, asked=True))
    if not keys:
        return {}
    forms = NameForm.objects.filter(keys__key__in=keys).distinct()[:MOST_FORMS]
    compared = ((form.pk, compare_names(text, form.text)) for form in forms)
    return {pk: comparison for pk, comparison in compared if comparison.band != "none"}


def _gathered(found: list[FoundMention], persons: list[tuple[Person, NameComparison]]) -> list[FoundPerson]:
    by_person: dict[int, FoundPerson] = {}
    entries: list[FoundPerson] = []
    alone: dict[int, FoundPerson] = defaultdict(lambda: FoundPerson(None))
    for one in found:
        standing = getattr(one.mention, "standing", [])
        person = standing[0].person if standing else None
        entry = alone[one.mention.pk] if person is None else by_person.setdefault(person.pk, FoundPerson(person))
        if not entry.mentions:
            entries.append(entry)
        entry.mentions.append(one)
        if entry.comparison is None or (one.comparison and one.comparison.score > entry.comparison.score):
            entry.comparison = one.comparison
    for person, comparison in persons:
        if person.pk not in by_person:
            entries.append(FoundPerson(person, [], comparison))
        else:
            entry = by_person[person.pk]
            if entry.comparison is None or comparison.score > entry.comparison.score:
                entry.comparison = comparison
    return sorted(entries, key=lambda entry: -entry.score)


def pages_of_people(found: PeopleFound | None) -> list[int]:
    """Keys of the pages on which the found mentions stand."""
    entries = [*found.matches, *found.possible] if found else []
    return [one.mention.page_id for entry in entries for one in entry.mentions if one.mention.page_id]
