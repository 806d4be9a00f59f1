"""The main pages ask as many questions of the database for a file of many names as for one of few."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.jobs.models import Job
from catalog.records.actions import add_row, delete_row, make_pages
from catalog.records.models import (
    CustodyEvent,
    Identification,
    Identifier,
    Mention,
    Page,
    Record,
    Repository,
    Statement,
)
from catalog.search.actions import rebuild_index
from tests.factories import new_person, new_scan, new_source, picture

pytestmark = pytest.mark.django_db
FEW, MANY = 6, 60

PUBLIC = [
    "/",
    "/records/",
    "/records/?level=file",
    "/records/{code}",
    "/records/{code}/pages/1",
    "/records/{code}.json",
    "/records/{code}/slip",
    "/people/{person}",
    "/people/{person}/slip",
    "/units/d9/e90/f324",
    "/iiif/records/{code}/manifest",
    "/search?q=hư+cấu",
    "/find?name=Lê+Hư+Cấu",
    "/api/v1/records",
    "/api/v1/people/search?name=Lê+Hư+Cấu",
    "/suggest?q=HC",
]
STAFF = [
    "/records/{code}",
    "/people/{person}",
    "/desk/",
    "/desk/trash",
    "/desk/jobs",
    "/desk/records/{record}/pages",
    "/admin/catalog/record/",
    "/admin/catalog/record/{record}/change/",
    "/admin/catalog/page/?record__id__exact={record}",
    "/admin/catalog/mention/?record__id__exact={record}",
    "/admin/catalog/person/",
    "/admin/catalog/person/{person}/change/",
    "/admin/catalog/statement/",
    "/admin/catalog/identification/?person__id__exact={person}",
    "/admin/catalog/custodyevent/",
    "/admin/catalog/identifier/",
    "/admin/catalog/scan/",
    "/admin/catalog/pagetext/",
    "/admin/catalog/instantiation/",
]


class Stage:
    """A roster whose names are thought to be one person's, in one unit, in files beside each other; and what staff keep
    of it."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.source = new_source("bao", citation_vi="Báo hư cấu", citation_en="Invented paper")
        self.person = new_person("Lê Hư Cấu")
        self.above = Record.objects.create(
            repository=repository, code="M1", level="inventory", title_vi="Mục lục hư cấu", status="published"
        )
        self.record = self._file("HC-1")
        self.made = 0

    def _file(self, number: str) -> Record:
        record = Record.objects.create(
            repository=self.repository,
            parent=self.above,
            code=number,
            title_vi=f"Danh sách hư cấu {number}",
            status="published",
        )
        Identifier.objects.create(record=record, value=number, primary=True)
        return record

    def grow(self, to: int) -> None:
        """Up to so many of everything."""
        while self.made < to:
            self.made += 1
            number = self.made
            (page,) = make_pages(pages=[Page(record=self.record, number=number)])
            new_scan(page, picture((60, 80), str(number)), name=f"{number}.jpg")
            other = self._file(f"HC-1{number:03}")
            (neighbour,) = make_pages(pages=[Page(record=other, number=1)])
            for record, on in ((self.record, Page.objects.get(record=self.record, number=1)), (other, neighbour)):
                mention = add_row(
                    actor=HOUSE,
                    row=Mention(
                        record=record,
                        page=on,
                        name="Lê Hư Cấu",
                        unit_text=f"c{number}/d9/e90/f324",
                        invented=True,
                        position=number,
                    ),
                )
                add_row(
                    actor=HOUSE,
                    row=Identification(mention=mention, person=self.person, certainty="probable", reason_vi="hư cấu"),
                )
                add_row(
                    actor=HOUSE,
                    row=Mention(record=record, page=on, name=f"Trần Hư {number}", unit_text="e90/f324", invented=True),
                )
            add_row(
                actor=HOUSE,
                row=Statement(person=self.person, source=self.source, topic="home", value_vi=f"Quê {number}"),
            )
            removed = add_row(
                actor=HOUSE, row=Statement(record=other, source=self.source, topic="home", value_vi=f"Bỏ {number}")
            )
            delete_row(actor=HOUSE, row=removed)
            add_row(actor=HOUSE, row=CustodyEvent(record=other, kind="kept", date_text="1968"))
            (trashed,) = make_pages(pages=[Page(record=other, number=2)])
            delete_row(actor=HOUSE, row=trashed)
            Job.objects.create(kind="records.spread", key=str(number), state="done", ended_at=timezone.now())


def queries_of(client: Client, address: str) -> list[str]:
    """The queries of a page, once everything that is cached between requests is cached."""
    for _warm in range(2):
        with CaptureQueriesContext(connection) as caught:
            response = client.get(address)
        assert response.status_code == 200, address
    return [query["sql"] for query in caught.captured_queries]


def test_no_page_asks_more_for_many_names_than_for_few(
    client: Client, cast: dict[str, User], repository: Repository, settings: object
) -> None:
    stage = Stage(repository)
    staff = Client()
    staff.force_login(cast["administrator"])
    where = {"code": "HC-1", "record": stage.record.pk, "person": stage.person.pk}
    counts: dict[str, list[int]] = {}
    for size in (FEW, MANY):
        stage.grow(size)
        rebuild_index()
        for who, doors in ((client, PUBLIC), (staff, STAFF)):
            for door in doors:
                queries = queries_of(who, door.format(**where))
                counts.setdefault(f"{'staff ' if who is staff else ''}{door}", []).append(len(queries))
    grown = {door: numbers for door, numbers in counts.items() if numbers[1] > numbers[0]}
    assert not grown
