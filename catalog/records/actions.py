"""Writing of records, named by what is done. Each keyword-only, each one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.actions import remember_made
from catalog.changes.models import note_changes
from catalog.people.models import NameForm, Unit
from catalog.records.models import (
    Identification,
    Identifier,
    Mention,
    MentionForm,
    MentionReading,
    Page,
    Record,
    Repository,
)
from catalog.rules.identifiers import clean_identifier


def publish_record(*, record: Record) -> Record:
    """Make the record public, as far as its access level and everything above it allow."""
    return _set_status(record, Record.Status.PUBLISHED)


def send_to_review(*, record: Record) -> Record:
    """Ask for a second pair of eyes."""
    return _set_status(record, Record.Status.IN_REVIEW)


def withdraw_record(*, record: Record) -> Record:
    """Take from the public; the address says it was withdrawn."""
    return _set_status(record, Record.Status.WITHDRAWN)


def trash_record(*, record: Record) -> Record:
    """Put in the trash, from which it can be taken back."""
    record.trashed_at = timezone.now()
    record.save()
    return record


def make_files(*, repository: Repository, numbers: Sequence[str], status: str) -> dict[str, int]:
    """Save new files at the top of a repository, one a number, with all that saving one by one would write; returns
    their primary keys by number. One transaction."""
    with transaction.atomic():
        records = [
            Record(
                repository=repository, code=number[:60], level=Record.Level.FILE, title_vi=f"Hồ sơ {number}",
                title_en=f"File {number}", status=status,
            )
            for number in numbers
        ]  # fmt: skip
        for record in records:
            record.derive()
        Record.objects.bulk_create(records, batch_size=200)
        identifiers = []
        for number, record in zip(numbers, records, strict=True):
            scheme = clean_identifier(number).scheme
            known = scheme if scheme in Identifier.Scheme.values else Identifier.Scheme.LOCAL
            identifiers.append(Identifier(record=record, value=number, scheme=known, primary=True))
            identifiers[-1].derive()
        Identifier.objects.bulk_create(identifiers, batch_size=1000)
        remember_made(Record, [record.pk for record in records])
        remember_made(Identifier, [identifier.pk for identifier in identifiers])
        note_changes(("record", record.pk) for record in records)
    return {number: record.pk for number, record in zip(numbers, records, strict=True)}


def make_pages(*, pages: Sequence[Page], actor: User | None = None) -> Sequence[Page]:
    """Save new pages of any records at once, with their history and what became stale. One transaction."""
    with transaction.atomic():
        Page.objects.bulk_create(pages, batch_size=1000)
        remember_made(Page, [page.pk for page in pages], actor)
        note_changes(thing for page in pages for thing in page.followed())
    return pages


def withdraw_identification(*, identification: Identification) -> Identification:
    """Undo a decision without losing that it was made."""
    identification.withdrawn_at = timezone.now()
    identification.save()
    return identification


def record_mention(
    *,
    page: Page,
    name: str,
    facts: Mapping[str, str],
    box: tuple[int, int, int, int] | None = None,
    lines: str = "",
) -> Mention:
    """Enter a mention on a page. facts: its other fields as written; box: x, y, width, height in pixels of the upright
    full-size image; lines: the words of the page that it was read from."""
    x, y, w, h = box or (None, None, None, None)
    with transaction.atomic():
        standing = Mention.objects.filter(page=page).aggregate(last=Max("position"))["last"]
        return Mention.objects.create(
            record=page.record, page=page, name=name, position=(standing or 0) + 1, lines_text=lines,
            invented=page.record.invented, box_x=x, box_y=y, box_w=w, box_h=h, **facts,
        )  # fmt: skip


def trash_mention(*, mention: Mention) -> Mention:
    """Put in the trash, from which it can be taken back."""
    mention.trashed_at = timezone.now()
    mention.save()
    return mention


# What a mention's words alone decide.
DERIVED = [
    "born_from", "born_to", "enlisted_from", "enlisted_to", "died_from", "died_to", "number_key", "home_key", "unit",
]  # fmt: skip


@dataclass(frozen=True)
class MentionRow:
    """A mention to be made: its record and page by primary key, its fields as written, its other readings and aliases."""

    record: int
    page: int | None
    name: str
    fields: dict[str, str] = field(default_factory=dict)
    alternates: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


def add_mentions(*, rows: Sequence[MentionRow]) -> list[int]:
    """Make many mentions at once, with everything that saving one by one would write: years, unit, searchable forms,
    history, and what became stale. One transaction. Returns their primary keys, in order."""
    with transaction.atomic():
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
                *((one, "alternate") for one in row.alternates),
                *((one, "alias") for one in row.aliases),
            ]
            readings += [
                MentionReading(mention=mention, value=name, kind=kind) for name, kind in kinds if kind != "name"
            ]
            linked = {(forms[NameForm.objects.written(name)], kind) for name, kind in kinds}
            links += [MentionForm(mention=mention, form_id=form, kind=kind) for form, kind in sorted(linked)]
        MentionReading.objects.bulk_create(readings, batch_size=2000)
        MentionForm.objects.bulk_create(links, batch_size=4000)
        keys = [mention.pk for mention in mentions]
        remember_made(Mention, keys)
        remember_made(MentionReading, [reading.pk for reading in readings])
        note_changes(("record", key) for key in dict.fromkeys(row.record for row in rows))
        note_changes(("page", key) for key in dict.fromkeys(row.page for row in rows if row.page))
    return keys


def rederive_mentions(*, keys: Sequence[int]) -> None:
    """Read years, number, home key, unit and searchable forms of these mentions again from their words. One transaction."""
    with transaction.atomic():
        mentions = list(Mention.objects.filter(pk__in=keys).prefetch_related("readings", "forms"))
        names = [name for one in mentions for name in (one.name, *(reading.value for reading in one.readings.all()))]
        forms = NameForm.objects.of_all(names)
        units = Unit.objects.of_all(one.unit_text for one in mentions)
        links = []
        for one in mentions:
            one.derive()
            if one.unit_id is None:
                one.unit_id = units.get(one.unit_text)
            wanted = {(forms[NameForm.objects.written(one.name)], "name")}
            wanted |= {(forms[NameForm.objects.written(reading.value)], reading.kind) for reading in one.readings.all()}
            standing = {(link.form_id, link.kind) for link in one.forms.all()}
            if standing - wanted:
                one.forms.all().delete()
                standing = set()
            links += [MentionForm(mention=one, form_id=form, kind=kind) for form, kind in sorted(wanted - standing)]
        Mention.objects.bulk_update(mentions, DERIVED, batch_size=200)
        MentionForm.objects.bulk_create(links, batch_size=2000)


def _set_status(record: Record, status: str) -> Record:
    with transaction.atomic():
        record.status = status
        record.save()
    return record
