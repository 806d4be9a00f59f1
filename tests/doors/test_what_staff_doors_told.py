"""What the crawl of the doors found, each told once by a staff page to somebody whom it was not meant for."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from catalog.accounts.models import User
from catalog.admin.base import HouseAdmin
from catalog.admin.visibility import VISIBLE_TO_ALL, visible_rows
from catalog.changes.models import TrashedRow
from catalog.changes.writing import HOUSE, NotAllowed
from catalog.exhibitions.models import Milestone, Panel, Part, Placement
from catalog.images.models import FixityFinding, Original
from catalog.images.renditions.actions import cover_part
from catalog.intake.models import IntakeBatch, IntakeFile, Upload
from catalog.jobs.models import Lease
from catalog.people.models import Person, PersonMerge, PersonName
from catalog.reading.models import MentionProposal, PageReading, ReadingPriority
from catalog.records.actions import add_row, change_row, delete_row, put_back
from catalog.records.models import (
    CustodyEvent,
    Identification,
    Mention,
    MentionReading,
    Page,
    Record,
    Repository,
    Statement,
)
from catalog.sources.models import Source
from catalog.texts.actions import set_page_text
from tests.factories import client_of, new_exhibition, new_page, new_person, new_scan, new_source, picture
from tests.writing.test_two_editors import fields_of

SECRET = "zukofidare"
CLOSED = {"access_level": "closed", "access_reason": "hư cấu"}


@pytest.fixture
def closed(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> Record:
    """A closed record with a page."""
    record = make_record(title_vi=f"Hồ sơ {SECRET}", code=f"HS-{SECRET}", **CLOSED)
    make_page(record, size=(300, 400))
    return record


@pytest.fixture
def source(db: None) -> Source:
    """Somebody's word."""
    return new_source("nguon", citation_vi="Nguồn")


@pytest.fixture
def covered(make_record: Callable[..., Record]) -> Page:
    """A public page on which a word is covered."""
    page = new_page(make_record())
    new_scan(page, picture((300, 400), "che"), name="che.jpg")
    set_page_text(page=page, text=f"{SECRET} kia", origin="ocr", boxes=[[0, len(SECRET), 30, 30, 90, 20]])
    cover_part(page=page, box=(20, 20, 200, 60))
    return page


