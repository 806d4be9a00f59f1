"""The contents of a search slip, and how much of it fits on one printed page.

A page holds about forty lines of fifty-eight letters at 16 points. Every text is cut to a maximum length, and as many
answers are shown as fit into the remaining lines. So the slip is never longer than a page, and says how many answers
were left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import segno
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.messages.search import reasons_in_words, why_in_a_sentence
from catalog.people.models import Person
from catalog.records.models import Mention
from catalog.records.queries import address_code
from catalog.rules.units.naming import unit_in_words
from catalog.search.people import FoundMention, FoundPerson, PersonQuery
from catalog.search.people.person_query import FIELDS

MOST_ANSWERS = 5
LINES = 39
# Lines for the title, three headings, the closing sentence, the office beside the code, and space between answers.
RESERVED_LINES = 16
LINE_LENGTH = 58
# For longer addresses the printed QR code is too fine for the camera of an old phone.
LONGEST_ADDRESS = 700


@dataclass(frozen=True)
class SlipRow:
    """A field of the query and what was typed into it."""

    label: str
    value: str


@dataclass(frozen=True)
class SlipAnswer:
    """One answer: the name, how sure it is, where it is written, what is known, why it was found, what is not known."""

    name: str
    band: str = ""
    places: str = ""
    facts: str = ""
    reasons: str = ""
    missing: str = ""
    link: Mention | None = None
    person: Person | None = None

    @property
    def lines(self) -> int:
        """How many printed lines the answer needs."""
        head = f"{self.name} ({self.band}) {self.reasons}"
        return sum(map(_line_count, (head, self.places, f"{self.facts} {self.missing}")))


@dataclass(frozen=True)
class Sheet:
    """The whole page. left_out: how many answers did not fit; total_is_minimum: there are more than were counted."""

    query: list[SlipRow] = field(default_factory=list)
    answers: list[SlipAnswer] = field(default_factory=list)
    total: int = 0
    left_out: int = 0
    total_is_minimum: bool = False
    unknown: list[str] = field(default_factory=list)


def fit_sheet(
    query: Sequence[SlipRow],
    answers: Sequence[SlipAnswer],
    total: int | None,
    unknown: Sequence[str],
    *,
    total_is_minimum: bool = False,
) -> Sheet:
    """The sheet with as many answers as fit, from one to MOST_ANSWERS. total: how many answers there are, if `answers`
    are only a part of them."""
    total = len(answers) if total is None else total
    longest = max(24, 170 // max(len(query), 1))
    rows = [SlipRow(row.label, _cut(row.value, longest)) for row in query]
    query_lines = _line_count(" · ".join(f"{row.label}: {row.value}" for row in rows))
    left = LINES - RESERVED_LINES - query_lines - _line_count(" ".join(unknown))
    fitting: list[SlipAnswer] = []
    for answer in answers[:MOST_ANSWERS]:
        left -= answer.lines
        if fitting and left < 0:
            break
        fitting.append(answer)
    return Sheet(rows, fitting, total, max(total - len(fitting), 0), total_is_minimum, list(unknown))


def query_rows(query: PersonQuery) -> list[SlipRow]:
    """The query as typed, field by field."""
    labels = {
        "name": _("name"),
        "unit": _("unit"),
        "home": _("home"),
        "born": _("year of birth"),
        "enlisted": _("year of enlistment"),
        "died": _("year given"),
        "kin": _("kin"),
        "number": _("service number"),
    }
    return [SlipRow(labels.get(name, name), getattr(query, name)) for name in FIELDS if getattr(query, name)]


def answer_of_person_search(entry: FoundPerson, for_staff: bool) -> SlipAnswer:
    """A hit of the search for people as an answer on the slip."""
    best = entry.mentions[0] if entry.mentions else None
    name = entry.person.name_vi if entry.person else best.mention.name if best else ""
    band = _("match") if entry.band == "match" else _("possible")
    if best is None:
        return SlipAnswer(_cut(name, 60), band, person=entry.person)
    mentions = [hit.mention for hit in entry.mentions]
    return SlipAnswer(
        _cut(name, 60),
        band,
        _places_in_words(mentions),
        _facts_in_words(best.mention, for_staff),
        _reasons(best),
        _missing_facts(best.mention),
        best.mention,
        entry.person,
    )


def answers_of_person(mentions: Sequence[Mention], person: Person, for_staff: bool) -> list[SlipAnswer]:
    """The mentions identified with one person, as one answer for each record, with the certainty."""
    by_record: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_record.setdefault(mention.record_id, []).append(mention)
    answers = []
    for same_record in by_record.values():
        best = max(same_record, key=lambda mention: len(_facts_in_words(mention, for_staff)))
        decisions = [
            mention for mention in getattr(best, "current_identifications", []) if mention.person_id == person.pk
        ]
        band = decisions[0].get_certainty_display() if decisions else ""
        answers.append(
            SlipAnswer(
                _cut(best.name, 60),
                band,
                _places_in_words(same_record),
                _facts_in_words(best, for_staff),
                "",
                _missing_facts(best),
                best,
                None,
            )
        )
    return answers


def answers_of_file(mentions: Sequence[Mention], for_staff: bool) -> list[SlipAnswer]:
    """The names in one file, as answers."""
    return [
        SlipAnswer(
            _cut(mention.name, 60), "", _page_in_words(mention), _facts_in_words(mention, for_staff), link=mention
        )
        for mention in mentions
    ]


def qr_code(address: str) -> SafeString | None:
    """The address as a QR code (SVG); None if it is too long to be printed at this size."""
    if len(address) > LONGEST_ADDRESS:
        return None
    code = segno.make(address, error="l" if len(address) > 200 else "m", micro=False)
    # The SVG holds the dots only, never the text of the address, so it is safe.
    return SafeString(code.svg_inline(omitsize=True, border=2, dark="#000", light="#fff"))


def _places_in_words(mentions: Sequence[Mention]) -> str:
    """File number, reference code and pages of the first file, and how many other files there are."""
    first = mentions[0].record
    pages = dict.fromkeys(mention.page.number for mention in mentions if mention.record_id == first.pk and mention.page)
    code = address_code(first)
    parts = [_("file %(code)s") % {"code": code}]
    if first.reference_code and first.reference_code != code:
        parts.append(_cut(first.reference_code, 48))
    if pages:
        numbers = ", ".join(map(str, sorted(pages)[:6])) + (" …" if len(pages) > 6 else "")
        parts.append(_("page %(number)s") % {"number": numbers})
    other_files = len({mention.record_id for mention in mentions}) - 1
    if other_files:
        parts.append(_("and in %(n)s more files") % {"n": other_files})
    return " · ".join(parts)


def _page_in_words(mention: Mention) -> str:
    return _("page %(number)s") % {"number": mention.page.number} if mention.page else ""


def _facts_in_words(mention: Mention, for_staff: bool) -> str:
    """What the paper says besides the name; the unit in words and in its normal form."""
    unit = mention.unit_text
    if mention.unit:
        english = get_language() == "en"
        unit = f"{unit_in_words(mention.unit.normal_form, 'en' if english else 'vi')} ({mention.unit.normal_form})"
    facts = [
        mention.rank,
        mention.post,
        _cut(unit, 80),
        _cut(mention.home_text, 50),
        _("born %(year)s") % {"year": _cut(mention.born_text, 20)} if mention.born_text else "",
        _("enlisted %(when)s") % {"when": _cut(mention.enlisted_text, 20)} if mention.enlisted_text else "",
        _("no. %(number)s") % {"number": mention.number} if mention.number else "",
        _("kin: %(kin)s") % {"kin": _cut(mention.kin, 40)} if for_staff and mention.kin else "",
    ]
    words = ""
    for fact in facts:
        if fact and len(words) + len(fact) < 3 * LINE_LENGTH:
            words = f"{words} · {fact}" if words else fact
    return words


def _reasons(hit: FoundMention) -> str:
    return _cut(why_in_a_sentence(hit) or ", ".join(reasons_in_words(hit)), 2 * LINE_LENGTH)


def _missing_facts(mention: Mention) -> str:
    parts = {
        _("unit"): mention.unit_text or mention.unit_id,
        _("home"): mention.home_text,
        _("year of birth"): mention.born_text,
        _("year of enlistment"): mention.enlisted_text,
    }
    missing = [label for label, value in parts.items() if not value]
    return _("Not stated: %(parts)s.") % {"parts": ", ".join(missing)} if missing else ""


def _line_count(text: str) -> int:
    return -(-len(text) // LINE_LENGTH)


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip(' ,.;·')}…"
