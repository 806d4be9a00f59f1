"""The stages of the search for people agree with each other, and say what they leave out."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser

from catalog.records.models import Mention, Record
from catalog.rules.names import read_name
from catalog.search.people.candidates import Candidates
from catalog.search.people.evidence import Evidence
from catalog.search.people.grouping import Group
from catalog.search.people.loading import load_groups
from catalog.search.people.ranking import RankedMention
from tests.factories import new_person


def test_a_person_has_one_band_in_the_totals_and_on_the_page(
    make_record: Callable[..., Record], make_mention: Callable[..., Mention], anyone: AnonymousUser
) -> None:
    """The totals went by any line of the person that matches, the page by the line with the best score."""
    record = make_record()
    first, second = (make_mention(record, name="Trần Văn Phú") for _ in range(2))
    person = new_person("Trần Văn Phú")
    group = Group(
        person.pk,
        [
            RankedMention(first.pk, None, "name", Evidence(), 0.83, "possible"),
            RankedMention(second.pk, None, "name", Evidence(), 0.82, "match"),
        ],
    )
    (entry,) = load_groups([group], None, anyone)
    assert group.band == "match" and entry.band == "match" and entry.score == 0.83


def test_candidates_say_when_names_were_left_out(
    make_record: Callable[..., Record], make_mention: Callable[..., Mention], anyone: AnonymousUser
) -> None:
    """More names than one statement reads were dropped without a word."""
    record = make_record()
    for name in ("Nguyễn Văn Hùng", "Nguyễn Văn Hưng", "Nguyễn Văn Hừng"):
        make_mention(record, name=name)
    every = Candidates(read_name("Nguyen Van Hung"), anyone)
    assert len(every.all()) == 3 and not every.left_out
    candidates = Candidates(read_name("Nguyen Van Hung"), anyone, most_rows=2)
    assert candidates.all() and candidates.left_out
