"""Two people at one form: nothing that was acknowledged is written over unseen. Review B4, D-B2."""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpResponseBase
from django.test import Client

from catalog.accounts.models import User
from catalog.admin.base import HouseAdmin, ViewAdmin
from catalog.changes.writing import HOUSE, RevisionedModel, StaleChange
from catalog.exhibitions.models import Exhibition, Milestone, Panel, Part, Placement
from catalog.people.models import PersonName, Unit, UnitAlias
from catalog.places.models import Place, PlaceName
from catalog.records.actions import add_row, change_row, describe_record
from catalog.records.models import (
    CustodyEvent,
    Identifier,
    Instantiation,
    Mention,
    MentionReading,
    Record,
    Repository,
    Statement,
)
from tests.factories import new_exhibition, new_page, new_person, new_source

pytestmark = pytest.mark.django_db


def test_fields_that_only_one_changed_go_together(make_record: Callable[..., Record]) -> None:
    record = make_record()
    describe_record(actor=HOUSE, record=record, revision=1, values={"title_vi": "Của A", "note_vi": record.note_vi})
    changed = describe_record(
        actor=HOUSE, record=record, revision=1, values={"title_vi": record.title_vi, "note_vi": "Của B"}
    )
    assert (changed.title_vi, changed.note_vi, changed.revision) == ("Của A", "Của B", 3)


def test_a_field_that_both_changed_is_refused_and_nothing_is_written(make_record: Callable[..., Record]) -> None:
    record = make_record()
    describe_record(actor=HOUSE, record=record, revision=1, values={"title_vi": "Của A"})
    with pytest.raises(StaleChange) as stale:
        describe_record(actor=HOUSE, record=record, revision=1, values={"title_vi": "Của B", "note_vi": "Ghi chú B"})
    (clash,) = stale.value.clashes
    assert (clash.field, clash.base, clash.wanted, clash.current) == ("title_vi", record.title_vi, "Của B", "Của A")
    record.refresh_from_db()
    assert (record.title_vi, record.note_vi) == ("Của A", "")


def test_the_same_change_twice_is_no_clash(make_record: Callable[..., Record]) -> None:
    record = make_record()
    for _ in range(2):
        changed = describe_record(actor=HOUSE, record=record, revision=1, values={"title_vi": "Như nhau"})
    assert (changed.title_vi, changed.revision) == ("Như nhau", 2)


def test_a_row_whose_history_is_not_kept_is_never_written_over(make_record: Callable[..., Record]) -> None:
    record = make_record()
    record.history.all().delete()
    number = record.identifiers.get()
    change_row(actor=HOUSE, row=number, revision=1, values={"value": "HC-A"})
    number.history.all().delete()
    with pytest.raises(StaleChange):
        change_row(actor=HOUSE, row=number, revision=1, values={"value": "HC-B"})


@pytest.fixture
def rows(
    make_record: Callable[..., Record], make_mention: Callable[..., Mention], repository: Repository
) -> list[models.Model]:
    """One row of everything that has a form."""
    record = make_record()
    page = new_page(record)
    source = new_source("hu-cau", citation_vi="Hư cấu")
    person = new_person("Hư Cấu")
    hall = new_exhibition("hu-cau", title_vi="Hư cấu")
    part = Part.objects.create(exhibition=hall, number=1, title_vi="Phần một")
    panel = Panel.objects.create(part=part, number=1, title_vi="Pa-nô")
    unit = Unit.objects.of("e90/f324")
    assert unit is not None
    place = Place.objects.create(slug="x", kind="province", name_vi="X")
    mention = make_mention(record, "Lê Văn Mẫu", page=page)
    add_row(actor=HOUSE, row=MentionReading(mention=mention, value="Lê Văn Mậu"))
    add_row(actor=HOUSE, row=PersonName(person=person, value="Hai Hư", kind="alias"))
    UnitAlias.objects.create(unit=unit, value="Đoàn 90", kind="cover")
    PlaceName.objects.create(place=place, value="Y")
    return [
        record,
        page,
        mention,
        person,
        source,
        repository,
        unit,
        place,
        hall,
        part,
        panel,
        Statement.objects.create(record=record, topic="contents", value_vi="Thư", source=source),
        CustodyEvent.objects.create(record=record, kind="captured", date_text="12/8/1968"),
        Instantiation.objects.create(record=record, kind="film", reel="0346"),
        Identifier.objects.get(record=record),
        Placement.objects.create(panel=panel, position=1, record=record, caption_vi="Lá thư"),
        Milestone.objects.create(exhibition=hall, title_vi="Mốc", date_text="1968"),
    ]


# What the words of another field decide, or what only makes sense together with others.
NOT_ALONE = {"date_edtf", "box_x", "box_y", "box_w", "box_h", "slug", "normal_form", "code", "parent"}


