"""Names on pages: entering, correcting, and many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.actions import write_creation_history
from catalog.changes.models import enqueue_changes
from catalog.changes.writing import Actor, NotAllowed, action, locked, require, write_changes, write_new
from catalog.people.models import NameForm, Person, Unit
from catalog.records.models import Identification, Mention, MentionForm, MentionReading, Page
from catalog.records.queries import may_see
from catalog.sources.models import Source


class AlreadyIdentified(Exception):
    """There is already a decision about this mention and this person. Change it, or withdraw it before making
    another."""


@action
def record_mention(
    *,
    actor: Actor,
    page: Page,
    name: str,
    facts: Mapping[str, Any],
    box: tuple[int, int, int, int] | None = None,
    lines: str = "",
) -> Mention:
    """Save a new mention on a page and return it. facts: its other fields as written; box: x, y, width, height in
    pixels of the upright full-size image; lines: the words of the page that it was read from. Raises NotAllowed."""
    require(actor, "add_mention")
    if not may_see(actor, page.record):
        raise NotAllowed("view_record")
    x, y, w, h = box or (None, None, None, None)
    last = Mention.objects.filter(page=page).aggregate(last=Max("position"))["last"]
    mention = Mention(
        record=page.record,
        page=page,
        name=name,
        position=(last or 0) + 1,
        lines_text=lines,
        invented=page.record.invented,
        box_x=x,
        box_y=y,
        box_w=w,
        box_h=h,
        **facts,
    )
    return write_new(mention, actor=actor)


@action
def trash_mention(*, actor: Actor, mention: Mention) -> Mention:
    """Move a mention to the trash, from which it can be restored. Raises NotAllowed."""
    require(actor, "change_mention")
    if not may_see(actor, mention.record):
        raise NotAllowed("view_record")
    values = {"trashed_at": timezone.now(), "trashed_by": actor.pk}
    return write_changes(mention, values, actor=actor, revision=None)


@action
def identify_mention(
    *,
    actor: Actor,
    mention: Mention,
    person: Person,
    certainty: str,
    reason_vi: str,
    reason_en: str = "",
    source: Source | None = None,
) -> Identification:
    """Record the decision that a mention names a person, with its certainty and reason. Raises NotAllowed;
    AlreadyIdentified if there is a decision about these two already."""
    require(actor, "add_identification")
    if not may_see(actor, mention.record):
        raise NotAllowed("view_record")
    locked(mention)
    if Identification.objects.filter(mention=mention, person=person, withdrawn_at=None).exists():
        raise AlreadyIdentified
    decision = Identification(
        mention=mention,
        person=person,
        certainty=certainty,
        reason_vi=reason_vi,
        reason_en=reason_en,
        source=source,
        decided_by_id=actor.pk,
    )
    return write_new(decision, actor=actor)


@action
def withdraw_identification(*, actor: Actor, identification: Identification) -> Identification:
    """Withdraw a decision; the row stays, so that it is known who decided what. Raises NotAllowed."""
    require(actor, "change_identification")
    if not may_see(actor, identification.mention.record):
        raise NotAllowed("view_record")
    return write_changes(identification, {"withdrawn_at": timezone.now()}, actor=actor, revision=None)


@dataclass(frozen=True)
class MentionRow:
    """A mention to be created: its record and page by primary key, its fields as written, other readings, aliases."""

    record: int
    page: int | None
    name: str
    fields: dict[str, str] = field(default_factory=dict)
    alternates: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@action
def add_mentions(*, actor: Actor, rows: Sequence[MentionRow]) -> list[int]:
    """Create many mentions at once, with everything that single saves would write: years, unit, searchable forms,
    history, and outbox rows. Returns their primary keys, in order. Raises NotAllowed."""
    require(actor, "add_mention")
    user = actor if isinstance(actor, User) else None
    names = [name for row in rows for name in (row.name, *row.alternates, *row.aliases)]
    forms = NameForm.objects.of_all(names)
    units = Unit.objects.of_all(row.fields.get("unit_text", "") for row in rows)
    mentions = []
    for row in rows:
        mention = Mention(record_id=row.record, page_id=row.page, name=row.name, **row.fields)
        mention.unit_id = units.get(row.fields.get("unit_text", ""))
        mention.derive()
        mentions.append(mention)
    Mention.objects.bulk_create(mentions, batch_size=500)
    readings, links = [], []
    for row, mention in zip(rows, mentions, strict=True):
        kinds = [
            (row.name, "name"),
            *((value, "alternate") for value in row.alternates),
            *((value, "alias") for value in row.aliases),
        ]
        readings += [MentionReading(mention=mention, value=name, kind=kind) for name, kind in kinds if kind != "name"]
        linked = {(forms[NameForm.objects.written(name)], kind) for name, kind in kinds}
        links += [MentionForm(mention=mention, form_id=form, kind=kind) for form, kind in sorted(linked)]
    MentionReading.objects.bulk_create(readings, batch_size=2000)
    MentionForm.objects.bulk_create(links, batch_size=4000)
    keys = [mention.pk for mention in mentions]
    write_creation_history(Mention, keys, user)
    write_creation_history(MentionReading, [reading.pk for reading in readings], user)
    enqueue_changes(("record", key) for key in dict.fromkeys(row.record for row in rows))
    enqueue_changes(("page", key) for key in dict.fromkeys(row.page for row in rows if row.page))
    return keys


@action
def rederive_mentions(*, keys: Sequence[int]) -> None:
    """Derive years, number, home key, unit and searchable forms of these mentions again from their words, in one
    transaction."""
    # Locked, so that values read before never overwrite what a person saves meanwhile.
    list(Mention.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
    mentions = list(Mention.objects.filter(pk__in=keys).prefetch_related("readings", "forms"))
    names = [
        name for mention in mentions for name in (mention.name, *(reading.value for reading in mention.readings.all()))
    ]
    forms = NameForm.objects.of_all(names)
    units = Unit.objects.of_all(mention.unit_text for mention in mentions)
    links = []
    for mention in mentions:
        mention.derive()
        if not mention.unit_by_hand:
            mention.unit_id = units.get(mention.unit_text)
        wanted = {(forms[NameForm.objects.written(mention.name)], "name")}
        wanted |= {(forms[NameForm.objects.written(reading.value)], reading.kind) for reading in mention.readings.all()}
        stored = {(link.form_id, link.kind) for link in mention.forms.all()}
        if stored - wanted:
            mention.forms.all().delete()
            stored = set()
        links += [MentionForm(mention=mention, form_id=form, kind=kind) for form, kind in sorted(wanted - stored)]
    Mention.objects.bulk_update(mentions, [*Mention.DERIVED, "unit"], batch_size=200)
    MentionForm.objects.bulk_create(links, batch_size=2000)
