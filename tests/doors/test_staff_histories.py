"""Histories tell nothing that the form withholds."""

from collections.abc import Callable

from django.test import Client

from catalog.exhibitions.models import Milestone
from catalog.records.models import (
    Mention,
    Record,
)
from tests.doors.staff import SECRET, html_of, living, of
from tests.factories import new_exhibition, new_person


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


def test_histories_of_kinds_that_one_may_not_see_do_not_tell_which_rows_there_are(
    somebody: Callable[..., Client], closed: Record
) -> None:
    client = somebody("view_record")
    page = closed.pages.get()
    statuses = [client.get(f"/admin/catalog/page/{key}/history/").status_code for key in (page.pk, 987654)]
    assert statuses == [403, 403]