class Editor:
    """Someone with a form open: remembers what was shown, types, sends, and decides when a clash is reported."""

    def __init__(self, client: Client, row: models.Model, draw: random.Random) -> None:
        self.client, self.row, self.draw = client, row, draw
        self.address = f"/en/admin/catalog/{row._meta.model_name}/{row.pk}/change/"
        self.seen: dict[str, Any] = {}
        self.sent: dict[str, Any] = {}
        self.typed: dict[str, Any] = {}

    def open(self) -> None:
        """Load the form as a browser would."""
        page = self.client.get(self.address)
        assert page.status_code == 200, self.address
        self.sent = fields_of(page)
        self.seen = {name: value for name, value in stored(self.row).items() if name in self.texts(page)}
        self.typed = {}

    def texts(self, page: HttpResponseBase) -> list[str]:
        form = page.context["adminform"].form  # type: ignore[attr-defined]
        return [
            name
            for name, field in form.fields.items()
            if type(field) in (forms.CharField,)
            and name not in NOT_ALONE
            and not isinstance(field.widget, forms.HiddenInput)
        ]

    def type(self, number: int) -> None:
        """Change one to three fields of text."""
        names = list(self.seen)
        for name in self.draw.sample(names, min(len(names), self.draw.randint(1, 3))):
            longest = self.row._meta.get_field(name).max_length or 50  # type: ignore[union-attr]
            self.typed[name] = self.sent[name] = f"n{number}"[:longest]

    def send(self, acknowledged: dict[str, Any]) -> None:
        """Send; what is acknowledged must be based on what was seen, field by field."""
        response = self.client.post(self.address, self.sent)
        if response.status_code == 409:
            self.decide(response, acknowledged)
            return
        assert response.status_code == 302, (self.address, errors_of(response))
        for name, value in self.typed.items():
            assert acknowledged[name] in (self.seen[name], value), f"{name} was written over unseen"
            acknowledged[name] = value

    def decide(self, response: HttpResponseBase, acknowledged: dict[str, Any]) -> None:
        clashes = {clash.name: clash for clash in response.context["clashes"]}  # type: ignore[attr-defined]
        assert clashes
        decided_form: dict[str, Any] = {}
        for name, value in response.context["fields"]:  # type: ignore[attr-defined]
            decided_form.setdefault(name, []).append(value)
        decided: dict[str, Any] = {}
        for name in clashes:
            field = name.rpartition("-")[2]
            # Both texts were shown: the present one, and the one typed.
            assert clashes[name].current == (str(acknowledged[field]) or "–")
            decided_form[name] = self.draw.choice(["mine", "theirs"])
            decided[field] = decided_form[name]
        response = self.client.post(self.address, decided_form)
        assert response.status_code == 302, errors_of(response)
        for name, value in self.typed.items():
            if decided.get(name) == "theirs":
                continue
            assert name in decided or acknowledged[name] in (self.seen[name], value), f"{name} was written over unseen"
            acknowledged[name] = value


def fields_of(page: HttpResponseBase) -> dict[str, Any]:
    """What the form on the page would send, inlines included."""
    sent: dict[str, Any] = {}
    context: Any = page.context  # type: ignore[attr-defined]
    groups = [
        context["adminform"].form,
        *(inline.formset.management_form for inline in context["inline_admin_formsets"]),
    ]
    for inline in context["inline_admin_formsets"]:
        groups += list(inline.formset.initial_forms)
    for form in groups:
        for bound in form:
            value = bound.value()
            if isinstance(bound.field, forms.FileField) or value is None or value is False:
                continue
            if isinstance(value, list | tuple):
                value = [getattr(item, "pk", item) for item in value]
            sent[bound.html_name] = "on" if value is True else value
    for inline in context["inline_admin_formsets"]:
        sent[f"{inline.formset.prefix}-TOTAL_FORMS"] = len(inline.formset.initial_forms)
    return sent


def errors_of(response: HttpResponseBase) -> Any:
    context: Any = getattr(response, "context", None)
    return context and "adminform" in context and context["adminform"].form.errors


def stored(row: models.Model) -> dict[str, Any]:
    reloaded = type(row)._base_manager.get(pk=row.pk)
    return {field.name: getattr(reloaded, field.attname) for field in reloaded._meta.concrete_fields}


