"""Nothing fails by size: rosters, persons and units of thousands of names. Review G6, G13, security 13."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.people.models import Person
from catalog.records.actions import MentionRow, add_mentions, add_row, make_pages
from catalog.records.models import Identification, Mention, Page, Record, Statement
from tests.factories import new_person, new_source
from tests.writing.test_two_editors import errors_of, fields_of

pytestmark = pytest.mark.django_db
NAMES, PAGES = 1300, 200


@pytest.fixture
def roster(make_record: Callable[..., Record]) -> Record:
    """More names than a question may have conditions, each of a unit of its own."""
    record = make_record(identifier="HC-DS", title_vi="Danh sách hư cấu")
    pages = make_pages(pages=[Page(record=record, number=number) for number in range(1, PAGES + 1)])
    add_mentions(
        actor=HOUSE,
        rows=[
            MentionRow(
                record.pk,
                pages[number % PAGES].pk,
                f"Lê Hư {number:04}",
                {"unit_text": f"e{number % 700 + 1}/f{number % 300 + 1}"},
            )
            for number in range(NAMES)
        ],
    )
    return record


@pytest.fixture
def person(roster: Record) -> Person:
    """Somebody whom everybody in the roster is thought to be."""
    new = new_person("Lê Hư")
    Identification.objects.bulk_create(
        Identification(mention=mention, person=new, certainty="possible", reason_vi="hư cấu")
        for mention in roster.mentions.all()
    )
    return new


def test_the_names_of_a_roster_are_reached_page_by_page_without_script(client: Client, roster: Record) -> None:
    visited: set[str] = set()
    address = "/en/records/HC-DS"
    for _page in range(NAMES):
        response = client.get(address)
        assert response.status_code == 200 and len(response.content) < 200_000
        html = response.content.decode()
        visited |= set(re.findall(r'class="name" href="[^"]+">(Lê Hư \d+)<', html))
        match = re.search(r'rel="next" href="(\?names=\d+#named)"', html)
        if match is None:
            break
        address = f"/en/records/HC-DS{match[1]}"
    assert len(visited) == NAMES
    assert "Named in this file (1,300)" in html
    # A page behind the last one is the last; nonsense is the first.
    for odd in ("999999", "x", "-1", "0", "9" * 400):
        assert client.get(f"/records/HC-DS?names={odd}").status_code == 200


def test_a_page_of_the_roster_shows_its_own_names(client: Client, roster: Record) -> None:
    html = client.get("/en/records/HC-DS/pages/7").content.decode()
    own = Mention.objects.filter(record=roster, page__number=7).values_list("name", flat=True)
    assert set(re.findall(r"Lê Hư \d{4}", html)) == set(own) and len(own) == 7
    assert "Named on this page (7)" in html


def test_a_person_of_more_names_than_a_question_holds_has_a_page_and_a_slip(client: Client, person: Person) -> None:
    html = client.get(f"/en/people/{person.pk}").content.decode()
    assert "Where the name is written (1,300)" in html and html.count('class="answer"') == 50
    last = client.get(f"/en/people/{person.pk}?page=26")
    assert last.status_code == 200 and 'rel="next"' not in last.content.decode()
    assert client.get(f"/en/people/{person.pk}/slip").status_code == 200


def test_comrades_are_still_found_by_file_and_by_unit(
    client: Client, person: Person, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    make_mention(make_record(), "Phạm Cùng Đơn Vị", unit_text="c1/d2/e1/f1")
    make_mention(make_record(), "Phạm Khác Đơn Vị", unit_text="c1/d2/e9999/f999")
    make_mention(Record.objects.get(identifiers__value="HC-DS"), "Phạm Cùng Hồ Sơ")
    html = client.get(f"/people/{person.pk}").content.decode()
    assert "Phạm Cùng Đơn Vị" in html and "Phạm Cùng Hồ Sơ" in html and "Phạm Khác Đơn Vị" not in html


def test_a_unit_of_thousands_has_a_page(client: Client, roster: Record) -> None:
    Mention.objects.filter(record=roster).update(unit=Mention.objects.filter(record=roster)[0].unit_id)
    unit = Mention.objects.filter(record=roster)[0].unit
    assert unit is not None
    response = client.get(f"/en/units/{unit.normal_form}")
    assert response.status_code == 200 and "(1,300)" in response.content.decode() and len(response.content) < 200_000


def test_the_form_of_a_roster_is_sent_back_unchanged_and_changed(
    client: Client, cast: dict[str, User], roster: Record
) -> None:
    client.force_login(cast["administrator"])
    address = f"/en/admin/catalog/record/{roster.pk}/change/"
    response = client.get(address)
    sent = fields_of(response)
    assert len(sent) < 200 and len(response.content) < 200_000
    assert client.post(address, sent).status_code == 302
    sent = fields_of(client.get(address)) | {"title_vi": "Danh sách hư cấu, đã sửa"}
    second_response = client.post(address, sent)
    assert second_response.status_code == 302, errors_of(second_response)
    roster.refresh_from_db()
    assert roster.title_vi == "Danh sách hư cấu, đã sửa" and roster.mentions.count() == NAMES
    for kind in ("mention", "page", "identification", "custodyevent", "statement", "identifier"):
        assert client.get(f"/en/admin/catalog/{kind}/").status_code == 200
    mention = roster.mentions.all()[600]
    address = f"/en/admin/catalog/mention/{mention.pk}/change/"
    assert client.post(address, fields_of(client.get(address)) | {"rank": "hạ sĩ"}).status_code == 302


def test_the_form_of_a_person_of_many_statements_is_sent_back(
    client: Client, cast: dict[str, User], person: Person
) -> None:
    source = new_source("bao", citation_vi="Báo hư cấu")
    for number in range(60):
        add_row(actor=HOUSE, row=Statement(person=person, source=source, topic="home", value_vi=f"Quê {number}"))
    client.force_login(cast["administrator"])
    address = f"/en/admin/catalog/person/{person.pk}/change/"
    response = client.get(address)
    assert f"statement/?person__id__exact={person.pk}" in response.content.decode() and len(fields_of(response)) < 100
    second_response = client.post(address, fields_of(response) | {"summary_vi": "Hư cấu"})
    assert second_response.status_code == 302, errors_of(second_response)
