"""Each field of a record's description is declared once, and the form, the page and the search follow."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client

from catalog.accounts.models import User
from catalog.records.actions.descriptions import NOT_DESCRIBED
from catalog.records.elements import ELEMENTS, NOT_ELEMENTS, Element
from catalog.records.models import Record
from catalog.search.documents import record_documents


def _form_fields() -> list[str]:
    rows = [row for _name, options in admin.site._registry[Record].fieldsets or () for row in options["fields"]]
    return [name for row in rows for name in ([row] if isinstance(row, str) else row)]


def test_every_field_of_a_record_is_an_element_or_named_as_none() -> None:
    declared = {name for element in ELEMENTS for name in element.fields}
    fields = {field.name for field in Record._meta.concrete_fields}
    assert fields == declared | NOT_ELEMENTS | NOT_DESCRIBED
    assert not declared & (NOT_ELEMENTS | NOT_DESCRIBED)


def test_the_staff_form_has_every_element_once() -> None:
    fields = _form_fields()
    declared = [name for element in ELEMENTS for name in element.fields]
    assert [name for name in fields if name in declared] == declared


@pytest.mark.parametrize("element", [each for each in ELEMENTS if each.place and not each.template])
def test_the_public_page_shows_an_element_to_whom_it_may(
    element: Element, client: Client, cast: dict[str, User], make_record: Callable[..., Record]
) -> None:
    name = element.fields[0]
    record = make_record(**{name: "xyzzy"})
    address = f"/records/R{record.pk}"
    staff_only = element.staff_only
    assert ("xyzzy" in client.get(address, follow=True).content.decode()) is not staff_only
    client.force_login(cast["archivist"])
    assert "xyzzy" in client.get(address, follow=True).content.decode()


@pytest.mark.parametrize("element", [each for each in ELEMENTS if each.name not in ("source", "date_edtf", "title")])
def test_the_search_reads_what_is_declared_as_searched_and_nothing_else(
    element: Element, make_record: Callable[..., Record]
) -> None:
    name = element.fields[-1]
    if Record._meta.get_field(name).get_internal_type() not in ("CharField", "TextField"):
        return
    record = make_record(**{name: "xyzzy"})
    (document,) = record_documents([record.pk])
    searched = element.searched or name == "document_number"
    assert ("xyzzy" in document.body) is searched
