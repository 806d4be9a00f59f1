"""Hidden persons are shown on no staff page: not by merging, decisions or the trash."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.models import TrashedRow
from catalog.changes.writing import HOUSE, NotAllowed
from catalog.exhibitions.models import Milestone, Panel, Part, Placement
from catalog.people.models import PersonMerge, PersonName
from catalog.records.actions import add_row, delete_row, put_back
from catalog.records.models import (
    Identification,
    Mention,
    MentionReading,
    Record,
    Statement,
)
from catalog.sources.models import Source
from tests.doors.staff import SECRET, html_of, living, of
from tests.factories import new_exhibition, new_person


def test_who_became_part_of_a_public_person_is_not_named_to_who_may_not_see_them(
    curator: Client, archivist: Client
) -> None:
    into = new_person("Người quen", public_figure=True)
    merged = new_person(f"Ông {SECRET}", life="living", merged_into=into)
    merge = PersonMerge.objects.create(person=merged, into=into, reason="hư cấu")
    assert SECRET not in html_of(curator, f"/desk/people/{into.pk}")
    assert SECRET in html_of(archivist, f"/desk/people/{into.pk}")
    client = Client()
    user = User.objects.create_user("merger", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["change_person", "change_identification"]))
    client.force_login(user)
    assert client.post(f"/desk/merges/{merge.pk}/undo").status_code == 404


def test_persons_are_not_merged_by_guessing_their_numbers(
    somebody: Callable[..., Client], closed: Record, make_mention: Callable[..., Mention]
) -> None:
    hidden = new_person(f"Ông {SECRET}")
    of(make_mention(closed, "Lê Văn Mẫu"), hidden)
    known = new_person("Người quen")
    client = somebody("view_person", "change_person", "change_identification")
    assert client.post(f"/desk/people/{hidden.pk}/merge", {"into": known.pk}).status_code == 404
    response = client.post(f"/desk/people/{known.pk}/merge", {"into": hidden.pk}, follow=True)
    assert SECRET not in response.content.decode()
    assert not PersonMerge.objects.exists()


# The trash.


@pytest.fixture
def trashed(
    closed: Record, make_record: Callable[..., Record], make_mention: Callable[..., Mention], source: Source
) -> Iterator[list[TrashedRow]]:
    """Rows in the trash that belong to no record themselves, or to one that is public."""
    hidden = new_person("Người trong hồ sơ đóng")
    of(make_mention(closed, "Lê Văn Mẫu"), hidden)
    alive = living("Người còn sống")
    named = make_mention(make_record(), "Lê Văn Thử")
    of(named, alive)
    hall = new_exhibition("phac", title_vi="Phác thảo", status="draft")
    part = Part.objects.create(exhibition=hall, number=1, title_vi="Phần")
    panel = Panel.objects.create(part=part, number=1, title_vi="Bảng")
    yield [
        delete_row(actor=HOUSE, row=row)  # type: ignore[misc]
        for row in (
            Statement.objects.create(person=hidden, topic="other", value_vi=SECRET, source=source),
            add_row(actor=HOUSE, row=PersonName(person=alive, value=f"Ba {SECRET}")),
            add_row(actor=HOUSE, row=MentionReading(mention=named, value=f"Tư {SECRET}")),
            Panel.objects.create(part=part, number=2, title_vi=SECRET),
            Placement.objects.create(panel=panel, record=make_record(), position=1, caption_vi=SECRET),
            Milestone.objects.create(exhibition=hall, date_text="1970", title_vi=SECRET),
        )
    ]


def test_the_trash_shows_what_belonged_to_somebody_or_something_hidden_only_to_who_sees_that(
    somebody: Callable[..., Client], archivist: Client, trashed: list[TrashedRow]
) -> None:
    kinds = ("statement", "personname", "mentionreading", "panel", "placement", "milestone")
    client = somebody(*(f"{verb}_{kind}" for kind in kinds for verb in ("view", "delete")))
    assert SECRET not in html_of(client, "/desk/trash")
    assert html_of(archivist, "/desk/trash").count(SECRET) >= len(trashed)
    for entry in trashed:
        response = client.post("/desk/trash", {"id": f"row:{entry.pk}"}, follow=True)
        assert SECRET not in response.content.decode()
        assert TrashedRow.objects.filter(pk=entry.pk).exists(), entry.model


def test_nothing_hidden_is_put_back_past_the_trash_page(
    somebody: Callable[..., Client], trashed: list[TrashedRow]
) -> None:
    somebody("delete_statement", "delete_personname", "delete_mentionreading")
    user = User.objects.get(username="home-made 0")
    for entry in trashed[:3]:
        with pytest.raises(NotAllowed):
            put_back(actor=user, entry=entry)


# Django's admin.


def test_a_decision_about_somebody_living_is_hidden_even_when_it_says_not_this_person(
    curator: Client, archivist: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    record, person = make_record(), living()
    denied = of(make_mention(record, "Lê Văn Mẫu"), person, "not")
    withdrawn = of(make_mention(record, "Lê Văn Thử"), person)
    Identification.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
    assert SECRET not in html_of(curator, "/admin/catalog/identification/")
    for decision in (denied, withdrawn):
        start = f"/admin/catalog/identification/{decision.pk}"
        assert SECRET not in html_of(curator, f"/admin/catalog/mention/{decision.mention_id}/change/")
        assert curator.get(f"{start}/change/").status_code == 302
        assert curator.get(f"{start}/history/").status_code == 404
    assert SECRET in html_of(archivist, "/admin/catalog/identification/")
