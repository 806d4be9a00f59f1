"""Loading an archive from a folder of YAML files.

Missing rows are created and existing rows are left unchanged, so that a second run changes nothing and edits by people
are never undone. Each record with everything in it is one transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils import timezone

from catalog.changes.models import enqueue_changes
from catalog.changes.writing import HOUSE, action_in_steps, write_changes, write_new
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.people.models import Person, PersonName, Unit, UnitAlias
from catalog.places.models import Place, PlaceSuccession
from catalog.records.models import (
    CustodyEvent,
    Identification,
    Identifier,
    Instantiation,
    Mention,
    MentionReading,
    Page,
    Record,
    Repository,
    Statement,
)
from catalog.rules.identifiers import clean_identifier
from catalog.sources.models import Source

Entry = dict[str, Any]


class ArchiveFileError(ValueError):
    """Something in the files cannot be loaded; the message names file, entry and field, and how to correct it."""


@dataclass
class Loaded:
    """How many rows of each kind were created."""

    created: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """Count one more row."""
        self.created[what] = self.created.get(what, 0) + 1


@dataclass(frozen=True)
class PlannedPage:
    """A page without an image, and what to draw on it. facts: of each name; bare: the mentions get no facts; persons:
    the facts of invented persons that are created from the names."""

    page_id: int
    drawing: Entry
    facts: dict[str, Entry]
    bare: bool
    persons: Entry | None


def entries(folder: Path, name: str) -> Iterator[tuple[str, Entry]]:
    """(file and index for messages, entry) of `name`.yaml, or of all files in the folder `name`. Raises
    ArchiveFileError."""
    single = folder / f"{name}.yaml"
    files = [single] if single.exists() else sorted((folder / name).glob("*.yaml"))
    for path in files:
        try:
            items = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        except yaml.YAMLError as error:
            raise ArchiveFileError(f"{path.name} is not readable YAML: {error}. Mend the line it names.") from error
        if not isinstance(items, list):
            raise ArchiveFileError(f"{path.name} must be a list of entries, each beginning with “- ”.")
        for index, entry in enumerate(items, start=1):
            yield f"{path.name}, entry {index}", dict(entry)


@action_in_steps
def load_descriptions(folder: Path, on_progress: Callable[[str], None]) -> Loaded:
    """Load everything except images; returns the numbers of created rows. on_progress: called with a message after each
    step. Raises ArchiveFileError at the first entry with a fault."""
    loaded = Loaded()
    simple_models: list[tuple[str, type[models.Model], str]] = [
        ("sources", Source, "slug"),
        ("repositories", Repository, "code"),
        ("places", Place, "slug"),
    ]
    for name, model, key in simple_models:
        postponed: list[tuple[str, Entry]] = []
        for where, entry in entries(folder, name):
            # A place may lie within a place that comes later in the file.
            if name == "places" and entry.get("within") and not Place.objects.filter(slug=entry["within"]).exists():
                postponed.append((where, entry))
            else:
                _save_if_missing(where, model, key, entry, loaded, name)
        for where, entry in postponed:
            _save_if_missing(where, model, key, entry, loaded, name)
    for where, entry in entries(folder, "place_successions"):
        values = _model_values(where, PlaceSuccession, entry)
        existing = PlaceSuccession.objects.filter(predecessor=values["predecessor"], successor=values["successor"])
        if not existing.exists():
            _save(where, PlaceSuccession(**values))
    for where, entry in entries(folder, "units"):
        if not Unit.objects.filter(normal_form=entry["normal_form"]).exists():
            with transaction.atomic():
                aliases = entry.pop("aliases", [])
                unit = _save(where, Unit(**_model_values(where, Unit, entry)))
                for alias in aliases:
                    _save(where, UnitAlias(unit=unit, **_model_values(where, UnitAlias, alias)))
                loaded.count("units")
    for where, entry in entries(folder, "persons"):
        if _person_created_as(entry["name_vi"]) is None:
            _save_person(where, entry)
            loaded.count("persons")
    on_progress("authorities stand")
    for where, entry in entries(folder, "records"):
        _save_record(where, entry, loaded)
    on_progress("records stand")
    for where, entry in entries(folder, "exhibitions"):
        if not Exhibition.objects.filter(slug=entry["slug"]).exists():
            with transaction.atomic():
                _save_exhibition(where, entry)
            loaded.count("exhibitions")
    return loaded


def planned_pages(folder: Path) -> list[PlannedPage]:
    """Pages in the files that have a drawing but no image yet."""
    planned = []
    for _where, entry in entries(folder, "records"):
        drawings = {number: page for number, page in enumerate(_page_entries(entry), start=1) if "draw" in page}
        record = _record_of(str(entry["identifier"]))
        if record is None or not drawings:
            continue
        pages = Page.objects.filter(record=record, number__in=drawings, scans=None)
        planned += [
            PlannedPage(
                page.pk,
                drawings[page.number]["draw"],
                entry.get("mention_defaults", {}),
                bool(drawings[page.number].get("bare_names")),
                entry.get("persons_from_names"),
            )
            for page in pages
        ]
    return planned


@action_in_steps
def place_mentions(planned: PlannedPage, names: Iterable[tuple[str, str, tuple[int, int, int, int]]]) -> int:
    """Create the mentions of a drawn page. names: (name, name of the person or '', box in pixels) of each. Returns how
    many."""
    page = Page.objects.select_related("record").get(pk=planned.page_id)
    created = 0
    with transaction.atomic():
        for position, (name, key, (x, y, w, h)) in enumerate(names, start=1):
            facts = dict(planned.facts.get(name, {})) if not planned.bare else {}
            readings = facts.pop("readings", [])
            decision: Entry = {
                part: facts.pop(part) for part in ("certainty", "reason_vi", "reason_en", "source") if part in facts
            }
            values = _model_values(f"mention {name}", Mention, facts)
            mention = Mention(
                record=page.record,
                page=page,
                name=name,
                position=position,
                invented=page.record.invented,
                box_x=x,
                box_y=y,
                box_w=w,
                box_h=h,
                **values,
            )
            _save(f"mention {name}", mention)
            for reading in readings:
                _save(f"mention {name}", MentionReading(mention=mention, **reading))
            created += 1
            if planned.persons:
                decision = {part: planned.persons[part] for part in ("certainty", "reason_vi", "reason_en", "source")}
                _save_identification(mention, _invented_person(name, planned.persons), decision)
            elif key and (person := _person_created_as(key)):
                _save_identification(mention, person, decision)
    return created


def _save_if_missing(where: str, model: type[models.Model], key: str, entry: Entry, loaded: Loaded, name: str) -> None:
    if not model._default_manager.filter(**{key: entry[key]}).exists():
        _save(where, model(**_model_values(where, model, entry)))
        loaded.count(name)


def _model_values(where: str, model: type[models.Model], entry: Entry) -> Entry:
    """The entry's fields as values of the model; natural keys are replaced by rows."""
    finders: dict[type[models.Model], str] = {Source: "slug", Repository: "code", Place: "slug", Unit: "normal_form"}
    values: Entry = {}
    for name, value in entry.items():
        if name == "covers":
            continue
        try:
            model_field = model._meta.get_field(name)
        except FieldDoesNotExist:
            raise ArchiveFileError(f"{where}: {model.__name__} has no field “{name}”. Check its spelling.") from None
        target = model_field.related_model
        if isinstance(target, type) and issubclass(target, models.Model) and value is not None:
            key = finders.get(target)
            row = target._default_manager.filter(**{key: value}).first() if key else _record_of(str(value))
            if row is None:
                raise ArchiveFileError(
                    f"{where}: “{name}: {value}” names nothing that stands. Add it, or mend the name."
                )
            values[name] = row
        else:
            is_text = isinstance(model_field, models.CharField | models.TextField)
            values[name] = str(value) if is_text and value is not None else value
    return values


