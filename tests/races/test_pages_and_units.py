"""Two people at one thing in the same moment, on either database: both are answered, and nothing is doubled or lost."""

from functools import partial

import pytest

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.people.models import Unit
from catalog.records.actions import MentionRow, add_mentions, add_row
from catalog.records.models import Mention, Page, Record, Repository
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageText, PageTranslation, TextDraft
from catalog.texts.versions import OtherText, finish_transcription, finish_translation
from tests.factories import new_page
from tests.waiting import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page() -> Page:
    repository = Repository.objects.create(
        code="VN-HC", slug="hu-cau", name_vi="Lưu trữ hư cấu", name_en="Invented archive"
    )
    record = Record.objects.create(repository=repository, code="HS", title_vi="Hồ sơ hư cấu", status="published")
    return new_page(record)


def finish(page: Page, person: User, text: str, base: int) -> PageText | OtherText:
    try:
        return finish_transcription(page=page, person=person, text=text, base=base)
    except OtherText as error:
        return error


def translate(page: Page, person: User, text: str) -> PageTranslation | OtherText:
    try:
        return finish_translation(page=page, person=person, text=text, language="en", base=0)
    except OtherText as error:
        return error


def test_two_people_finish_one_page_and_one_is_shown_the_others_text(page: Page) -> None:
    people = [User.objects.create_user(f"writer {number}", password="x") for number in range(3)]
    for turn in range(5):
        current = page.texts.filter(current=True).first()
        base = current.pk if current else 0
        outcomes = run_together(
            *[partial(finish, page, person, f"{person} đã chép lần {turn}", base) for person in people]
        )
        finished = [outcome for outcome in outcomes if isinstance(outcome, PageText)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, OtherText)]
        assert (len(finished), len(refused)) == (1, 2)
        assert page.texts.get(current=True) == finished[0] and all(item.shown == finished[0] for item in refused)
        drafts = set(TextDraft.objects.values_list("text", flat=True))
        assert drafts == {f"{person} đã chép lần {turn}" for person in people if person != finished[0].made_by}
        TextDraft.objects.all().delete()


def test_texts_that_know_of_no_base_take_turns(page: Page) -> None:
    run_together(
        *[
            lambda number=number: set_page_text(page=page, text=f"máy đọc {number}", origin=PageText.Origin.OCR)
            for number in range(4)
        ]
    )
    assert page.texts.count() == 4 and page.texts.filter(current=True).count() == 1


def test_two_translations_at_once(page: Page) -> None:
    people = [User.objects.create_user(f"writer {number}", password="x") for number in range(2)]
    outcomes = run_together(*[partial(translate, page, person, f"{person}") for person in people])
    assert sum(isinstance(outcome, OtherText) for outcome in outcomes) == 1
    assert page.translations.filter(current=True).count() == 1


def test_mentions_of_one_new_unit_at_once(page: Page) -> None:
    def enter(number: int) -> Mention:
        return add_row(
            actor=HOUSE,
            row=Mention(
                record=page.record, page=page, name=f"Lê Hư {number}", unit_text="c3/d9/e777/f324", invented=True
            ),
        )

    mentions = run_together(*[lambda number=number: enter(number) for number in range(4)])
    assert len({row.unit_id for row in mentions}) == 1
    assert Unit.objects.filter(normal_form="c3/d9/e777/f324").count() == 1


def test_two_tables_that_name_the_same_new_units_at_once(page: Page) -> None:
    units = [f"c{number}/d9/e{800 + number}/f324" for number in range(1, 31)]

    def take(selection: list[str]) -> None:
        add_mentions(
            actor=HOUSE,
            rows=[MentionRow(page.record_id, page.pk, "Lê Hư Cấu", {"unit_text": text}) for text in selection],
        )

    run_together(lambda: take(units), lambda: take(units[::-1]), lambda: take(units))
    assert Mention.objects.filter(unit=None).count() == 0 and Mention.objects.count() == 90
    assert Unit.objects.filter(normal_form__in=units).count() == 30
