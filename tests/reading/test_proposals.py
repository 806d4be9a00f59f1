"""Names proposed from texts: nothing enters by itself, what was refused stays away, everything can be undone."""

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from catalog.accounts.models import User
from catalog.reading.models import MentionProposal
from catalog.reading.proposals.actions import (
    AlreadyDecided,
    NoName,
    accept_proposal,
    propose_mentions,
    refuse_proposal,
    undo_decision,
)
from catalog.records.models import Mention, Page, Record
from catalog.texts.actions import set_page_text

pytestmark = pytest.mark.django_db
TEXT = "Thiếu úy Lê Văn Mẫu, sinh 1944, quê Nam Hà\nĐồng chí Hồ Thị Thử, đơn vị c3/d9/e90/f324\nanh Lê Văn Mẫu"


@pytest.fixture
def page(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> Page:
    page = make_page(make_record())
    rows = [[start, start + 2, 100, 200 + start, 40, 30] for start in (9, TEXT.index("Hồ"))]
    set_page_text(page=page, text=TEXT, origin="ocr", boxes=rows)
    propose_mentions(page=page)
    return page


def open_names(page: Page) -> list[str]:
    return list(page.mention_proposals.filter(state="proposed").values_list("name", flat=True))


def test_accepting_makes_a_mention_with_box_facts_and_lines(page: Page, cast: dict[str, User]) -> None:
    assert open_names(page) == ["Lê Văn Mẫu", "Hồ Thị Thử", "Lê Văn Mẫu"]
    assert not Mention.objects.exists()
    first = page.mention_proposals.all()[0]
    accept_proposal(proposal=first, person=cast["archivist"])
    mention = Mention.objects.get()
    assert (mention.name, mention.rank, mention.born_text, mention.home_text) == (
        "Lê Văn Mẫu",
        "Thiếu úy",
        "1944",
        "Nam Hà",
    )
    assert mention.box == (100, 209, 40, 30)
    assert mention.lines_text.startswith("Thiếu úy Lê Văn Mẫu, sinh 1944")
    assert (mention.born_from, mention.page, mention.record) == (1944, page, page.record)
    with pytest.raises(AlreadyDecided):
        refuse_proposal(proposal=first, person=cast["administrator"])


def test_correcting(page: Page, cast: dict[str, User]) -> None:
    second = page.mention_proposals.get(name="Hồ Thị Thử")
    with pytest.raises(NoName):
        accept_proposal(proposal=second, person=cast["archivist"], corrected={"name": "  "})
    done = accept_proposal(
        proposal=second,
        person=cast["archivist"],
        corrected={"name": "Hồ Thị  Thứ", "unit_text": second.unit_text, "page": "1", "kin": "x", "number": "9" * 100},
    )
    mention = Mention.objects.get()
    assert (done.state, mention.name, mention.number, mention.kin) == ("corrected", "Hồ Thị Thứ", "9" * 60, "")
    assert mention.unit is not None
    assert mention.unit.normal_form == "c3/d9/e90/f324"


def test_refused_and_entered_names_do_not_come_back(
    page: Page, cast: dict[str, User], make_mention: Callable[..., Mention]
) -> None:
    first, second, third = page.mention_proposals.all()
    refuse_proposal(proposal=second, person=cast["archivist"])
    accept_proposal(proposal=first, person=cast["archivist"])
    assert propose_mentions(page=page) == 0
    assert open_names(page) == ["Lê Văn Mẫu"]
    # The text is corrected: the same names, other words around them.
    set_page_text(page=page, text=TEXT.replace("Thử", "Thử ,") + "\nông Ngô Văn Ví", origin="person")
    assert propose_mentions(page=page) == 1
    assert open_names(page) == ["Lê Văn Mẫu", "Ngô Văn Ví"]
    make_mention(page.record, "Ngô Văn Ví", page=page)
    propose_mentions(page=page)
    assert open_names(page) == ["Lê Văn Mẫu"]
    # What the text does not say any more is not proposed any more; decisions stay.
    set_page_text(page=page, text="", origin="person")
    propose_mentions(page=page)
    assert open_names(page) == []
    assert page.mention_proposals.count() == 2
    assert third.pk not in page.mention_proposals.values_list("pk", flat=True)


def test_undoing_takes_the_mention_away_and_asks_again(page: Page, cast: dict[str, User]) -> None:
    first, second, _third = page.mention_proposals.all()
    accept_proposal(proposal=first, person=cast["archivist"])
    refuse_proposal(proposal=second, person=cast["archivist"])
    undo_decision(proposal=first, person=cast["archivist"])
    undo_decision(proposal=second, person=cast["archivist"])
    assert not Mention.objects.kept().exists()
    assert Mention.objects.trashed().count() == 1
    assert open_names(page) == ["Lê Văn Mẫu", "Hồ Thị Thử", "Lê Văn Mẫu"]
    accept_proposal(proposal=MentionProposal.objects.get(pk=first.pk), person=cast["administrator"])
    assert Mention.objects.kept().count() == 1


def test_existing_texts_are_searched_by_a_command(
    make_record: Callable[..., Record], make_page: Callable[..., Page]
) -> None:
    page, other = make_page(make_record(identifier="HC-9100")), make_page(make_record())
    for item in (page, other):
        set_page_text(page=item, text=TEXT, origin="imported")
    output = io.StringIO()
    call_command("propose_mentions", record="HC-9100", stdout=output, stderr=io.StringIO())
    assert output.getvalue() == "1 pages looked through, 3 names proposed\n"
    call_command("propose_mentions", stdout=output, stderr=io.StringIO())
    assert output.getvalue().endswith("2 pages looked through, 3 names proposed\n")
    assert MentionProposal.objects.count() == 6
    with pytest.raises(CommandError):
        call_command("propose_mentions", record="HC-0", stdout=output)