def _save(where: str, row: Any) -> Any:
    try:
        row.full_clean(exclude=[field.name for field in row._meta.fields if not field.editable])
    except ValidationError as error:
        faults = "; ".join(f"{name}: {' '.join(words)}" for name, words in error.message_dict.items())
        raise ArchiveFileError(f"{where}: {faults}") from error
    return write_new(row, actor=HOUSE)


def _record_of(identifier: str) -> Record | None:
    matched = clean_identifier(identifier).value.upper()
    identifier_row = Identifier.objects.filter(matched=matched).select_related("record").first()
    return identifier_row.record if identifier_row else None


def _person_created_as(name: str) -> Person | None:
    """The person who was created with this name, by history, even if the name was changed later."""
    created_key = Person.history.filter(history_type="+", name_vi=name).values_list("id", flat=True).first()
    return Person.objects.filter(pk=created_key).first() if created_key else None


def _save_person(where: str, entry: Entry) -> None:
    with transaction.atomic():
        names, statements = entry.pop("names", []), entry.pop("statements", [])
        person = _save(where, Person(**_model_values(where, Person, entry)))
        for name in names:
            _save(where, PersonName(person=person, **_model_values(where, PersonName, name)))
        for statement in statements:
            _save(where, Statement(person=person, **_model_values(where, Statement, statement)))


def _invented_person(name: str, facts: Entry) -> Person:
    existing = _person_created_as(name)
    if existing is not None:
        return existing
    person = Person(name_vi=name, summary_vi=facts["summary_vi"], summary_en=facts["summary_en"], invented=True)
    _save(f"person {name}", person)
    source = Source.objects.get(slug=facts["source"])
    _save(f"person {name}", PersonName(person=person, value=name, source=source))
    return person


