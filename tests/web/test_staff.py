"""An archivist's day, through Django's admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.images.models import Scan
from catalog.records.models import Mention, Page, Record, Repository
from catalog.search.actions import follow_changes, rebuild_index
from tests.factories import picture, storage_key

EMPTY = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}


def management(**totals: int) -> dict[str, str]:
    """Management forms of every inline of a record, with so many new rows."""
    names = ("identifiers",)
    return {
        f"{name}-{key}": str(totals.get(name, 0)) if key == "TOTAL_FORMS" else value
        for name in names
        for key, value in EMPTY.items()
    }


def no_inlines() -> dict[str, str]:
    """Management forms of the rows below a name: none."""
    return {f"{name}-{key}": value for name in ("readings", "identifications") for key, value in EMPTY.items()}


def new_file(repository: Repository, **more: Any) -> dict[str, Any]:
    return {
        "repository": repository.pk,
        "level": "file",
        "kind": "letter",
        "code": "HS-9",
        "position": 0,
        "title_vi": "Thư của một người lính",
        **management(),
        **more,
    }


def test_describe_upload_name_publish_find(
    client: Client, cast: dict[str, User], repository: Repository, indexed: Callable[[], int]
) -> None:
    indexed()
    client.force_login(cast["archivist"])
    form = new_file(
        repository,
        **management(identifiers=1),
        **{"identifiers-0-value": "HC-4242", "identifiers-0-scheme": "local", "identifiers-0-primary": "on"},
        images=[upload("trang 2.jpg"), upload("trang 1.png", kind="PNG")],
    )
    response = client.post("/admin/catalog/record/add/", form)
    assert response.status_code == 302, response.context["adminform"].form.errors
    record = Record.objects.get(code="HS-9")
    assert record.created_by == cast["archivist"]
    assert [page.scans.get().original_name for page in record.pages.all()] == ["trang 1.png", "trang 2.jpg"]
    for index, name in enumerate(("Lê Văn Mẫu", "Trần Thị Thử", "Ngô Văn Ví")):
        named = {"record": record.pk, "name": name, "position": index, "unit_text": "c3 d9 e90 f324", **no_inlines()}
        response = client.post("/admin/catalog/mention/add/", named)
        assert response.status_code == 302, response.context["adminform"].form.errors
    assert record.mentions.count() == 3
    assert Client().get("/records/HC-4242").status_code == 404
    client.post("/admin/catalog/record/", {"action": "publish", "_selected_action": [record.pk]})
    follow_changes()
    visitor = Client()
    assert visitor.get("/records/HC-4242").status_code == 200
    assert visitor.get("/search", {"q": "thu cua mot nguoi linh"}).context["results"].counts["records"] == 1
    assert (
        visitor.get("/search", {"q": "tran thi thu"}).context["results"].people.matches[0].mentions[0].mention.record
        == record
    )
    assert record.history.count() >= 2


def upload(name: str, kind: str = "JPEG") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture((1300, 1700), name, kind).read())


def test_a_bad_image_is_named_and_the_others_stay(
    client: Client, cast: dict[str, User], make_record: Callable[..., Record]
) -> None:
    record = make_record(code="HS-8", status="draft")
    client.force_login(cast["archivist"])
    image = picture().read()
    files = [
        SimpleUploadedFile("a.jpg", image),
        SimpleUploadedFile("b rỗng.jpg", b" "),
        SimpleUploadedFile("c.jpg", image[: len(image) // 2]),
        SimpleUploadedFile("d.jpg", b"GIF89a not an image"),
    ]
    form = new_file(record.repository, code="HS-8", images=files) | {
        "identifiers-TOTAL_FORMS": "1",
        "identifiers-INITIAL_FORMS": "1",
        "identifiers-0-id": record.identifiers.get().pk,
        "identifiers-0-record": record.pk,
        "identifiers-0-value": "HC-0001",
        "identifiers-0-scheme": "local",
        "identifiers-0-began": record.identifiers.get().revision,
        "began": record.revision,
    }
    response = client.post(f"/admin/catalog/record/{record.pk}/change/", form, follow=True)
    text = " ".join(str(message) for message in response.context["messages"])
    assert "b rỗng.jpg" in text
    assert "c.jpg" in text
    assert "d.jpg" in text
    assert record.pages.count() == 1
    assert Scan.objects.get().original_name == "a.jpg"


def test_originals_are_kept_byte_for_byte(
    client: Client, cast: dict[str, User], make_page: Callable[..., Page], make_record: Callable[..., Record]
) -> None:
    from hashlib import sha256

    from django.core.files.storage import default_storage

    scan = make_page(make_record()).scans.get()
    stored = default_storage.open(storage_key(scan)).read()
    assert sha256(stored).hexdigest() == scan.sha256
    assert stored == picture((1300, 1800), f"{scan.page.record_id}-1").read()


def test_deleting_is_a_move_to_the_trash(
    client: Client, cast: dict[str, User], make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    record = make_record(title_vi="Đi rồi về")
    indexed()
    client.force_login(cast["archivist"])
    assert client.post(f"/admin/catalog/record/{record.pk}/delete/", {"post": "yes"}).status_code == 302
    assert Record.objects.filter(pk=record.pk).exists()
    assert Client().get(f"/records/{record.identifiers.get().matched}").status_code == 404
    follow_changes()
    client.post("/admin/catalog/record/?trash=yes", {"action": "take_back", "_selected_action": [record.pk]})
    follow_changes()
    assert Client().get("/search", {"q": "đi rồi về"}).context["results"].counts["records"] == 1


def test_errors_are_shown_next_to_their_field(
    client: Client, cast: dict[str, User], make_record: Callable[..., Record], repository: Repository
) -> None:
    make_record(identifier="HC-4242")
    client.force_login(cast["archivist"])
    taken = new_file(
        repository, **management(identifiers=1), **{"identifiers-0-value": "hc-4242", "identifiers-0-scheme": "local"}
    )
    response = client.post("/en/admin/catalog/record/add/", taken)
    assert response.status_code == 200
    assert "already names" in response.content.decode()
    below = make_record(level="document")
    response = client.post("/en/admin/catalog/record/add/", new_file(repository, parent=below.pk))
    assert "cannot stand within" in response.content.decode()
    assert not Record.objects.filter(code="HS-9").exists()


def test_closing_needs_a_reason(client: Client, cast: dict[str, User], make_record: Callable[..., Record]) -> None:
    record = make_record()
    client.force_login(cast["archivist"])
    address = f"/en/desk/records/{record.pk}/standing"
    response = client.post(address, {"level": "closed", "reason": " ", "revision": record.revision})
    assert response.status_code == 400
    assert "Say why it is closed" in response.content.decode()
    client.post(address, {"level": "closed", "reason": "Có dữ liệu cá nhân", "revision": record.revision})
    record.refresh_from_db()
    assert (record.access_level, record.access_reason) == ("closed", "Có dữ liệu cá nhân")
    assert record.history.first().history_user == cast["archivist"]


@pytest.mark.parametrize("role", ["archivist", "reviewer", "curator", "family officer", "administrator"])
def test_every_staff_screen_opens(
    role: str,
    client: Client,
    cast: dict[str, User],
    make_record: Callable[..., Record],
    make_page: Callable[..., Page],
    make_mention: Callable[..., Mention],
) -> None:
    page = make_page(make_record())
    make_mention(page.record, "Lê Văn Mẫu", page=page)
    client.force_login(cast[role])
    assert client.get("/admin/").status_code == 200
    for model in apps.get_app_config("catalog").get_models():
        if model not in admin.site._registry:
            continue
        name = model._meta.model_name
        allowed = cast[role].has_perm(f"catalog.view_{name}")
        assert client.get(f"/admin/catalog/{name}/?q=le").status_code == (200 if allowed else 403), name
        if cast[role].has_perm(f"catalog.add_{name}") and name not in ("scan", "pagetext", "guestbookentry"):
            assert client.get(f"/en/admin/catalog/{name}/add/").status_code == 200, name
        first = model._default_manager.first()
        if first is not None and allowed:
            assert client.get(f"/admin/catalog/{name}/{first.pk}/change/").status_code == 200, name
            if name in ("record", "page", "mention"):
                assert client.get(f"/admin/catalog/{name}/{first.pk}/history/").status_code == 200, name


def test_nobody_without_a_role_gets_in(client: Client, cast: dict[str, User]) -> None:
    client.force_login(cast["without a role"])
    assert client.get("/admin/catalog/record/").status_code == 302


def test_a_save_notes_itself_in_the_same_transaction(
    make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    record = make_record()
    rebuild_index()
    assert Change.objects.count() == 0
    make_mention(record, "Lê Văn Mẫu")
    assert ("record", record.pk) in Change.objects.values_list("kind", "key")