def test_no_field_is_lost_in_a_thousand_interleavings(rows: list[models.Model], cast: dict[str, User]) -> None:
    """`INTERLEAVINGS` says how many (1,000); through the real forms, over every field of text of all that has one."""
    draw = random.Random(324)
    rounds = int(os.environ.get("INTERLEAVINGS", "1000"))
    clients = [Client(), Client()]
    for client, role in zip(clients, ("administrator", "archivist"), strict=True):
        client.force_login(cast["administrator"] if role == "administrator" else cast["archivist"])
        cast["archivist"].is_superuser = True
        cast["archivist"].save()
    done = 0
    while done < rounds:
        row = rows[done % len(rows)]
        acknowledged = stored(row)
        editors = [Editor(client, row, draw) for client in clients]
        for editor in editors:
            editor.open()
        for editor in draw.sample(editors, 2):
            editor.type(done)
            done += 1
            # Sometimes one looks again before sending.
            if draw.random() < 0.15:
                editor.open()
                editor.type(done)
            editor.send(acknowledged)
        now = stored(row)
        assert {name: now[name] for name in editors[0].seen} == {name: acknowledged[name] for name in editors[0].seen}


def test_every_model_with_a_form_has_a_revision() -> None:
    for model, screen in admin.site._registry.items():
        if isinstance(screen, HouseAdmin):
            assert issubclass(model, RevisionedModel), model
            if not isinstance(screen, ViewAdmin):
                assert "began" in screen.form.base_fields, model


def test_a_form_without_its_revision_is_refused(
    cast: dict[str, User], make_record: Callable[..., Record], client: Client
) -> None:
    page = new_page(make_record(), label="trước")
    client.force_login(cast["archivist"])
    response = client.post(f"/admin/catalog/page/{page.pk}/change/", {"label": "sau", "side": ""})
    assert response.status_code == 200
    page.refresh_from_db()
    assert page.label == "trước"


def test_links_that_both_changed_are_all_kept(
    rows: list[models.Model], cast: dict[str, User], make_record: Callable[..., Record]
) -> None:
    milestone = next(row for row in rows if isinstance(row, Milestone))
    first, second, third = make_record(), make_record(), make_record()
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(cast["administrator"])
    address = f"/en/admin/catalog/milestone/{milestone.pk}/change/"
    clients[0].post(address, fields_of(clients[0].get(address)) | {"records": [first.pk, second.pk]})
    forms_open = [fields_of(client.get(address)) for client in clients]
    clients[0].post(address, forms_open[0] | {"records": [first.pk, second.pk, third.pk]})
    response = clients[1].post(address, forms_open[1] | {"records": [first.pk]})
    assert response.status_code == 302, errors_of(response)
    assert set(milestone.records.all()) == {first, third}


def test_numbers_are_exchanged_and_a_stale_exchange_is_reported(
    rows: list[models.Model], cast: dict[str, User]
) -> None:
    """Review D-B4: two parts' numbers exchanged ended in a 500 and everything typed was lost."""
    hall = next(row for row in rows if isinstance(row, Exhibition))
    item = next(row for row in rows if isinstance(row, Part))
    two = Part.objects.create(exhibition=hall, number=2, title_vi="Phần hai")
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(cast["administrator"])
    address = f"/en/admin/catalog/exhibition/{hall.pk}/change/"
    sent = [fields_of(client.get(address)) for client in clients]
    swapped = {"parts-0-number": 2, "parts-1-number": 1}
    response = clients[0].post(address, sent[0] | swapped)
    assert response.status_code == 302, errors_of(response)
    assert list(Part.objects.order_by("number")) == [two, item]
    response = clients[1].post(address, sent[1] | {"parts-0-number": 3})
    assert response.status_code == 409
    assert "Yours:" in response.content.decode()


def test_what_an_action_refuses_is_reported_on_the_form_with_everything_typed(
    rows: list[models.Model], cast: dict[str, User], client: Client, make_record: Callable[..., Record]
) -> None:
    client.force_login(cast["administrator"])
    hall = next(row for row in rows if isinstance(row, Exhibition))
    Part.objects.create(exhibition=hall, number=2, title_vi="Phần hai")
    address = f"/en/admin/catalog/exhibition/{hall.pk}/change/"
    sent = fields_of(client.get(address)) | {"parts-0-number": 2, "title_vi": "Đã gõ rất lâu"}
    response = client.post(address, sent)
    assert response.status_code == 200
    assert "Đã gõ rất lâu" in response.content.decode()
    assert sorted(Part.objects.values_list("number", flat=True)) == [1, 2]
    # A reference code that another record has, by another way of parting it.
    above = make_record(level="inventory", code="A")
    make_record(parent=above, code="B/C")
    other = make_record(parent=above, code="X")
    address = f"/en/admin/catalog/record/{other.pk}/change/"
    response = client.post(address, fields_of(client.get(address)) | {"code": "B-C", "title_vi": "Đã gõ rất lâu"})
    assert response.status_code == 200
    page = response.content.decode()
    assert "Choose another code" in page and "Đã gõ rất lâu" in page
    other.refresh_from_db()
    assert other.code == "X"
