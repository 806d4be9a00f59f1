"""What stands on a search slip, and how much of it one page holds.

A page takes some forty lines of fifty-eight letters at 16 points. Every text is cut to its share, and as many answers
are shown as the rest leaves room for; so the page never runs over, and says how many answers it left out.
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

MOST_FOUND = 5
LINES = 39
# Of these: the title, three headings, the closing sentence, the office beside the code, and the space between answers.
TAKEN = 16
LETTERS = 58
# Beyond this a printed code is too fine for an old telephone's camera.
LONGEST_ADDRESS = 700


@dataclass(frozen=True)
class SlipRow:
    """A field of the question and what was typed into it."""

    label: str
    value: str


@dataclass(frozen=True)
class Found:
    """One answer: the name, how surely, where it stands, what the lines say, why it was found, what they do not say."""

    name: str
    band: str = ""
    where: str = ""
    says: str = ""
    why: str = ""
    lacks: str = ""
    link: Mention | None = None
    person: Person | None = None

    @property
    def lines(self) -> int:
        """How many lines it takes on paper."""
        head = f"{self.name} ({self.band}) {self.why}"
        return sum(map(_lines, (head, self.where, f"{self.says} {self.lacks}")))


@dataclass(frozen=True)
class Sheet:
    """The whole page. more: answers that found no room; more_than: there are more than could be counted."""

    asked: list[SlipRow] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    total: int = 0
    more: int = 0
    more_than: bool = False
    unknown: list[str] = field(default_factory=list)


def fitted(
    asked: Sequence[SlipRow],
    found: Sequence[Found],
    total: int | None,
    unknown: Sequence[str],
    *,
    more_than: bool = False,
) -> Sheet:
    """The sheet with as many answers as fit: five at most, one at least."""
    total = len(found) if total is None else total
    most = max(24, 170 // max(len(asked), 1))
    rows = [SlipRow(one.label, _cut(one.value, most)) for one in asked]
    left = LINES - TAKEN - _lines(" · ".join(f"{one.label}: {one.value}" for one in rows)) - _lines(" ".join(unknown))
    shown: list[Found] = []
    for one in found[:MOST_FOUND]:
        left -= one.lines
        if shown and left < 0:
            break
        shown.append(one)
    return Sheet(rows, shown, total, max(total - len(shown), 0), more_than, list(unknown))


def asked_rows(question: PersonQuery) -> list[SlipRow]:
    """The question as typed, field by field."""
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
    return [SlipRow(labels.get(name, name), getattr(question, name)) for name in FIELDS if getattr(question, name)]


def found_person(entry: FoundPerson, for_staff: bool) -> Found:
    """An answer of the people search."""
    best = entry.mentions[0] if entry.mentions else None
    name = entry.person.name_vi if entry.person else best.mention.name if best else ""
    band = _("match") if entry.band == "match" else _("possible")
    if best is None:
        return Found(_cut(name, 60), band, person=entry.person)
    mentions = [one.mention for one in entry.mentions]
    return Found(
        _cut(name, 60),
        band,
        _where(mentions),
        _says(best.mention, for_staff),
        _why(best),
        _lacks(best.mention),
        best.mention,
        entry.person,
    )


def of_person(mentions: Sequence[Mention], person: Person, for_staff: bool) -> list[Found]:
    """The lines thought to name one person, a file at a time, with how surely."""
    by_record: dict[int, list[Mention]] = {}
    for one in mentions:
        by_record.setdefault(one.record_id, []).append(one)
    found = []
    for some in by_record.values():
        best = max(some, key=lambda one: len(_says(one, for_staff)))
        decisions = [one for one in getattr(best, "current_identifications", []) if one.person_id == person.pk]
        band = decisions[0].get_certainty_display() if decisions else ""
        found.append(
            Found(_cut(best.name, 60), band, _where(some), _says(best, for_staff), "", _lacks(best), best, None)
        )
    return found


def named_in_file(mentions: Sequence[Mention], for_staff: bool) -> list[Found]:
    """Who is named in one file."""
    return [Found(_cut(one.name, 60), "", _page(one), _says(one, for_staff), link=one) for one in mentions]


def qr_code(address: str) -> SafeString | None:
    """The address as a picture to be read by a telephone; None where it is too long to be printed so small."""
    if len(address) > LONGEST_ADDRESS:
        return None
    drawn = segno.make(address, error="l" if len(address) > 200 else "m", micro=False)
    # Nothing of the address itself is in the drawing but its dots.
    return SafeString(drawn.svg_inline(omitsize=True, border=2, dark="#000", light="#fff"))


def _where(mentions: Sequence[Mention]) -> str:
    """File number, reference code, pages; of the first file, and how many more there are."""
    first = mentions[0].record
    pages = dict.fromkeys(one.page.number for one in mentions if one.record_id == first.pk and one.page)
    code = address_code(first)
    words = [_("file %(code)s") % {"code": code}]
    if first.reference_code and first.reference_code != code:
        words.append(_cut(first.reference_code, 48))
    if pages:
        listed = ", ".join(map(str, sorted(pages)[:6])) + (" …" if len(pages) > 6 else "")
        words.append(_("page %(number)s") % {"number": listed})
    others = len({one.record_id for one in mentions}) - 1
    if others:
        words.append(_("and in %(n)s more files") % {"n": others})
    return " · ".join(words)


def _page(mention: Mention) -> str:
    return _("page %(number)s") % {"number": mention.page.number} if mention.page else ""


def _says(mention: Mention, for_staff: bool) -> str:
    """What the lines say beside the name; the unit in words and in its normal form."""
    unit = mention.unit_text
    if mention.unit:
        english = get_language() == "en"
        unit = f"{unit_in_words(mention.unit.normal_form, 'en' if english else 'vi')} ({mention.unit.normal_form})"
    said = [
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
    for one in said:
        if one and len(words) + len(one) < 3 * LETTERS:
            words = f"{words} · {one}" if words else one
    return words


def _why(found: FoundMention) -> str:
    return _cut(why_in_a_sentence(found) or ", ".join(reasons_in_words(found)), 2 * LETTERS)


def _lacks(mention: Mention) -> str:
    parts = {
        _("unit"): mention.unit_text or mention.unit_id,
        _("home"): mention.home_text,
        _("year of birth"): mention.born_text,
        _("year of enlistment"): mention.enlisted_text,
    }
    missing = [label for label, value in parts.items() if not value]
    return _("Not stated: %(parts)s.") % {"parts": ", ".join(missing)} if missing else ""


def _lines(text: str) -> int:
    return -(-len(text) // LETTERS)


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip(' ,.;·')}…"