@pytest.fixture
def somebody(db: None) -> Callable[..., Client]:
    """A browser of a member of staff with just these permissions."""
    number = iter(range(100))

    def made(*codenames: str) -> Client:
        user = User.objects.create_user(f"home-made {next(number)}", password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="catalog", codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return made


@pytest.fixture
def curator(cast: dict[str, User]) -> Client:
    """Sees drafts, and nothing closed."""
    return client_of(cast["curator"])


def html_of(client: Client, address: str) -> str:
    """The answer's words."""
    response: Any = client.get(address)
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def living(name: str = f"Ông {SECRET}") -> Person:
    return new_person(name, life="living")


def of(mention: Mention, person: Person, certainty: str = "certain") -> Identification:
    return add_row(actor=HOUSE, row=Identification(mention=mention, person=person, certainty=certainty, reason_vi="vì"))


# The desk.


def test_words_under_a_cover_are_not_in_the_transcribing_page(
    curator: Client, archivist: Client, covered: Page
) -> None:
    for address in (f"/desk/pages/{covered.pk}/text", f"/desk/pages/{covered.pk}/text/versions"):
        assert curator.get(address).status_code == 403
        assert archivist.get(address).status_code == 200
    assert SECRET in html_of(archivist, f"/desk/pages/{covered.pk}/text")


def test_names_found_under_a_cover_are_not_proposed_to_who_may_not_see_them(
    somebody: Callable[..., Client], archivist: Client, covered: Page
) -> None:
    proposal = MentionProposal.objects.create(page=covered, name=f"Lê {SECRET}", name_key=SECRET)
    decider = somebody("change_mention", "add_mention", "view_page")
    assert SECRET not in html_of(decider, "/desk/proposals")
    assert decider.get(f"/desk/pages/{covered.pk}/proposals").status_code == 403
    assert decider.post(f"/desk/proposals/{proposal.pk}", {"do": "accept"}).status_code == 404
    assert not Mention.objects.exists()
    assert SECRET in html_of(archivist, "/desk/proposals")


def test_who_may_not_see_under_a_cover_takes_none_away(somebody: Callable[..., Client], covered: Page) -> None:
    client = somebody("change_page", "view_page")
    cover = covered.covers.get()
    response = client.post(f"/desk/pages/{covered.pk}/image", {"do": "uncover", "cover": cover.pk})
    assert response.status_code == 403
    cover.refresh_from_db()
    assert cover.trashed_at is None


def test_an_image_that_was_replaced_is_for_those_who_see_under_covers(
    somebody: Callable[..., Client], archivist: Client, make_record: Callable[..., Record]
) -> None:
    page = new_page(make_record())
    old = new_scan(page, picture((300, 400), "cu"), name=f"{SECRET}.jpg")
    new_scan(page, picture((300, 400), "moi"), name="moi.jpg")
    client = somebody("change_page", "view_page", "view_scan")
    address = f"/desk/pages/{page.pk}/scans"
    assert SECRET not in html_of(client, address) and SECRET not in html_of(client, "/admin/catalog/scan/")
    assert client.post(address, {"again": old.public_id}).status_code == 404
    assert SECRET in html_of(archivist, address)


def test_files_are_not_sent_into_a_record_by_guessing_its_number(
    somebody: Callable[..., Client], closed: Record
) -> None:
    client = somebody("add_scan", "change_record", "view_record")
    assert client.get(f"/desk/records/{closed.pk}/files").status_code == 404
    sent = SimpleUploadedFile("a.jpg", picture((100, 100)).read(), content_type="image/jpeg")
    assert client.post(f"/desk/records/{closed.pk}/files", {"scans": sent}).status_code == 404
    metadata = f"record {_base64(str(closed.pk))},filename {_base64('a.jpg')}"
    response = client.post("/desk/uploads/", headers={"Upload-Length": "3", "Upload-Metadata": metadata})
    assert response.status_code == 404
    assert not Upload.objects.exists() and closed.pages.count() == 1


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_deliveries_into_a_closed_record_are_not_reported_to_who_may_not_see_it(
    somebody: Callable[..., Client], archivist: Client, closed: Record, make_record: Callable[..., Record]
) -> None:
    client = somebody("add_scan")
    batch = IntakeBatch.objects.create(source=SECRET, record=closed, state="done", total=1)
    refused = IntakeFile.objects.create(batch=batch, name=f"{SECRET}.tif", outcome="refused", reason="type")
    for address in ("/desk/batches/", "/desk/refused/"):
        assert SECRET not in html_of(client, address) and SECRET in html_of(archivist, address), address
    for address in (f"/desk/batches/{batch.pk}", f"/desk/batches/{batch.pk}.csv"):
        assert client.get(address).status_code == 404 and archivist.get(address).status_code == 200
    assert client.post(f"/desk/refused/{refused.pk}", {"discard": "1"}).status_code == 404
    refused.refresh_from_db()
    assert refused.settled == ""
    # What looks like an image of a closed record says so only to who sees that.
    other = IntakeBatch.objects.create(source="giao", record=make_record(), state="done", total=1)
    file = IntakeFile.objects.create(batch=other, name="b.jpg", outcome="accepted", like=closed.pages.get().scans.get())
    file.scans.add(closed.pages.get().scans.get())
    code = closed.identifiers.get().matched
    for address in (f"/desk/batches/{other.pk}", f"/desk/batches/{other.pk}.csv"):
        assert code not in html_of(client, address) and code in html_of(archivist, address), address


def test_a_refused_file_is_not_tried_again_into_a_record_that_one_may_not_see(
    somebody: Callable[..., Client], closed: Record
) -> None:
    client = somebody("add_scan")
    user = User.objects.get(username="home-made 0")
    batch = IntakeBatch.objects.create(source="giao", owner=user, state="done", total=1)
    file = IntakeFile.objects.create(batch=batch, name="b.jpg", outcome="refused", reason="type", quarantine="nothing")
    code = closed.identifiers.get().matched
    complaints = []
    for number in (code, "KX-NOWHERE"):
        response = client.post(f"/desk/refused/{file.pk}", {"record": number}, follow=True)
        complaints.append([str(message).replace(number, "…") for message in response.context["messages"]])
    assert complaints[0] == complaints[1] != []


def test_damage_and_reading_of_closed_pages_are_told_to_who_sees_them(
    curator: Client, somebody: Callable[..., Client], archivist: Client, closed: Record
) -> None:
    scan = closed.pages.get().scans.get()
    code = closed.identifiers.get().matched
    FixityFinding.objects.create(original=Original.objects.get(sha256=scan.sha256), kind="damaged", detail=SECRET)
    PageReading.objects.update_or_create(page=scan.page, defaults={"scan": scan, "state": "failed", "reason": SECRET})
    ReadingPriority.objects.create(record=closed, priority=3)
    assert SECRET not in html_of(curator, "/desk/fixity") and code not in html_of(curator, "/desk/fixity")
    assert "hỏng hoặc mất" not in html_of(curator, "/desk/")
    reader = somebody("run_reading")
    assert SECRET not in html_of(reader, "/desk/reading") and code not in html_of(reader, "/desk/reading")
    for address in ("/desk/fixity", "/desk/reading"):
        assert SECRET in html_of(archivist, address) and code in html_of(archivist, address)


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


def test_histories_do_not_say_what_the_form_withholds(
    curator: Client, archivist: Client, make_record: Callable[..., Record]
) -> None:
    record = Record.objects.get(pk=make_record().pk)
    record.archivist_note, record.access_reason = f"Ghi {SECRET}", f"Vì {SECRET}"
    record.save()
    person = new_person("Người quen", public_figure=True)
    person.note = SECRET
    person.save()
    for address in (f"/admin/catalog/record/{record.pk}/history/", f"/admin/catalog/person/{person.pk}/history/"):
        assert SECRET not in html_of(curator, address)
        assert SECRET in html_of(archivist, address)


def test_histories_do_not_name_records_that_were_linked_and_are_closed(
    curator: Client, archivist: Client, closed: Record
) -> None:
    hall = new_exhibition("mo", title_vi="Mở")
    milestone = Milestone.objects.create(exhibition=hall, date_text="1970", title_vi="Mốc")
    milestone.records.add(closed)
    address = f"/admin/catalog/milestone/{milestone.pk}/history/"
    assert SECRET not in html_of(curator, address)
    assert SECRET in html_of(archivist, address)


def test_an_earlier_state_that_names_somebody_hidden_is_not_opened(
    curator: Client, archivist: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    alive, known = living(), new_person("Người quen")
    decision = of(make_mention(make_record(), "Lê Văn Mẫu"), alive)
    decision.person = known
    decision.save()
    version = decision.history.order_by("history_id").first()
    start = f"/admin/catalog/identification/{decision.pk}/history/"
    assert SECRET not in html_of(curator, start) and curator.get(f"{start}{version.pk}/").status_code == 404
    assert SECRET in html_of(archivist, start) and archivist.get(f"{start}{version.pk}/").status_code == 200


def test_versions_of_a_text_with_a_cover_are_not_in_the_admin(
    curator: Client, archivist: Client, covered: Page
) -> None:
    text = covered.texts.get()
    assert f"/pagetext/{text.pk}/" not in html_of(curator, f"/admin/catalog/pagetext/?q={SECRET}")
    assert curator.get(f"/admin/catalog/pagetext/{text.pk}/change/").status_code == 302
    assert SECRET in html_of(archivist, f"/admin/catalog/pagetext/{text.pk}/change/")


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


def test_histories_of_kinds_that_one_may_not_see_do_not_tell_which_rows_there_are(
    somebody: Callable[..., Client], closed: Record
) -> None:
    client = somebody("view_record")
    page = closed.pages.get()
    statuses = [client.get(f"/admin/catalog/page/{key}/history/").status_code for key in (page.pk, 987654)]
    assert statuses == [403, 403]


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


def test_the_slip_of_a_file_does_not_count_pages_on_which_only_withheld_names_stand(
    client: Client, make_record: Any, make_page: Any, make_mention: Callable[..., Mention]
) -> None:
    record = make_record()
    first, second = make_page(record, 1, (300, 400)), make_page(record, 2, (300, 400))
    make_mention(record, "Lê Văn Mẫu", page=first)
    address = f"/records/{record.identifiers.get().matched}/slip"
    before = html_of(client, address)
    of(make_mention(record, f"Lê {SECRET}", page=second), living())
    assert html_of(client, address) == before
