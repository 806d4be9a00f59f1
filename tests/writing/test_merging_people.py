"""Two persons found to be one: the evidence moves, what contradicts stays, and it can all be put back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.people.models import Person, PersonMerge, PersonName
from catalog.records.actions import (
    AlreadyIdentified,
    CannotMerge,
    add_row,
    identify_mention,
    merge_people,
    undo_merge,
    withdraw_identification,
)
from catalog.records.models import Identification, Mention, Record, Statement
from catalog.records.queries import visible_persons
from tests.factories import new_person, new_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(
    make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> tuple[Person, Person, dict[str, Mention]]:
    source = new_source("hu-cau", citation_vi="Hư cấu")
    merged, stays = (new_person(name) for name in ("Lê Hư Cầu", "Lê Hư Cấu"))
    named = {name: make_mention(make_record(), name) for name in ("Lê Hư Cầu", "Lê Hư Cấu", "Lê Hư")}

    def says(mention: str, person: Person, certainty: str) -> None:
        identify_mention(
            actor=HOUSE, mention=named[mention], person=person, certainty=certainty, reason_vi="cùng đơn vị"
        )

    says("Lê Hư Cầu", merged, "certain")
    says("Lê Hư Cấu", stays, "certain")
    # Both decisions about one mention: the more certain one holds.
    says("Lê Hư", merged, "certain")
    says("Lê Hư", stays, "possible")
    for person, home in ((merged, "Hư Thực"), (stays, "Hư Cấu")):
        Statement.objects.create(person=person, topic="home", value_vi=home, source=source, preferred=True)
        add_row(actor=HOUSE, row=PersonName(person=person, value="Hai Hư", kind="alias"))
    add_row(actor=HOUSE, row=PersonName(person=merged, value="Lê Thị Hư", kind="birth"))
    return merged, stays, named


def state() -> dict[str, Any]:
    return {
        "decisions": sorted(Identification.objects.values_list("pk", "person", "certainty", "withdrawn_at")),
        "names": sorted(PersonName.objects.values_list("pk", "person", "value")),
        "statements": sorted(Statement.objects.values_list("pk", "person", "preferred")),
        "persons": sorted(Person.objects.values_list("pk", "merged_into"), key=str),
    }


def test_everything_said_of_one_is_said_of_the_other(
    pair: tuple[Person, Person, dict[str, Mention]], client: Client
) -> None:
    """Review B6, D-B6: the merged person's papers were with nobody."""
    merged, stays, named = pair
    merge_people(actor=HOUSE, person=merged, into=stays, reason="cùng một người")
    existing = Identification.objects.filter(person=stays, withdrawn_at=None)
    assert {(identification.mention.name, identification.certainty) for identification in existing} == {
        ("Lê Hư Cầu", "certain"),
        ("Lê Hư Cấu", "certain"),
        ("Lê Hư", "certain"),
    }
    assert set(stays.names.values_list("value", flat=True)) == {"Hai Hư", "Lê Thị Hư"}
    homes = stays.statements.order_by("-preferred").values_list("value_vi", "preferred")
    assert list(homes) == [("Hư Cấu", True), ("Hư Thực", False)]
    response = client.get(f"/people/{merged.pk}")
    assert (response.status_code, response["Location"]) == (301, f"/people/{stays.pk}")
    html = client.get(f"/people/{stays.pk}").content.decode()
    for name, mention in named.items():
        assert name in html and mention.record.identifiers.get().matched in html


def test_undo_puts_each_back(pair: tuple[Person, Person, dict[str, Mention]], client: Client) -> None:
    merged, stays, _named = pair
    before = state()
    merge = merge_people(actor=HOUSE, person=merged, into=stays)
    assert state() != before
    assert undo_merge(actor=HOUSE, merge=merge) == []
    assert state() == before
    assert client.get(f"/people/{merged.pk}").status_code == 200
    with pytest.raises(CannotMerge):
        undo_merge(actor=HOUSE, merge=merge)


def test_undo_leaves_what_was_changed_since_and_says_so(pair: tuple[Person, Person, dict[str, Mention]]) -> None:
    merged, stays, _named = pair
    moved = Statement.objects.get(value_vi="Hư Thực")
    merge = merge_people(actor=HOUSE, person=merged, into=stays)
    Statement.objects.filter(value_vi="Hư Cấu").update(preferred=False)
    Statement.objects.filter(pk=moved.pk).update(preferred=True)
    assert undo_merge(actor=HOUSE, merge=merge) == [str(moved)]
    moved.refresh_from_db()
    assert moved.person == stays


def test_an_earlier_merge_leads_on_to_the_last(
    pair: tuple[Person, Person, dict[str, Mention]], client: Client, anyone: Any
) -> None:
    merged, stays, _named = pair
    last = new_person("Lê Hư Cuối")
    merge_people(actor=HOUSE, person=merged, into=stays)
    merge_people(actor=HOUSE, person=stays, into=last)
    assert client.get(f"/people/{merged.pk}")["Location"] == f"/people/{last.pk}"
    assert list(visible_persons(anyone)) == [last]


@pytest.mark.parametrize("wrong", ["itself", "merged already", "in the trash"])
def test_what_cannot_be_merged_is_refused_in_words(
    wrong: str, pair: tuple[Person, Person, dict[str, Mention]], cast: dict[str, User], client: Client
) -> None:
    merged, stays, _named = pair
    into = stays
    if wrong == "itself":
        into = merged
    elif wrong == "merged already":
        merge_people(actor=HOUSE, person=stays, into=new_person("Khác"))
    else:
        Person.objects.filter(pk=stays.pk).update(trashed_at="2026-01-01T00:00:00Z")
    before = state()
    client.force_login(cast["archivist"])
    response = client.post(f"/en/desk/people/{merged.pk}/merge", {"into": into.pk}, follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert state() == before


def test_the_desk_merges_and_takes_apart(
    pair: tuple[Person, Person, dict[str, Mention]], cast: dict[str, User], client: Client
) -> None:
    merged, stays, _named = pair
    client.force_login(cast["archivist"])
    response = client.post(
        f"/en/desk/people/{merged.pk}/merge", {"into": str(stays.pk), "reason": "cùng làng"}, follow=True
    )
    assert "is now part of" in response.content.decode() and "cùng làng" in response.content.decode()
    merge = PersonMerge.objects.get()
    assert (merge.made_by, merge.reason) == (cast["archivist"], "cùng làng")
    response = client.post(f"/en/desk/merges/{merge.pk}/undo", follow=True)
    assert "they are two persons again" in response.content.decode()
    for typed in ("", "x", "9" * 30, "²", str(10**9)):
        assert client.post(f"/desk/people/{merged.pk}/merge", {"into": typed}).status_code == 302
    for role in ("curator", "reviewer without"):
        if role in cast:
            client.force_login(cast[role])
            assert client.post(f"/desk/people/{merged.pk}/merge", {"into": stays.pk}).status_code == 403


def test_a_second_decision_about_the_same_two_is_refused_until_the_first_is_withdrawn(
    pair: tuple[Person, Person, dict[str, Mention]],
) -> None:
    """It ended in an error of the database."""
    merged, _stays, named = pair
    identification = Identification.objects.get(mention=named["Lê Hư Cầu"])

    def decide() -> Identification:
        return identify_mention(
            actor=HOUSE, mention=named["Lê Hư Cầu"], person=merged, certainty="not", reason_vi="khác đơn vị"
        )

    with pytest.raises(AlreadyIdentified):
        decide()
    withdraw_identification(actor=HOUSE, identification=identification)
    assert decide().certainty == "not"
