"""Lists and forms of staff pages show nothing to users who may not see it; each was a leak that the crawl found."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from catalog.accounts.models import User
from catalog.admin.base import HouseAdmin
from catalog.admin.visibility import VISIBLE_TO_ALL, visible_rows
from catalog.changes.writing import HOUSE
from catalog.exhibitions.models import Milestone, Panel, Part, Placement
from catalog.intake.models import Upload
from catalog.jobs.models import Lease
from catalog.records.actions import change_row, delete_row
from catalog.records.models import (
    CustodyEvent,
    Mention,
    Record,
    Repository,
    Statement,
)
from catalog.sources.models import Source
from tests.doors.staff import CLOSED, SECRET, html_of, living, of
from tests.factories import new_exhibition, new_page
from tests.writing.test_two_editors import fields_of


def test_what_deleting_takes_along_is_not_named_to_who_may_not_see_it(
    curator: Client, archivist: Client, closed: Record, somebody: Callable[..., Client], source: Source
) -> None:
    hall = new_exhibition("mo", title_vi="Mở")
    part = Part.objects.create(exhibition=hall, number=1, title_vi="Phần")
    panel = Panel.objects.create(part=part, number=1, title_vi="Bảng")
    Placement.objects.create(panel=panel, record=closed, position=1, caption_vi=SECRET)
    for address in (f"/admin/catalog/part/{part.pk}/delete/", f"/admin/catalog/panel/{panel.pk}/delete/"):
        page = html_of(curator, address)
        assert SECRET not in page and "Bảng" in page
    CustodyEvent.objects.create(record=closed, kind="given", place_text=SECRET, source=source)
    Statement.objects.create(record=closed, topic="other", value_vi=SECRET, source=source)
    client = somebody("view_source", "delete_source", "view_repository", "delete_repository")
    for address in (
        f"/admin/catalog/source/{source.pk}/delete/",
        f"/admin/catalog/repository/{closed.repository_id}/delete/",
    ):
        assert SECRET not in html_of(client, address)
        assert SECRET not in client.post(address, {"post": "yes"}, follow=True).content.decode()
    assert Source.objects.exists() and Repository.objects.exists()


def test_lists_are_not_narrowed_by_exhibitions_that_are_not_there(
    somebody: Callable[..., Client], archivist: Client
) -> None:
    new_exhibition("phac", title_vi=f"Phác thảo {SECRET}", status="draft")
    for slug in ("mo", "mo2"):
        hall = new_exhibition(slug, title_vi=slug)
        Part.objects.create(exhibition=hall, number=1, title_vi="Phần")
    assert SECRET not in html_of(somebody("view_part"), "/admin/catalog/part/")
    assert SECRET in html_of(archivist, "/admin/catalog/part/")


def test_lists_are_not_narrowed_by_a_repository_that_only_keeps_what_is_closed(
    somebody: Callable[..., Client], make_record: Callable[..., Record]
) -> None:
    make_record()
    hidden = Repository.objects.create(code="VN-KIN", slug="kin", name_vi=f"Kho {SECRET}")
    make_record(repository=hidden, **CLOSED)
    assert SECRET not in html_of(somebody("view_record"), "/admin/catalog/record/")


def test_a_list_is_not_narrowed_by_a_field_that_one_may_not_read(
    curator: Client, archivist: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    record = make_record(archivist_note=SECRET)
    make_mention(record, "Lê Văn Mẫu", kin=f"Con ông {SECRET}")
    for address in (
        f"/admin/catalog/record/?archivist_note__contains={SECRET}",
        f"/admin/catalog/mention/?kin__contains={SECRET}",
    ):
        assert curator.get(address).status_code == 400
        assert "Lê Văn Mẫu" in html_of(archivist, address) or record.title_vi in html_of(archivist, address)


def test_records_are_not_found_by_names_that_are_withheld(
    curator: Client, archivist: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    record = make_record()
    of(make_mention(record, f"Lê {SECRET}"), living())
    page = new_page(record)
    make_mention(record, f"Trần {SECRET}", page=page)
    delete_row(actor=HOUSE, row=page)
    address = f"/admin/catalog/record/?q={SECRET}"
    assert record.title_vi not in html_of(curator, address)
    assert record.title_vi in html_of(archivist, address)


def test_who_only_looks_is_not_shown_links_to_what_is_closed(
    somebody: Callable[..., Client], archivist: Client, closed: Record
) -> None:
    hall = new_exhibition("mo", title_vi="Mở", cover=closed.pages.get())
    milestone = Milestone.objects.create(exhibition=hall, date_text="1970", title_vi="Mốc")
    milestone.records.add(closed)
    client = somebody("view_exhibition", "view_milestone")
    for address in (f"/admin/catalog/exhibition/{hall.pk}/change/", f"/admin/catalog/milestone/{milestone.pk}/change/"):
        assert SECRET not in html_of(client, address) and client.get(address).status_code == 200
        assert SECRET in html_of(archivist, address)


def test_links_that_one_may_not_see_are_kept_when_a_form_is_saved(
    curator: Client, closed: Record, make_record: Any
) -> None:
    hall = new_exhibition("mo", title_vi="Mở")
    milestone = Milestone.objects.create(exhibition=hall, date_text="1970", title_vi="Mốc")
    record, other = make_record(), make_record()
    milestone.records.set([closed, record])
    form = {
        "exhibition": hall.pk,
        "position": 0,
        "date_text": "1970",
        "title_vi": "Mốc khác",
        "records": [other.pk],
        "began": Milestone.objects.get().revision,
        "part": "",
        "source": "",
    }
    assert curator.post(f"/admin/catalog/milestone/{milestone.pk}/change/", form).status_code == 302
    assert set(milestone.records.all()) == {closed, other}


def test_a_stale_form_does_not_name_what_a_colleague_chose_and_one_may_not_see(
    curator: Client, closed: Record, make_record: Any, make_page: Any
) -> None:
    hall = new_exhibition("mo", title_vi="Mở")
    address = f"/admin/catalog/exhibition/{hall.pk}/change/"
    form = fields_of(curator.get(address))
    change_row(actor=HOUSE, row=hall, revision=1, values={"cover": closed.pages.get()})
    response = curator.post(address, form | {"cover": make_page(make_record(), size=(30, 40)).pk})
    assert response.status_code == 409 and SECRET not in response.content.decode()


def test_a_kind_of_which_visibility_says_nothing_is_on_no_screen(archivist: Client, cast: dict[str, User]) -> None:
    """A model that is added and forgotten in `visible_rows` is hidden, not shown to everybody."""
    Lease.objects.create(name="x", claimed_until=timezone.now())
    assert not visible_rows(Lease, cast["administrator"]).exists()
    models = {model for model, screen in admin.site._registry.items() if isinstance(screen, HouseAdmin)}
    models |= {inline.model for screen in admin.site._registry.values() for inline in screen.inlines}
    silent = [
        model.__name__ for model in models if model.__name__ not in VISIBLE_TO_ALL and not _said_in_visibility(model)
    ]
    assert models and silent == []


def _said_in_visibility(model: type[Model]) -> bool:
    rows = visible_rows(model, HOUSE)
    return not rows.query.is_empty()


def test_a_number_that_is_taken_does_not_tell_what_bears_it(
    somebody: Callable[..., Client], closed: Record, make_record: Callable[..., Record]
) -> None:
    record = make_record()
    client = somebody("view_identifier", "add_identifier", "view_record")
    form = {"record": record.pk, "scheme": "local", "value": closed.identifiers.get().value}
    response = client.post("/admin/catalog/identifier/add/", form)
    assert response.status_code == 200 and SECRET not in response.content.decode()


def test_deleting_an_account_does_not_name_what_its_holder_alone_sees(cast: dict[str, User], closed: Record) -> None:
    client = Client()
    client.force_login(cast["administrator"])
    Upload.objects.create(record=closed, owner=cast["archivist"], name=f"{SECRET}.tif", size=1)
    assert SECRET not in html_of(client, f"/admin/catalog/user/{cast['archivist'].pk}/delete/")


# Counts.


def test_the_hall_counts_what_hangs_and_is_shown(client: Client, make_record: Any, make_page: Any) -> None:
    hall = new_exhibition("mo", title_vi="Mở")
    panel = Panel.objects.create(part=Part.objects.create(exhibition=hall, number=1, title_vi="Phần"), number=1)
    record = make_record()
    page = make_page(record, size=(300, 400))
    Placement.objects.create(panel=panel, record=record, position=1, caption_vi="Một")
    Placement.objects.create(panel=panel, record=record, page=page, position=2, caption_vi="Hai")
    assert "2 hiện vật" in html_of(client, "/")
    delete_row(actor=HOUSE, row=page)
    assert "1 hiện vật" in html_of(client, "/")


def test_the_slip_of_a_file_does_not_count_pages_with_only_withheld_names(
    client: Client, make_record: Any, make_page: Any, make_mention: Callable[..., Mention]
) -> None:
    record = make_record()
    first, second = make_page(record, 1, (300, 400)), make_page(record, 2, (300, 400))
    make_mention(record, "Lê Văn Mẫu", page=first)
    address = f"/records/{record.identifiers.get().matched}/slip"
    before = html_of(client, address)
    of(make_mention(record, f"Lê {SECRET}", page=second), living())
    assert html_of(client, address) == before
