"""What differs from the rules is a notice, is shown to users who may see the row, and is decided by a person."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from catalog.changes.writing import HOUSE
from catalog.people.models import Unit
from catalog.records.actions import identify_mention, set_life
from catalog.records.models import CatalogueFinding, Mention, Record
from tests.factories import new_person

pytestmark = pytest.mark.django_db
What = CatalogueFinding.What


@pytest.fixture
def finding(make_record: Callable[..., Record]) -> CatalogueFinding:
    """A date of 0.4.2 that its words do not say, as the migration lists it."""
    record = make_record(title_vi="Sổ hư cấu", date_text="1968")
    Record.objects.filter(pk=record.pk).update(date_edtf="1967", edtf_by_hand=True)
    return CatalogueFinding.objects.create(
        model="catalog.record",
        key=record.pk,
        what=What.EDTF_GIVEN,
        name="1968",
        stored="1967",
        expected="1968",
        record=record.pk,
    )


def decide(client: Client, finding: CatalogueFinding, do: str, revision: int | None = None) -> str:
    sent = {"id": finding.pk, "do": do} | ({"revision": revision} if revision else {})
    return client.post("/desk/findings", sent, follow=True).content.decode()


def test_the_desk_says_how_many_and_shows_the_present_value(
    client: Client, cast: dict[str, Any], finding: CatalogueFinding
) -> None:
    client.force_login(cast["archivist"])
    assert "Có 1 chỗ trong danh mục khác với quy tắc." in client.get("/desk/").content.decode()
    page = client.get("/desk/findings").content.decode()
    assert "1967" in page
    assert "1968" in page
    assert f"/admin/catalog/record/{finding.key}/change/" in page


def test_the_rules_are_taken_by_the_person(client: Client, cast: dict[str, Any], finding: CatalogueFinding) -> None:
    client.force_login(cast["archivist"])
    assert "theo quy tắc" in decide(client, finding, "take", 1)
    record = Record.objects.get(pk=finding.key)
    assert (record.date_edtf, record.edtf_by_hand) == ("1968", False)
    assert record.history.first().history_user == cast["archivist"]
    finding.refresh_from_db()
    assert (finding.settled_by, finding.kept) == (cast["archivist"], False)


def test_what_a_colleague_changed_meanwhile_is_not_written_over(
    client: Client, cast: dict[str, Any], finding: CatalogueFinding
) -> None:
    record = Record.objects.get(pk=finding.key)
    record.date_edtf, record.revision = "1969", 2
    record.save()
    client.force_login(cast["archivist"])
    assert "Đồng nghiệp" in (text := decide(client, finding, "take", 1)) or "đồng nghiệp" in text
    assert Record.objects.get(pk=finding.key).date_edtf == "1969"
    finding.refresh_from_db()
    assert finding.settled_at is None


def test_it_is_kept_as_it_is_and_not_asked_again(
    client: Client, cast: dict[str, Any], finding: CatalogueFinding
) -> None:
    client.force_login(cast["archivist"])
    decide(client, finding, "keep")
    finding.refresh_from_db()
    assert (finding.settled_by, finding.kept) == (cast["archivist"], True)
    assert Record.objects.get(pk=finding.key).date_edtf == "1967"
    call_command("check_catalogue", "--repair")
    assert not CatalogueFinding.objects.filter(settled_at=None).exists()


def test_a_difference_that_is_kept_is_not_reported_again(
    client: Client, cast: dict[str, Any], make_record: Any, make_mention: Any
) -> None:
    mention = make_mention(make_record(), "Lê Văn Mẫu", born_text="1945")
    Mention.objects.filter(pk=mention.pk).update(born_from=1944)
    with pytest.raises(CommandError):
        call_command("check_catalogue")
    client.force_login(cast["archivist"])
    decide(client, CatalogueFinding.objects.get(), "keep")
    call_command("check_catalogue", "--repair")
    assert Mention.objects.get(pk=mention.pk).born_from == 1944


def test_a_unit_is_read_from_the_words_again(
    client: Client, cast: dict[str, Any], make_record: Any, make_mention: Any
) -> None:
    mention = make_mention(make_record(), "Lê Văn Mẫu", unit_text="c3/d9/e90/f324")
    Mention.objects.filter(pk=mention.pk).update(unit=Unit.objects.of("d8/e1"), unit_by_hand=True)
    finding = CatalogueFinding.objects.create(
        model="catalog.mention", key=mention.pk, what=What.UNIT_GIVEN, name="x", record=mention.record_id
    )
    client.force_login(cast["archivist"])
    decide(client, finding, "take", 1)
    mention.refresh_from_db()
    assert (mention.unit.normal_form, mention.unit_by_hand) == ("c3/d9/e90/f324", False)


def test_who_may_see_a_record_is_put_right_and_never_kept_wrong(
    client: Client, cast: dict[str, Any], make_record: Any
) -> None:
    record = make_record(status="draft")
    Record.objects.filter(pk=record.pk).update(chain_published=True)
    with pytest.raises(CommandError):
        call_command("check_catalogue")
    finding = CatalogueFinding.objects.get()
    client.force_login(cast["archivist"])
    assert 'value="keep"' not in client.get("/desk/findings").content.decode()
    assert client.post("/desk/findings", {"id": finding.pk, "do": "keep"}).status_code == 404
    decide(client, finding, "take")
    assert not Record.objects.get(pk=record.pk).chain_published


def test_nobody_is_shown_or_decides_about_what_they_do_not_see(
    client: Client, cast: dict[str, Any], make_record: Any, make_mention: Any
) -> None:
    closed = make_record(access_level="closed", access_reason="hư cấu", title_vi="Kín hư cấu")
    open_one = make_record()
    living = new_person("Người Sống")
    mention = make_mention(open_one, "Người Sống")
    identify_mention(actor=HOUSE, mention=mention, person=living, certainty="certain", reason_vi="hư cấu")
    set_life(actor=HOUSE, person=living, revision=None, life="living", source=None, public_figure=False)
    for key, model, record in ((closed.pk, "catalog.record", closed.pk), (mention.pk, "catalog.mention", open_one.pk)):
        CatalogueFinding.objects.create(
            model=model,
            key=key,
            what=What.EDTF_GIVEN if "record" in model else What.UNIT_GIVEN,
            name="Bí mật",
            record=record,
        )
    nobody = cast["without a role"]
    nobody.is_staff = True
    nobody.save()
    for who in ("without a role", "family officer", "curator"):
        asker = cast[who]
        if asker.has_perm("catalog.view_closed"):
            continue
        client.force_login(asker)
        assert "Bí mật" not in client.get("/desk/findings").content.decode()
        assert "khác với quy tắc." not in client.get("/desk/").content.decode()
        for finding in CatalogueFinding.objects.all():
            assert client.post("/desk/findings", {"id": finding.pk, "do": "keep"}).status_code == 404
    assert not CatalogueFinding.objects.exclude(settled_at=None).exists()


@pytest.mark.parametrize(
    "sent", [{}, {"id": "x", "do": "take"}, {"id": "1", "do": "?"}, {"id": "9" * 30, "do": "keep"}]
)
def test_nonsense_is_nothing(client: Client, cast: dict[str, Any], sent: dict[str, str]) -> None:
    client.force_login(cast["archivist"])
    assert client.post("/desk/findings", sent).status_code == 404


def test_strangers_sign_in_first(client: Client) -> None:
    assert client.get("/desk/findings").status_code == 302
