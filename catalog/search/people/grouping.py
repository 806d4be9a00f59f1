"""Ranked mentions grouped by the person they are identified as, as far as the asker may see the person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog.people.models import PersonName
from catalog.records.models import Identification
from catalog.records.queries import Asker, visible_persons
from catalog.search.people.candidates import Form
from catalog.search.people.ranking import RankedMention, rank_person

MOST_NAMES = 120


@dataclass
class Group:
    """One entry of the answer: a person with their mentions; or a mention that nobody has identified (`person` None);
    or a person without ranked mentions, found by another of their names (`form`)."""

    person: int | None
    mentions: list[RankedMention] = field(default_factory=list)
    form: Form | None = None

    @property
    def score(self) -> float:
        """0 to 1."""
        return rank_person(self.mentions, self.form)[0]

    @property
    def band(self) -> str:
        """match or possible."""
        return rank_person(self.mentions, self.form)[1]


def persons_named(forms: Sequence[Form], asker: Asker) -> dict[int, Form]:
    """Visible persons who have a name among `forms`, each with the most similar form."""
    by_key = {form.pk: form for form in forms}
    best: dict[int, Form] = {}
    names = PersonName.objects.filter(form__in=list(by_key)).order_by().values_list("person_id", "form_id")
    for person, form_id in names[:MOST_NAMES]:
        form = by_key[form_id or 0]
        if person not in best or best[person].score < form.score:
            best[person] = form
    visible = _visible(set(best), asker)
    return {person: form for person, form in best.items() if person in visible}


def group_by_person(ranked: Sequence[RankedMention], persons: dict[int, Form], asker: Asker) -> list[Group]:
    """One group for each person and for each unidentified mention: first the matches, then the others; best first.

    persons: visible persons with a name among the candidates (`persons_named`).
    """
    identified = _identified_as([row.mention for row in ranked])
    visible = set(persons) | _visible(set(identified.values()), asker)
    by_person: dict[int, Group] = {}
    groups: list[Group] = []
    for row in ranked:
        person = identified.get(row.mention)
        if person is None or person not in visible:
            groups.append(Group(None, [row]))
        elif person in by_person:
            by_person[person].mentions.append(row)
        else:
            by_person[person] = Group(person, [row])
            groups.append(by_person[person])
    for person, form in persons.items():
        if person in by_person:
            by_person[person].form = form
        else:
            groups.append(Group(person, form=form))
    return sorted(groups, key=lambda group: (group.band != "match", -group.score))


def _identified_as(mentions: Sequence[int]) -> dict[int, int]:
    """The person of each identified mention; the oldest identification that is not withdrawn counts."""
    decided = Identification.objects.filter(withdrawn_at=None, mention__in=mentions)
    decided = decided.exclude(certainty=Identification.Certainty.NOT).order_by("-pk")
    return dict(decided.values_list("mention_id", "person_id"))


def _visible(persons: set[int], asker: Asker) -> set[int]:
    if not persons:
        return set()
    return set(visible_persons(asker).filter(pk__in=persons).values_list("pk", flat=True))
