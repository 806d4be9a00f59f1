"""Words under a cover are shown on no staff page to users who may not see them."""

from collections.abc import Callable

from django.test import Client

from catalog.reading.models import MentionProposal
from catalog.records.models import (
    Mention,
    Page,
    Record,
)
from tests.doors.staff import SECRET, html_of
from tests.factories import new_page, new_scan, picture

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


def test_versions_of_a_text_with_a_cover_are_not_in_the_admin(
    curator: Client, archivist: Client, covered: Page
) -> None:
    text = covered.texts.get()
    assert f"/pagetext/{text.pk}/" not in html_of(curator, f"/admin/catalog/pagetext/?q={SECRET}")
    assert curator.get(f"/admin/catalog/pagetext/{text.pk}/change/").status_code == 302
    assert SECRET in html_of(archivist, f"/admin/catalog/pagetext/{text.pk}/change/")
