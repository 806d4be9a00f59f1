"""Finding people: candidates by name, held against what else is known, as far as the asker may see, gathered by person.

What is light is done for every candidate; only what is shown is loaded whole, with its reasons.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet

from catalog.people.models import NameForm, PersonName
from catalog.people.queries import units_asked
from catalog.records.models import Identification, Mention, MentionForm
from catalog.records.queries import (
    Asker,
    for_lists,
    may_see_staff_notes,
    visible_mentions,
    visible_persons,
)
from catalog.rules.dates import years_of
from catalog.rules.families import FREQUENT
from catalog.rules.identifiers import number_key
from catalog.rules.names import NameComparison, Reason, band_of, read_name
from catalog.rules.names.weights import MATCH, POSSIBLE, TOKEN
from catalog.rules.text import fold
from catalog.rules.units import is_unit_query
from catalog.search.people.candidates import COMMON, Candidates, Form
from catalog.search.people.evidence import COLUMNS, Evidence, compare_facts
from catalog.search.people.found import NOBODY, FoundMention, FoundPerson, PeopleFound
from catalog.search.people.homes import at_home
from catalog.search.people.person_query import LONGEST, PersonQuery

GATHERED = 120
# With facts to tell equal names apart, more mentions are looked at than are gathered.
LOOKED_AT = 3000
BATCH = 300
SHOWN = 20
NO_FACTS = Evidence()


@dataclass(frozen=True)
class _Link:
    """A visible mention found by one of its forms, with what its lines say."""

    mention: int
    form: Form | None
    kind: str
    facts: Evidence
    score: float
    band: str


@dataclass
class _Entry:
    """What will be one answer: a person's links, or one link, or a person known by another name only."""

    person: int | None
    links: list[_Link] = field(default_factory=list)
    form: Form | None = None

    @property
    def score(self) -> float:
        return max((link.score for link in self.links), default=self.form.score if self.form else 0.0)

    @property
    def band(self) -> str:
        # What the lines say beside the name decides; another name of the person only where there are no lines.
        bands = [link.band for link in self.links] or [band_of(self.form.score) if self.form else "none"]
        return "match" if "match" in bands else "possible"


def find_by_text(text: str, asker: Asker, shown: int = SHOWN, page: int = 1) -> PeopleFound:
    """Who is meant by the main search box's text: a name, or a unit; or nobody, where it has too many words for
    either."""
    if is_unit_query(text):
        return find_people(PersonQuery(unit=text, page=page), asker, shown)
    return find_people(PersonQuery(name=text[:LONGEST], page=page), asker, shown)


def find_people(query: PersonQuery, asker: Asker, shown: int = SHOWN) -> PeopleFound:
    """Everyone who may be meant by `asked`, as far as `asker` may see; `shown` entries of page `asked.page` are
    loaded."""
    name = read_name(query.name)
    number = query.number_key or number_key(name.number)
    query = replace(query, number=query.number or name.number)
    if not name.readings:
        return _without_name(query, asker, number, shown) if query.has_facts else NOBODY
    candidates = Candidates(name, asker)
    ask_more = _too_common(candidates)
    if ask_more and not query.has_facts:
        return PeopleFound(ask_more=ask_more)
    visible = visible_mentions(asker).order_by()
    forms = candidates.strong()
    links, more = _links(forms, query, visible, asker)
    if len(links) < GATHERED:
        strong = {form.pk for form in forms}
        weaker = [form for form in candidates.all() if form.pk not in strong]
        others, more = _links(weaker, query, visible, asker)
        links, forms = _best({}, [*links, *others]), [*forms, *weaker]
    if number:
        links = _with_number(links, number, visible)
    entries = _gathered(links, _persons(forms[: 2 * BATCH], asker), asker)
    window = entries[(query.page - 1) * shown : query.page * shown]
    loaded = _loaded(window, candidates, asker)
    matches = sum(entry.band == "match" for entry in entries)
    return PeopleFound(
        matches=[entry for entry in loaded if entry.band == "match"],
        possible=[entry for entry in loaded if entry.band != "match"],
        match_total=matches,
        possible_total=len(entries) - matches,
        more=more,
        refinements=_refinements(query.name, links),
    )


def _too_common(candidates: Candidates) -> str:
    if not candidates.alone:
        return ""
    token = candidates.name.readings[0].tokens[0]
    if fold(token) in {*map(fold, FREQUENT), "van", "thi"}:
        return "family"
    return "given" if candidates.share_of(token) >= COMMON else ""


