"""What is derived is held against what the rules say: seen, kept as findings, put right without touching what a person
gave."""

import datetime
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from catalog.changes.models import Change
from catalog.changes.writing import HOUSE
from catalog.people.models import NameArrangement, NameForm, Person, PersonName, SyllableKey
from catalog.records import queries as reading
from catalog.records.actions import add_row, change_row, describe_record, withdraw_record
from catalog.records.actions import standing as spreading
from catalog.records.checking import queries as checking
from catalog.records.checking.nightly import check_within
from catalog.records.checking.queries import differences
from catalog.records.models import CatalogueFinding, CheckPlace, Mention, MentionForm, Record, Spread, Statement
from catalog.records.queries import counts
from catalog.sources.models import Source
from tests.factories import new_page

pytestmark = pytest.mark.django_db
What = CatalogueFinding.What


@pytest.fixture
def archive(make_record: Callable[..., Record], make_mention: Callable[..., Mention]) -> dict[str, Any]:
    """A fonds with a file and a document in it, a name, a person, a statement; all as the rules say."""
    fonds = make_record(level="fonds", code="P1")
    file = make_record(parent=fonds, code="H1", date_text="tháng 2 năm 1968")
    document = make_record(parent=file, level="document", code="D1")
    source = add_row(actor=HOUSE, row=Source(slug="hu-cau", citation_vi="Hư cấu"))
    person = add_row(actor=HOUSE, row=Person(name_vi="Lê Văn Mẫu"))
    NameForm.objects.of("Trần Thị Khác")
    return {
        "fonds": fonds,
        "file": file,
        "document": document,
        "person": person,
        "mention": make_mention(file, "Lê Văn Mẫu", born_text="1945", unit_text="c3/d9/e90/f324"),
        "name": add_row(actor=HOUSE, row=PersonName(person=person, value="Lê Văn Mẫu")),
        "statement": add_row(
            actor=HOUSE,
            row=Statement(record=file, topic="date", value_vi="Hư cấu", source=source, date_text="1968"),
        ),
    }


def check(*arguments: str) -> str:
    output = StringIO()
    call_command("check_catalogue", *arguments, stdout=output, stderr=output)
    return output.getvalue()


def damage_standing(archive: dict[str, Any]) -> None:
    Record.objects.filter(pk=archive["fonds"].pk).update(chain_published=False)


def damage_code(archive: dict[str, Any]) -> None:
    Record.objects.filter(pk=archive["file"].pk).update(reference_code="VN-HC/elsewhere")


def damage_dates(archive: dict[str, Any]) -> None:
    Record.objects.filter(pk=archive["file"].pk).update(date_edtf="1999", date_latest=None)


def damage_dates_of_a_statement(archive: dict[str, Any]) -> None:
    Statement.objects.filter(pk=archive["statement"].pk).update(date_earliest=None)


def damage_years(archive: dict[str, Any]) -> None:
    Mention.objects.filter(pk=archive["mention"].pk).update(born_from=None, number_key="X")


def damage_unit(archive: dict[str, Any]) -> None:
    Mention.objects.filter(pk=archive["mention"].pk).update(unit=None)


def damage_forms(archive: dict[str, Any]) -> None:
    MentionForm.objects.filter(mention=archive["mention"].pk).update(form=NameForm.objects.of("Trần Thị Khác"))


def damage_form_of_a_person(archive: dict[str, Any]) -> None:
    PersonName.objects.filter(pk=archive["name"].pk).update(form=None)


def damage_arrangements(archive: dict[str, Any]) -> None:
    NameArrangement.objects.filter(form__text="Lê Văn Mẫu").update(given="khác")


def damage_syllables(archive: dict[str, Any]) -> None:
    assert SyllableKey.objects.filter(text="mẫu", key__startswith="s:").delete()[0]


DAMAGES: dict[Callable[[dict[str, Any]], None], set[str]] = {
    damage_standing: {What.STANDING},
    damage_code: {What.REFERENCE_CODE},
    damage_dates: {What.DATES},
    damage_dates_of_a_statement: {What.DATES},
    damage_years: {What.KEYS},
    damage_unit: {What.UNIT},
    damage_forms: {What.FORMS},
    damage_form_of_a_person: {What.FORMS},
    damage_arrangements: {What.NAME_KEYS},
    damage_syllables: {What.NAME_KEYS},
}


def seen_now() -> Any:
    return (
        list(Record.objects.order_by("pk").values()),
        list(Mention.objects.order_by("pk").values()),
        list(Statement.objects.order_by("pk").values()),
        sorted(MentionForm.objects.values_list("mention_id", "form_id", "kind")),
        sorted(PersonName.objects.values_list("pk", "form_id")),
        sorted(
            NameArrangement.objects.values_list("form_id", "family", "middle", "near", "given", "how", "factor", "bare")
        ),
        sorted(SyllableKey.objects.values_list("text", "key")),
    )


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_what_differs_is_found_kept_and_put_right(
    archive: dict[str, Any], damage: Callable[[dict[str, Any]], None]
) -> None:
    assert "as the rules say" in check()
    right = seen_now()
    history = Record.history.count() + Mention.history.count() + Statement.history.count()
    damage(archive)
    Change.objects.all().delete()
    with pytest.raises(CommandError) as refused:
        check()
    assert refused.value.returncode == 1
    open_ones = CatalogueFinding.objects.filter(settled_at=None)
    assert DAMAGES[damage] <= set(open_ones.values_list("what", flat=True))
    with pytest.raises(CommandError):
        check("--only", *DAMAGES[damage])
    many = CatalogueFinding.objects.count()
    assert "put right" in check("--repair")
    assert seen_now() == right
    assert CatalogueFinding.objects.count() == many
    assert not open_ones.exists()
    # Its history has no change, and the index is told of it by the outbox.
    assert Record.history.count() + Mention.history.count() + Statement.history.count() == history
    assert Change.objects.exists()
    assert "as the rules say" in check()