def _save_identification(mention: Mention, person: Person, decision: Entry) -> None:
    if decision:
        values = _model_values(f"mention {mention.name}", Identification, decision)
        _save(f"mention {mention.name}", Identification(mention=mention, person=person, **values))


def _page_entries(entry: Entry) -> list[Entry]:
    """The pages of an entry; `photo` is a short form for one card with the titles on it."""
    if "photo" not in entry:
        return list(entry.get("pages", []))
    named, title, lines = entry.get("named", {}), str(entry["title_vi"]), f"{entry['title_en']}\n{entry['photo']}"
    for name in named:
        title = title.replace(name, f"[[{name}|{name}]]", 1)
    return [
        {
            "title_vi": "Thẻ mô tả",
            "title_en": "Descriptive card",
            "draw": {"form": "photograph", "heading": title, "lines": lines},
        }
    ]


def _save_record(where: str, entry: Entry, loaded: Loaded) -> None:
    identifier = str(entry["identifier"])
    if _record_of(identifier) is not None:
        return
    # `named` of a photograph gives the facts of the mentions on its card.
    for name, post in entry.get("named", {}).items():
        entry.setdefault("mention_defaults", {})[name] = {"post": post}
    fields = {name: value for name, value in entry.items() if name not in NESTED}
    values = {"status": Record.Status.PUBLISHED, **_model_values(where, Record, fields)}
    with transaction.atomic():
        record = Record(**values)
        if entry.get("published_before"):
            record.published_at = timezone.now()
        _save(where, record)
        _save(where, Identifier(record=record, value=identifier, scheme=entry.get("scheme", "local"), primary=True))
        for other in entry.get("other", []):
            _save(where, Identifier(record=record, **other))
        nested: list[tuple[str, type[models.Model]]] = [
            ("custody", CustodyEvent),
            ("instantiations", Instantiation),
            ("statements", Statement),
        ]
        for name, model in nested:
            for nested_entry in entry.get(name, []):
                _save(where, model(record=record, **_model_values(where, model, nested_entry)))
        for number, page in enumerate(_page_entries(entry), start=1):
            values_of_page = {name: value for name, value in page.items() if name not in ("draw", "bare_names")}
            _save(where, Page(record=record, number=number, **values_of_page))
            loaded.count("pages")
        loaded.count("records")


NESTED = {
    "identifier",
    "scheme",
    "other",
    "custody",
    "instantiations",
    "statements",
    "pages",
    "photo",
    "named",
    "mention_defaults",
    "persons_from_names",
    "published_before",
}


def _save_exhibition(where: str, entry: Entry) -> None:
    parts, milestones = entry.pop("parts", []), entry.pop("milestones", [])
    guestbook, cover = entry.pop("guestbook", []), entry.pop("cover", None)
    exhibition = _save(where, Exhibition(status=Exhibition.Status.PUBLISHED, **_model_values(where, Exhibition, entry)))
    if cover:
        page = Page.objects.filter(record=_record_of(cover), number=1).first()
        exhibition = write_changes(exhibition, {"cover": page}, actor=HOUSE, revision=None)
    for number, part in enumerate(parts, start=1):
        panels, part_milestones = part.pop("panels", []), part.pop("milestones", [])
        part_row = _save(where, Part(exhibition=exhibition, number=number, **_model_values(where, Part, part)))
        for panel_number, panel in enumerate(panels, start=1):
            placements = panel.pop("placements", [])
            panel_row = _save(where, Panel(part=part_row, number=panel_number, **_model_values(where, Panel, panel)))
            for position, placement in enumerate(placements, start=1):
                values = _model_values(where, Placement, placement)
                page = Page.objects.filter(record=values["record"], number=1).first()
                _save(where, Placement(panel=panel_row, position=position, page=page, **values))
        _save_milestones(where, exhibition, part_row, part_milestones)
    _save_milestones(where, exhibition, None, milestones)
    for guest_entry in guestbook:
        GuestbookEntry.objects.create(exhibition=exhibition, state=GuestbookEntry.State.SHOWN, **guest_entry)
    enqueue_changes([("exhibition", exhibition.pk)])


def _save_milestones(where: str, exhibition: Exhibition, part: Part | None, milestone_entries: list[Entry]) -> None:
    for position, entry in enumerate(milestone_entries, start=1):
        records = [_record_of(identifier) for identifier in entry.pop("records", [])]
        values = _model_values(where, Milestone, entry)
        milestone = _save(where, Milestone(exhibition=exhibition, part=part, position=position, **values))
        milestone.records.set([record for record in records if record])