def _links(
    forms: Sequence[Form], query: PersonQuery, visible: QuerySet[Mention], asker: Asker
) -> tuple[list[_Link], bool]:
    """The best visible mentions of `forms`, with their facts; and whether there are more than were looked at."""
    best: dict[int, _Link] = {}
    with_kin = bool(query.kin) and may_see_staff_notes(asker)
    most = LOOKED_AT if query.has_facts else GATHERED
    columns = COLUMNS if query.has_facts else ()
    more = False
    for some in _mentions_of(forms, BATCH if columns else GATHERED):
        # What is visible is asked of a few hundred mentions at a time: a planner would rather list all that are.
        said_of = {
            pk: said for pk, *said in visible.filter(pk__in=[one[0] for one in some]).values_list("pk", *columns)
        }
        for mention, form, kind in some:
            if mention not in said_of:
                continue
            facts: Evidence | None = NO_FACTS
            if columns:
                facts = compare_facts(query, dict(zip(columns, said_of[mention], strict=True)), with_kin=with_kin)
            link = _link(mention, form, kind, facts) if facts else None
            if link and (mention not in best or best[mention].score < link.score):
                best[mention] = link
        if len(best) >= most:
            more = True
            break
    return _best(best, ())[:GATHERED], more or len(best) > GATHERED


def _best(best: dict[int, _Link], links: Iterable[_Link]) -> list[_Link]:
    """The best link of each mention, best first."""
    for link in links:
        if link.mention not in best or best[link.mention].score < link.score:
            best[link.mention] = link
    return sorted(best.values(), key=lambda link: (-link.score, link.mention))


def _mentions_of(forms: Sequence[Form], size: int) -> Iterator[list[tuple[int, Form, str]]]:
    """(mention, form, kind of name), `size` at a time, those of the best forms first."""
    for at in range(0, len(forms), BATCH):
        by_pk = {form.pk: form for form in forms[at : at + BATCH]}
        rows = MentionForm.objects.filter(form__in=list(by_pk)).order_by().values_list("mention_id", "form_id", "kind")
        taken: list[tuple[int, Form, str]] = []
        for mention, form_id, kind in rows.iterator(chunk_size=BATCH):
            taken.append((mention, by_pk[form_id], kind))
            if len(taken) == size:
                yield taken
                taken = []
        if taken:
            yield taken


def _link(mention: int, form: Form, kind: str, facts: Evidence) -> _Link | None:
    own = form.score * (TOKEN["decoded"][0] if kind != "name" else 1.0)
    score = min(own * facts.factor, 1.0)
    # One fact that agrees does not make a possible name a match, two do; one that contradicts may take it below.
    band = band_of(round(score if facts.agreed > 1 or facts.factor <= 1 else own, 4))
    if band == "none":
        # A given name alone is listed as possible whatever little it proves; a contradicted name is not.
        band = "possible" if form.score < POSSIBLE else band
    return None if band == "none" else _Link(mention, form, kind, facts, score, band)


def _with_number(links: list[_Link], number: str, visible: QuerySet[Mention]) -> list[_Link]:
    """Those whose service number is just the one asked for come first, found by it if not by the name; those with
    another number are other people."""
    reason = Reason("number", "number_equal", number, number)
    exact = list(visible.filter(number_key=number).values_list("pk", flat=True)[:50])
    numbered = Mention.objects.filter(pk__in=[link.mention for link in links]).exclude(number_key="")
    others = dict(numbered.values_list("pk", "number_key"))
    by_mention = {link.mention: link for link in links}
    front = [
        replace(by_mention[pk], facts=Evidence(1.1, 1, (reason,)), band="match")
        if pk in by_mention
        else _Link(pk, None, "number", Evidence(1.1, 1, (reason,)), MATCH, "match")
        for pk in exact
    ]
    return front + [link for link in links if link.mention not in exact and others.get(link.mention, number) == number]


def _persons(forms: Sequence[Form], asker: Asker) -> dict[int, Form]:
    """Visible persons one of whose names is among `forms`, each with the best of them."""
    by_pk = {form.pk: form for form in forms}
    named: dict[int, Form] = {}
    rows = PersonName.objects.filter(form__in=list(by_pk)).order_by().values_list("person_id", "form_id")[:GATHERED]
    for person, form_id in rows:
        form = by_pk[form_id or 0]
        if person not in named or named[person].score < form.score:
            named[person] = form
    if not named:
        return {}
    kept = set(visible_persons(asker).filter(pk__in=list(named)).values_list("pk", flat=True))
    return {person: form for person, form in named.items() if person in kept}


def _gathered(links: Sequence[_Link], persons: dict[int, Form], asker: Asker) -> list[_Entry]:
    """Links under their persons, matches before the merely possible, best first."""
    standing: dict[int, int] = {}
    identified = Identification.objects.filter(withdrawn_at=None, mention__in=[link.mention for link in links])
    for mention, person in (
        identified.exclude(certainty=Identification.Certainty.NOT)
        .order_by("-pk")
        .values_list("mention_id", "person_id")
    ):
        standing[mention] = person
    shown = set(standing.values()) | set(persons)
    if standing:
        shown = set(visible_persons(asker).filter(pk__in=shown).values_list("pk", flat=True))
    by_person: dict[int, _Entry] = {}
    entries: list[_Entry] = []
    for link in links:
        known = standing.get(link.mention)
        if known is None or known not in shown:
            entries.append(_Entry(None, [link]))
        elif known in by_person:
            by_person[known].links.append(link)
        else:
            by_person[known] = _Entry(known, [link])
            entries.append(by_person[known])
    for person, form in persons.items():
        if person in by_person:
            by_person[person].form = form
        else:
            entries.append(_Entry(person, form=form))
    return sorted(entries, key=lambda entry: (entry.band != "match", -entry.score))


