"""Finding people, in stages. Each stage has its own module.

1. `candidates`: stored name forms like the name of the query, closest first, and the mentions that have them.
2. `evidence`: what else is known, compared with what each visible mention says.
3. `ranking`: score and band of each mention.
4. `grouping`: mentions of one person together.
5. `loading`: the entries to show, complete, with their reasons.

Cheap steps are done for every candidate; only the entries to show are loaded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from catalog.people.queries import units_covered
from catalog.records.models import Mention
from catalog.records.queries import Asker, may_see_staff_notes, visible_mentions
from catalog.rules.dates import years_of
from catalog.rules.identifiers import number_key
from catalog.rules.names import read_name
from catalog.rules.units import is_unit_query
from catalog.search.people.candidates import Candidates, Form, mentions_of_forms
from catalog.search.people.evidence import COLUMNS, YEARS, Evidence, compare_facts
from catalog.search.people.found import NOBODY, FoundMention, PeopleFound
from catalog.search.people.grouping import Group, group_by_person, persons_named
from catalog.search.people.homes import at_home
from catalog.search.people.loading import load_groups, marked_forms
from catalog.search.people.person_query import LONGEST, PersonQuery
from catalog.search.people.ranking import (
    RankedMention,
    best_of_each_mention,
    rank_by_facts,
    rank_by_name,
    rank_by_number,
)

# Mentions that are ranked. Where facts can distinguish people of the same name, more are compared than are ranked.
MOST_RANKED = 120
MOST_COMPARED = 3000
# Mentions whose columns are read at once.
BATCH = 300
# Forms among which names of persons are looked for.
PERSON_FORMS = 600
# Mentions with exactly the service number of the query.
MOST_WITH_NUMBER = 50
# Entries on one page.
SHOWN = 20
NO_EVIDENCE = Evidence()


def find_by_text(text: str, asker: Asker, shown: int = SHOWN, page: int = 1) -> PeopleFound:
    """People for the text of the main search box, which is taken for a unit if it can be one, else for a name. Nobody
    is found where it has too many words for either.

    shown: how many entries of page `page` (from 1) are loaded.
    """
    if is_unit_query(text):
        return find_people(PersonQuery(unit=text, page=page), asker, shown)
    return find_people(PersonQuery(name=text[:LONGEST], page=page), asker, shown)


def find_people(query: PersonQuery, asker: Asker, shown: int = SHOWN) -> PeopleFound:
    """All people who may be meant by `query`, as far as `asker` may see. `shown` entries of page `query.page` are
    loaded; the totals count all entries."""
    name = read_name(query.name)
    number = query.number_key or number_key(name.number)
    query = replace(query, number=query.number or name.number)
    if not name.readings:
        return _find_by_facts(query, asker, number, shown) if query.has_facts else NOBODY
    candidates = Candidates(name, asker)
    ask_more = candidates.too_common()
    if ask_more and not query.has_facts:
        return PeopleFound(ask_more=ask_more)
    ranked, forms, more = _rank_candidates(candidates, query, asker)
    if number:
        ranked = _with_number(ranked, number, asker)
    groups = group_by_person(ranked, persons_named(forms[:PERSON_FORMS], asker), asker)
    loaded = load_groups(_window(groups, query.page, shown), candidates, asker)
    match_total = sum(group.band == "match" for group in groups)
    return PeopleFound(
        matches=[entry for entry in loaded if entry.band == "match"],
        possible=[entry for entry in loaded if entry.band != "match"],
        match_total=match_total,
        possible_total=len(groups) - match_total,
        more=more,
        refinements=marked_forms(query.name, ranked),
    )


def _rank_candidates(
    candidates: Candidates, query: PersonQuery, asker: Asker
) -> tuple[list[RankedMention], list[Form], bool]:
    """The best mentions, the forms that were looked for, and whether there are more forms or mentions than were
    compared.

    Weaker forms are looked for only where strong forms have too few mentions.
    """
    strong = candidates.strong()
    ranked, more = _rank_mentions(strong, query, asker)
    if len(ranked) >= MOST_RANKED:
        return ranked, strong, more or candidates.left_out
    known = {form.pk for form in strong}
    weaker = [form for form in candidates.all() if form.pk not in known]
    others, more = _rank_mentions(weaker, query, asker)
    return best_of_each_mention([*ranked, *others]), [*strong, *weaker], more or candidates.left_out


def _rank_mentions(forms: Sequence[Form], query: PersonQuery, asker: Asker) -> tuple[list[RankedMention], bool]:
    """The best visible mentions of `forms`, best first; and whether there are more than were compared."""
    columns = COLUMNS if query.has_facts else ()
    most = MOST_COMPARED if query.has_facts else MOST_RANKED
    visible = visible_mentions(asker).order_by()
    with_kin = bool(query.kin) and may_see_staff_notes(asker)
    ranked: list[RankedMention] = []
    mentions: set[int] = set()
    more = False
    for batch in mentions_of_forms(forms, BATCH if columns else MOST_RANKED):
        # Visibility is checked for a few hundred mentions at a time: otherwise the database lists all visible mentions.
        rows = visible.filter(pk__in=[mention for mention, _, _ in batch]).values_list("pk", *columns)
        values_of = {key: values for key, *values in rows}
        for mention, form, kind in batch:
            if mention not in values_of:
                continue
            evidence: Evidence | None = NO_EVIDENCE
            if columns:
                evidence = compare_facts(query, dict(zip(columns, values_of[mention], strict=True)), with_kin=with_kin)
            row = rank_by_name(mention, form, kind, evidence) if evidence else None
            if row:
                ranked.append(row)
                mentions.add(mention)
        if len(mentions) >= most:
            more = True
            break
    return best_of_each_mention(ranked)[:MOST_RANKED], more or len(mentions) > MOST_RANKED


def _with_number(ranked: Sequence[RankedMention], number: str, asker: Asker) -> list[RankedMention]:
    """The mentions with those that have the service number of the query first, without those that have another."""
    visible = visible_mentions(asker).order_by()
    same_number = list(visible.filter(number_key=number).values_list("pk", flat=True)[:MOST_WITH_NUMBER])
    numbered = Mention.objects.filter(pk__in=[row.mention for row in ranked]).exclude(number_key="")
    return rank_by_number(ranked, number, same_number, dict(numbered.values_list("pk", "number_key")))


def _window(groups: Sequence[Group], page: int, shown: int) -> Sequence[Group]:
    return groups[(page - 1) * shown : page * shown]


def _find_by_facts(query: PersonQuery, asker: Asker, number: str, shown: int) -> PeopleFound:
    """Mentions for a query without a name, by the other facts: number, unit, home, years, kin."""
    with_kin = may_see_staff_notes(asker)
    if query.kin and not with_kin and not any((number, query.unit, query.home, query.born, query.enlisted, query.died)):
        return NOBODY
    unit, units, family = units_covered(query.unit) if query.unit else ("", [], ())
    mentions = visible_mentions(asker)
    if query.unit:
        mentions = mentions.filter(unit__in=units)
    mentions = _having_facts(mentions, query, number, with_kin=with_kin)
    rows = list(mentions.order_by("name", "pk").values_list("pk", *COLUMNS)[: MOST_COMPARED + 1])
    kind = "number" if number else "unit" if query.unit else "facts"
    ranked = []
    for key, *values in rows[:MOST_COMPARED]:
        evidence = compare_facts(query, dict(zip(COLUMNS, values, strict=True)), with_kin=with_kin)
        if evidence:
            ranked.append(rank_by_facts(key, kind, evidence))
    groups = group_by_person(ranked, {}, asker)
    loaded = load_groups(_window(groups, query.page, shown), None, asker)
    more = len(rows) > MOST_COMPARED
    return PeopleFound(matches=loaded, match_total=len(groups), unit=unit, more=more, family=tuple(family))


def _having_facts(mentions: QuerySet[Mention], query: PersonQuery, number: str, *, with_kin: bool) -> QuerySet[Mention]:
    """Those of `mentions` that have the number, home, years and kin of the query."""
    if number:
        mentions = mentions.filter(number_key=number)
    if query.home:
        mentions = mentions.filter(at_home(query.home))
    for name in YEARS:
        first, last = years_of(getattr(query, name))
        if first:
            mentions = mentions.filter(**{f"{name}_to__gte": first})
        if last:
            mentions = mentions.filter(**{f"{name}_from__lte": last})
    if query.kin and with_kin:
        mentions = mentions.filter(kin__icontains=query.kin)
    return mentions


def pages_of_people(people: PeopleFound | None) -> list[int]:
    """Primary keys of the pages of the mentions that were found."""
    return [mention.mention.page_id for mention in _mentions(people) if mention.mention.page_id]


def _mentions(people: PeopleFound | None) -> Iterable[FoundMention]:
    entries: list[Any] = [*people.matches, *people.possible] if people else []
    return [mention for entry in entries for mention in entry.mentions]