def test_a_finding_whose_difference_is_gone_is_settled_by_itself(archive: dict[str, Any]) -> None:
    damage_years(archive)
    with pytest.raises(CommandError):
        check()
    mention = Mention.objects.get(pk=archive["mention"].pk)
    change_row(actor=HOUSE, row=mention, revision=mention.revision, values={"number": "12 X"})
    check()
    assert CatalogueFinding.objects.get().settled_at is not None


def test_only_what_is_named_is_looked_at(archive: dict[str, Any]) -> None:
    damage_standing(archive)
    assert "as the rules say" in check("--only", "dates", "forms")
    assert not CatalogueFinding.objects.exists()


def test_what_a_person_gave_is_no_difference_and_is_never_repaired(archive: dict[str, Any]) -> None:
    describe_record(actor=HOUSE, record=archive["file"], revision=1, values={"date_edtf": "1967"})
    Mention.objects.filter(pk=archive["mention"].pk).update(unit=None, unit_by_hand=True)
    before = seen_now()
    assert "as the rules say" in check("--repair")
    assert seen_now() == before


def test_what_0_4_2_could_not_tell_apart_stays_open_until_it_agrees(archive: dict[str, Any]) -> None:
    file = describe_record(actor=HOUSE, record=archive["file"], revision=1, values={"date_edtf": "1967"})
    finding = CatalogueFinding.objects.create(model="catalog.record", key=file.pk, what=What.EDTF_GIVEN, record=file.pk)
    check("--repair")
    assert CatalogueFinding.objects.get(pk=finding.pk).settled_at is None
    describe_record(actor=HOUSE, record=file, revision=file.revision, values={"date_text": "1967"})
    check()
    assert CatalogueFinding.objects.get(pk=finding.pk).settled_at is not None


def test_rows_that_a_change_has_not_reached_yet_are_on_their_way(archive: dict[str, Any]) -> None:
    withdraw_record(actor=HOUSE, record=archive["fonds"], patience=0.0)
    # One step was done: start again as if none had been.
    Record.objects.exclude(pk=archive["fonds"].pk).update(chain_published=True)
    assert Spread.objects.exists()
    output = check()
    assert "2 records are on the way" not in output
    assert "1 records are on the way" in output
    assert not CatalogueFinding.objects.exists()
    spreading.finish_spreads()
    assert "on the way" not in check()


def test_a_code_that_another_record_has_is_left_for_a_person(archive: dict[str, Any], make_record: Any) -> None:
    other = make_record(code="H7")
    Record.objects.filter(pk=archive["file"].pk).update(reference_code="VN-HC/P1/H0")
    Record.objects.filter(pk=other.pk).update(reference_code="VN-HC/P1/H1", code="H1")
    with pytest.raises(CommandError):
        check("--repair")
    # The other one was put right after it, which made room: the next run finds nothing more.
    check("--repair")


def test_a_repaired_standing_reaches_the_records_below(archive: dict[str, Any]) -> None:
    Record.objects.update(chain_published=False, open_from=None)
    check("--repair")
    assert Record.objects.filter(chain_published=True, open_from=datetime.date(1, 1, 1)).count() == 3
    assert not Spread.objects.exists()


def test_the_nightly_check_goes_on_where_it_stopped(archive: dict[str, Any]) -> None:
    damage_code(archive)
    damage_forms(archive)
    rows_checked, nights = 0, 0
    while CheckPlace.objects.filter(through_at=None).exists() or not CheckPlace.objects.exists() or nights < 30:
        rows_checked += check_within(0.0, batch_size=1).looked_at
        nights += 1
        if CheckPlace.objects.filter(through_at__isnull=False).count() == len(checking.checks()):
            break
    assert rows_checked >= Record.objects.count() + Mention.objects.count()
    assert set(CatalogueFinding.objects.values_list("what", flat=True)) >= {What.REFERENCE_CODE, What.FORMS}
    assert Record.objects.get(pk=archive["file"].pk).reference_code == "VN-HC/elsewhere"


def test_the_worker_checks_every_night() -> None:
    from catalog.jobs.registry import kinds

    assert kinds()["records.check_catalogue"].daily_at == 2


def test_counts_that_nobody_counted_again_are_found(archive: dict[str, Any], settings: Any) -> None:
    cache.clear()
    settings.COUNTED_AT_ONCE = 0
    new_page(archive["file"])
    reading.refresh_counts()
    for audiences in reading.EVERY_AUDIENCE:
        cache.set(counts._readable_key(audiences), (5, 5), 60)
    # While something was changed a moment ago a count may lag behind.
    assert not list(differences(["counts"]))
    Change.objects.all().delete()
    settings.COUNT_SECONDS = 0
    assert len(list(differences(["counts"]))) == len(reading.EVERY_AUDIENCE)
    with pytest.raises(CommandError):
        check("--only", "counts")
    check("--only", "counts", "--repair")
    assert not list(differences(["counts"]))
