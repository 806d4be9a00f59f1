"""The entries of an answer that are shown, loaded completely: mentions with their record and page, persons, reasons."""

from collections import Counter
from collections.abc import Sequence

from catalog.people.models import NameForm
from catalog.records.models import Mention
from catalog.records.queries import Asker, visible_persons, with_list_fields
from catalog.rules.names import NameComparison
from catalog.rules.text import fold
from catalog.search.people.candidates import Candidates
from catalog.search.people.found import FoundMention, FoundPerson
from catalog.search.people.grouping import Group
from catalog.search.people.ranking import RankedMention

MOST_FORMS = 300
REFINEMENTS = 8


def load_groups(groups: Sequence[Group], candidates: Candidates | None, asker: Asker) -> list[FoundPerson]:
    """The groups with all that a page shows of them, in the same order.

    candidates: where the groups come from; None where no name was compared. A group is left out if nothing of it exists
    any more (its mention was deleted meanwhile).
    """
    rows = [row for group in groups for row in group.mentions]
    # Their visibility was checked when they were ranked, a moment ago.
    mentions = with_list_fields(Mention.objects.kept()).in_bulk([row.mention for row in rows]) if rows else {}
    forms = [row.form.pk for row in rows if row.form]
    texts = dict(NameForm.objects.filter(pk__in=forms).values_list("pk", "text")) if forms else {}
    keys = [group.person for group in groups if group.person]
    persons = visible_persons(asker).in_bulk(keys) if keys else {}
    loaded: list[FoundPerson] = []
    for group in groups:
        person = persons.get(group.person) if group.person else None
        left = [row for row in group.mentions if row.mention in mentions]
        shown = [_load(row, mentions[row.mention], texts, candidates) for row in left]
        if shown:
            reasons = max(shown, key=lambda mention: mention.score).comparison.reasons
        else:
            reasons = candidates.compare(group.form).reasons if candidates and group.form else ()
        if shown or person:
            loaded.append(FoundPerson(person, shown, NameComparison(round(group.score, 4), group.band, reasons)))
    return loaded


def _load(row: RankedMention, mention: Mention, texts: dict[int, str], candidates: Candidates | None) -> FoundMention:
    name = candidates.compare(row.form) if candidates and row.form else None
    text = texts.get(row.form.pk, mention.name) if row.form else mention.name
    comparison = NameComparison(round(row.score, 4), row.band, name.reasons if name else ())
    return FoundMention(mention, comparison, text, row.kind, row.evidence.reasons)


def marked_forms(name: str, ranked: Sequence[RankedMention]) -> tuple[tuple[str, int], ...]:
    """The names with tone marks that were found for `name` typed without them, each with its number of mentions; most
    frequent first, at most eight. Empty where `name` has marks, or only one such name was found."""
    if not name.isascii():
        return ()
    counts = Counter(row.form.pk for row in ranked if row.form and row.kind == "name")
    forms = NameForm.objects.filter(pk__in=list(counts)[:MOST_FORMS], folded=fold(name))
    marked: dict[str, int] = {}
    for key, text in forms.values_list("pk", "text"):
        if not text.isascii():
            marked[text] = counts[key]
    ordered = sorted(marked.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ordered[:REFINEMENTS]) if len(ordered) > 1 else ()