def _loaded(entries: Sequence[_Entry], candidates: Candidates | None, asker: Asker) -> list[FoundPerson]:
    """What is shown, whole: mentions with what stands around them, comparisons with their reasons."""
    keys = [link.mention for entry in entries for link in entry.links]
    # The keys were taken from what is visible, a moment ago.
    mentions = for_lists(Mention.objects.kept()).in_bulk(keys) if keys else {}
    forms = [link.form.pk for entry in entries for link in entry.links if link.form]
    texts = dict(NameForm.objects.filter(pk__in=forms).values_list("pk", "text")) if forms else {}
    wanted = [entry.person for entry in entries if entry.person]
    persons = visible_persons(asker).in_bulk(wanted) if wanted else {}
    loaded: list[FoundPerson] = []
    for entry in entries:
        person = persons.get(entry.person) if entry.person else None
        found: list[FoundMention] = []
        for link in entry.links:
            if link.mention not in mentions:
                continue
            mention = mentions[link.mention]
            reasons = candidates.compare(link.form).reasons if candidates and link.form else ()
            comparison = NameComparison(round(link.score, 4), link.band, reasons)
            text = texts.get(link.form.pk, mention.name) if link.form else mention.name
            found.append(FoundMention(mention, comparison, text, link.kind, link.facts.reasons))
        best = max((one.comparison for one in found if one.comparison), key=lambda one: one.score, default=None)
        if candidates and entry.form and best is None:
            compared = candidates.compare(entry.form)
            band = "possible" if compared.band == "none" else compared.band
            best = NameComparison(compared.score, band, compared.reasons)
        if found or person:
            loaded.append(FoundPerson(person, found, best))
    return loaded


def _without_name(query: PersonQuery, asker: Asker, number: str, shown: int) -> PeopleFound:
    """Mentions by what else is known, where no name is: the number, the unit, the home, the years."""
    mentions: QuerySet[Mention] = visible_mentions(asker)
    with_kin = may_see_staff_notes(asker)
    if query.kin and not with_kin and not any((number, query.unit, query.home, query.born, query.enlisted, query.died)):
        return NOBODY
    normal = ""
    family: tuple[str, ...] = ()
    if number:
        mentions = mentions.filter(number_key=number)
    if query.unit:
        normal, units, family = units_asked(query.unit)
        mentions = mentions.filter(unit__in=units)
    if query.home:
        mentions = mentions.filter(at_home(query.home))
    for name in ("born", "enlisted", "died"):
        first, last = years_of(getattr(query, name))
        if first:
            mentions = mentions.filter(**{f"{name}_to__gte": first})
        if last:
            mentions = mentions.filter(**{f"{name}_from__lte": last})
    if query.kin and with_kin:
        mentions = mentions.filter(kin__icontains=query.kin)
    rows = list(mentions.order_by("name", "pk").values_list("pk", *COLUMNS)[: LOOKED_AT + 1])
    kind = "number" if number else "unit" if query.unit else "facts"
    links = []
    for pk, *said in rows[:LOOKED_AT]:
        facts = compare_facts(query, dict(zip(COLUMNS, said, strict=True)), with_kin=with_kin)
        if facts:
            links.append(_Link(pk, None, kind, facts, min(facts.factor, 1.1) / 1.1, "match"))
    entries = _gathered(links, {}, asker)
    window = entries[(query.page - 1) * shown : query.page * shown]
    loaded = _loaded(window, None, asker)
    return PeopleFound(
        matches=loaded, match_total=len(entries), unit=normal, more=len(rows) > LOOKED_AT, family=tuple(family)
    )


def _refinements(query: str, links: Sequence[_Link]) -> tuple[tuple[str, int], ...]:
    """The marked forms that an unmarked name was found as, most frequent first."""
    if not query.isascii():
        return ()
    counts: dict[int, int] = defaultdict(int)
    for link in links:
        if link.form and link.kind == "name":
            counts[link.form.pk] += 1
    wanted = fold(query)
    marked: dict[str, int] = {}
    for pk, text in NameForm.objects.filter(pk__in=list(counts)[:BATCH], folded=wanted).values_list("pk", "text"):
        if not text.isascii():
            marked[text] = counts[pk]
    ranked = sorted(marked.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ranked[:8]) if len(ranked) > 1 else ()


def pages_of_people(found: PeopleFound | None) -> list[int]:
    """Keys of the pages on which the found mentions stand."""
    return [one.mention.page_id for one in _mentions(found) if one.mention.page_id]


def _mentions(found: PeopleFound | None) -> Iterable[FoundMention]:
    entries: list[Any] = [*found.matches, *found.possible] if found else []
    return [one for entry in entries for one in entry.mentions]
